"""One location: the product on tables, a clock and a link to the broker that may all fail.

Every call to the tables or the broker is a step: the process that makes it may be stopped,
killed or overtaken before it, and the call may be refused or its answer lost.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from inspect import unwrap
from itertools import count
from typing import Any, TypeVar

from msgspec.structs import replace

from chalicelib.bootstrap import Parts
from chalicelib.domain.audit import Action, AuditEntry, Caller
from chalicelib.domain.change import Change, Event
from chalicelib.domain.customer import EXTRA
from chalicelib.domain.digest import Digest, Listing
from chalicelib.domain.errors import SinsError, TooLarge, Unavailable, VersionConflict
from chalicelib.domain.outbox import OutboxMessage
from chalicelib.domain.record import Kind, Record
from chalicelib.domain.replay import is_whole
from chalicelib.domain.retention import RetentionPolicy
from chalicelib.handlers import functions
from chalicelib.messaging import codec
from chalicelib.messaging.consumer import lambda_event
from chalicelib.services.digest import exchange_digests
from chalicelib.services.joining import join
from chalicelib.services.registry import Registry
from chalicelib.services.repair import repair_differences
from chalicelib.services.replication import LEASE, publish_pending
from chalicelib.services.retention import sweep_expired
from chalicelib.settings import Settings
from tests.fakes import FakeBoard, FakeStore, FakeTables, customer_id
from tests.simulation.broker import PARTITIONS, TOPIC, Broker, TopicPartition
from tests.simulation.process import Crashed, Key, Process, Work

Answer = TypeVar("Answer")
Step = Callable[..., Any]

# Longer than a compacted topic keeps every record, as in life.
RETENTION_DAYS = 60
PARTS = ("records", "trail", "access", "outbox", "claims", "system")
# A customer whose events no table takes.
TOO_LARGE = "too-large"
SETTINGS = Settings()
# The function below Chalice's wrappers and our own, which log and look for the environment.
consume = unwrap(functions.consumer.func._original_func)


class RowDamage(StrEnum):
    """What becomes of a row behind the product's back."""

    WRONG = "wrong"
    LOST = "lost"
    UNREADABLE = "unreadable"


class TableFault(StrEnum):
    """How one call to the tables goes wrong."""

    REFUSED = "throttled"
    CONFLICT = "in conflict"
    UNANSWERED = "done, and the answer lost"


class SendFault(StrEnum):
    """How the sending of one event goes wrong."""

    REFUSED = "refused"
    UNANSWERED = "stored, and the acknowledgement lost"
    TWICE = "stored twice"


class Broken(ConnectionError):
    """The broker is away, or the link to it."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A customer that a location erased: where, when by true time, and what it was until then."""

    location: str
    at: int
    record: Record


class Shared:
    """What all locations share: true time, the broker, the one that runs, and the counts."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.broker = Broker()
        self.board = FakeBoard()
        self.is_broker_away = False
        self.running: Process | None = None
        self.counts: Counter[str] = Counter()
        # Hashes of the entries that the topic held at any time.
        self.announced: set[str] = set()
        self.erasures: list[Erasure] = []
        # Records that an overtaken relay had sent again.
        self.sent_again: set[Key] = set()
        # Records of which a compacted topic may keep another state than those know who read all of
        # it: what lost tables had not sent may have travelled as state, and a relay may have died
        # before it saw that it sent an older state behind a newer one.
        self.doubtful: set[Key] = set()

    def pause(self) -> None:
        """Before a step, or where somebody waits. Whoever looks from outside never waits."""
        if self.running:
            self.running.pause()


class SteppedStore(FakeStore):
    """The tables, with a step before each call. What is inside stays as it is."""

    def __init__(self, here: "Location") -> None:
        super().__init__(here.name, here.clock, here.tables)
        self._here = here
        for name in PARTS:
            setattr(self, name, SteppedPart(getattr(self, name), here.step))
        self._pending = self.outbox.pending
        self._add_again = self.outbox.add_again
        self.outbox.pending = self._pending_of_the_index  # type: ignore[method-assign]
        self.outbox.add_again = self._note_and_add_again  # type: ignore[method-assign]

    def commit(self, *changes: Change) -> None:
        if any(change.record.id == TOO_LARGE for change in changes):
            raise TooLarge("larger than a table takes")
        self._here.step_commit(self._commit, *changes)

    def _pending_of_the_index(self, limit: int) -> list[OutboxMessage]:
        """An index may lag behind its table: it has yet to hear of the newest."""
        messages = self._pending(limit)
        return messages[: max(0, len(messages) - self._here.index_lag)]

    def _note_and_add_again(self, messages: Sequence[OutboxMessage], now: int) -> None:
        self._here.shared.sent_again |= {(one.kind, one.record_id) for one in messages}
        self._add_again(messages, now)

    def _commit(self, *changes: Change) -> None:
        erased = [
            self.tables.records[change.record.kind, change.record.id]
            for change in changes
            if change.pending and change.entry.action is Action.ERASE
        ]
        super().commit(*changes)
        shared = self._here.shared
        shared.erasures += [Erasure(self._here.name, shared.now, record) for record in erased]
        shared.counts["values before their definition"] += sum(map(self._is_early, changes))

    def _is_early(self, change: Change) -> bool:
        """Whether it brings a value of a field that nobody defined here yet."""
        return not change.pending and any(
            name.startswith(EXTRA)
            and (Kind.FIELD, name.removeprefix(EXTRA)) not in self.tables.records
            for name in change.entry.differences
        )


class SteppedPart:
    """One part of a store, with a step before each call."""

    def __init__(self, part: object, step: Step) -> None:
        for method in vars(type(part)):
            if not method.startswith("_"):
                setattr(self, method, partial(step, getattr(part, method)))


class LinkedProducer:
    """See `ports.Producer`: each event is a step of its own, and fails on its own."""

    def __init__(self, here: "Location", holder: str | None) -> None:
        self._here = here
        self._holder = holder

    def send(self, events: Sequence[Event]) -> list[Exception | None]:
        return [self._send(event) for event in events]

    def _send(self, event: Event) -> Exception | None:
        here, shared = self._here, self._here.shared
        shared.pause()
        fault = here.send_faults.popleft() if here.send_faults and shared.running else None
        if not here.sends or shared.is_broker_away or fault is SendFault.REFUSED:
            return Broken("the broker did not take it")
        if shared.running and self._is_overtaken():
            shared.running.sent_overtaken.add((event.entry.kind, event.entry.record_id))
        for _ in range(2 if fault is SendFault.TWICE else 1):
            shared.broker.store(codec.encode_key(event), codec.encode(event), shared.now)
        shared.announced.add(event.entry.hash)
        if fault:
            shared.counts[f"events {fault}"] += 1
        return TimeoutError("no acknowledgement") if fault is SendFault.UNANSWERED else None

    def _is_overtaken(self) -> bool:
        """Repair needs no lease: what it sends has keys of its own."""
        holder = self._here.tables.leases.get(LEASE, ("", 0))[0]
        return self._holder is not None and holder != self._holder


class LinkedBoard:
    """See `ports.Board`: what one location tells and is told, as long as its link is up."""

    def __init__(self, here: "Location") -> None:
        self._here = here

    def tell(self, *notices: Digest | Listing) -> None:
        self._require(self._here.sends)
        self._here.shared.board.tell(*notices)

    def told(self) -> list[Digest | Listing]:
        self._require(self._here.receives)
        return self._here.shared.board.told()

    def _require(self, link: bool) -> None:
        self._here.shared.pause()
        if not link or self._here.shared.is_broker_away:
            raise Unavailable("the broker is away")


class Location:
    """A location: its tables, and the processes that work on them."""

    def __init__(self, name: str, shared: Shared) -> None:
        self.name = name
        self.shared = shared
        self.skew = 0
        self.sends = self.receives = True
        self.processes: list[Process] = []
        # What happens to the next calls, one by one; None is nothing.
        self.table_faults: deque[TableFault | None] = deque()
        self.send_faults: deque[SendFault] = deque()
        # How many of the newest messages the index of what is pending has yet to hear of.
        self.index_lag = 0
        # How many the last sweep left until the others are heard.
        self.waiting = 0
        self.incarnations = 0
        self._numbers = count(1)
        self._open_new_tables()

    def clock(self) -> int:
        return self.shared.now + self.skew

    @property
    def registry(self) -> Registry:
        return self.parts.registry

    @property
    def origin(self) -> str:
        return self.registry.store.origin

    def life_of(self, customer_id: str) -> object:
        record = self.tables.records.get((Kind.CUSTOMER, customer_id))
        return record.life.value if record else None

    def entries_of(self, customer_id: str) -> list[AuditEntry]:
        return [one for one in self.tables.entries.values() if one.record_id == customer_id]

    def wipe(self) -> list[AuditEntry]:
        """Gets new tables; the entries that the old ones alone held are returned, and lost."""
        lost = [
            entry
            for entry in self.tables.entries.values()
            if entry.origin == self.origin and entry.hash not in self.shared.announced
        ]
        self._open_new_tables()
        return lost

    def damage(self, customer_id: str, damage: RowDamage) -> bool:
        """Whether there was a row to damage. What goes out from here is in doubt from now on.

        One that nobody else has heard of is left alone: there is nothing to compare it with.
        """
        key = Kind.CUSTOMER, customer_id
        record = self.tables.records.get(key)
        unsent = {self.tables.messages[one].record_id for one in self.tables.unsent}
        if record is None or not record.values or customer_id in unsent:
            return False
        if damage is RowDamage.WRONG and not is_whole(
            self.registry.store.trail.of(*key), record.heads
        ):
            # Compaction took what would tell the value: this one needs a person.
            return False
        self.shared.doubtful.add(key)
        if damage is RowDamage.LOST:
            del self.tables.records[key]
        elif damage is RowDamage.UNREADABLE:
            self.tables.unreadable.add(key)
        else:
            name, register = next(iter(record.values.items()))
            wrong = {**record.values, name: replace(register, value="damaged")}
            self.tables.records[key] = replace(record, values=wrong)
        return True

    def restart(self) -> None:
        """Kills every process; the next one starts with nothing in its memory."""
        for process in self.processes:
            self.crash(process)
        self.processes.clear()
        registry = Registry.over(
            self.store,
            self.clock,
            lambda: customer_id(next(self._numbers), self.name),
            RetentionPolicy(RETENTION_DAYS),
        )
        self.parts = Parts(SETTINGS, registry, None, None, None)  # type: ignore[arg-type]

    def start(self, work: Work, steps: int) -> None:
        """A new process that takes so many steps, and is stopped there if it has more."""
        process = Process(partial(self._attempt, work))
        self.resume(process, steps)
        if not process.is_over:
            self.processes.append(process)

    def resume(self, process: Process, steps: int) -> None:
        self._run(process, partial(process.resume, steps))

    def crash(self, process: Process) -> None:
        self._run(process, process.kill)

    def relay(self) -> None:
        """One run of the message relay."""
        holder = f"relay{next(self._numbers)}"
        published = publish_pending(self.registry, LinkedProducer(self, holder), holder)
        self.shared.counts["relays that met another"] += published.busy
        self.shared.counts["events not acknowledged"] += published.failed

    def consume(self, partitions: Sequence[int] = PARTITIONS, limit: int = 100) -> None:
        """One batch of the topic: fetched, taken by the consumer function, committed."""
        origin, broker = self.origin, self.shared.broker
        fetched = {at: self._ask(broker.fetch, origin, at, limit) for at in partitions}
        batches = {TopicPartition(TOPIC, at): batch for at, batch in fetched.items() if batch}
        if batches:
            read = {at.partition: batch[-1].offset + 1 for at, batch in batches.items()}
            take_batch(batches, self.parts, lambda: self._ask(broker.commit, origin, read))

    def compare(self) -> None:
        """A tick each: joining, what everybody holds, and repair."""
        board, producer = LinkedBoard(self), LinkedProducer(self, None)
        caller = Caller("sins/repair", "system", f"{self.name}-repair{next(self._numbers)}")
        joined = self.registry.membership.has_joined()
        self.shared.counts["joined"] += join(self.registry, board) and not joined
        exchange_digests(self.registry, board)
        repaired = repair_differences(caller, self.registry, board, producer)
        self.shared.counts["records mended"] += repaired.mended
        self.shared.counts["records sent again by a repair"] += repaired.sent_again

    def sweep(self) -> None:
        """The nightly tick."""
        caller = Caller("sins/retention", "system", f"sweep{next(self._numbers)}")
        swept = sweep_expired(caller, self.registry, LinkedBoard(self))
        self.waiting = swept.waiting
        self.shared.counts["erased"] += swept.erased
        self.shared.counts["not erased before the others are heard"] += swept.waiting

    def step(self, call: Callable[..., Answer], *arguments: Any) -> Answer:
        """One call to the tables. To whoever looks from outside nothing happens."""
        if not self.shared.running:
            return call(*arguments)
        self.shared.running.pause()
        fault = self._next_fault(is_commit=False)
        if fault is None:
            return call(*arguments)
        if fault is TableFault.UNANSWERED:
            call(*arguments)
        raise Unavailable(f"the call was {fault}")

    def step_commit(self, commit: Step, *changes: Change) -> None:
        """A commit, which may meet another one."""
        self.shared.pause()
        fault = self._next_fault(is_commit=True)
        if fault is TableFault.CONFLICT:
            raise VersionConflict("somebody else was faster")
        if fault is not TableFault.REFUSED:
            commit(*changes)
        if fault:
            raise Unavailable(f"the commit was {fault}")

    def _next_fault(self, is_commit: bool) -> TableFault | None:
        """What goes wrong now. A conflict waits for a commit."""
        faults = self.table_faults if self.shared.running else None
        if not faults or (faults[0] is TableFault.CONFLICT and not is_commit):
            return None
        fault = faults.popleft()
        if fault:
            self.shared.counts[f"calls {fault}"] += 1
        return fault

    def _open_new_tables(self) -> None:
        self.incarnations += 1
        self.tables = FakeTables(incarnation=f"{self.incarnations:08x}", facts={})
        self.store = SteppedStore(self)
        self.restart()
        # Whoever reads a compacted topic from its start has the state, and not every entry.
        self.is_partial = self.shared.broker.has_lost_for(self.origin)

    def _attempt(self, work: Work) -> None:
        try:
            work()
        except (SinsError, Broken, Crashed) as error:
            self.shared.counts[f"ended with {type(error).__name__}"] += 1
            if self.shared.running:
                self.shared.doubtful |= self.shared.running.sent_overtaken

    def _run(self, process: Process, action: Work) -> None:
        self.shared.running = process
        try:
            action()
        finally:
            self.shared.running = None

    def _ask(self, call: Callable[..., Answer], *arguments: Any) -> Answer:
        """One call of the consumer to the broker."""
        self.shared.pause()
        if not self.receives or self.shared.is_broker_away:
            raise Broken("nobody answers")
        return call(*arguments)


def take_batch(batches: Mapping[Any, Iterable[Any]], parts: Parts, commit: Work) -> None:
    """What an event source does: the offsets move once the function took the records."""
    consume(lambda_event(batches), parts)
    commit()
