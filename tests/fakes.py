"""Stand-ins for what a service needs from outside, and short ways to build values.

`FakeStore` keeps every promise of `ports.Store` that the contract suite checks, in memory.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from threading import RLock
from typing import Any

from msgspec.structs import replace

from chalicelib.domain import change as changes
from chalicelib.domain.access import AccessEntry, AccessFilter
from chalicelib.domain.audit import Action, AuditEntry, AuditFilter, Caller, Difference, seal
from chalicelib.domain.change import Author, Change, Claim, Event
from chalicelib.domain.conflict import Conflict
from chalicelib.domain.customer import EXTRA
from chalicelib.domain.digest import Digest, Listing
from chalicelib.domain.document import number_of
from chalicelib.domain.errors import (
    AlreadyClaimed,
    AlreadyRecorded,
    Damaged,
    TooLarge,
    Unavailable,
    Unreadable,
    VersionConflict,
)
from chalicelib.domain.field import Usage
from chalicelib.domain.notes import DeadLetter, Fact, Note
from chalicelib.domain.outbox import ChangeNotice, OutboxMessage
from chalicelib.domain.page import Page, PageOfReadable
from chalicelib.domain.record import Kind, Life, Record, Register, Value, record_to_document
from chalicelib.domain.replay import is_whole, replay
from chalicelib.domain.retention import RetentionPolicy
from chalicelib.domain.stamp import Stamp
from chalicelib.services.registry import Registry, wall_clock

# A Friday in January 2019, at noon: DynamoDB leaves alone what should have expired that long ago.
NOW = 1_546_603_200_000
AGENT = Caller("agent-7", "service_agent", "request-1", "trace-1")
PROVIDER = Caller("admin-1", "service_provider", "request-2", "trace-2")

_EntryKey = tuple[Kind, str, str, int]


@dataclass(slots=True)
class FakeClock:
    """A clock that stands still until it is told to move."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now

    def advance(self, *, days: float = 0, seconds: float = 0, milliseconds: int = 0) -> None:
        self.now += int(days * 86_400_000) + int(seconds * 1000) + milliseconds


@dataclass(slots=True)
class FakeTables:
    """What one location holds; another `FakeTables()` is a location after its tables were lost."""

    incarnation: str = "00000001"
    records: dict[tuple[Kind, str], Record] = field(default_factory=dict)
    unreadable: set[tuple[Kind, str]] = field(default_factory=set)
    entries: dict[_EntryKey, AuditEntry] = field(default_factory=dict)
    torn: set[_EntryKey] = field(default_factory=set)
    messages: dict[str, OutboxMessage] = field(default_factory=dict)
    unsent: set[str] = field(default_factory=set)
    claims: dict[str, Claim] = field(default_factory=dict)
    facts: dict[str, dict[str, Fact]] = field(default_factory=lambda: joined())
    leases: dict[str, tuple[str, int]] = field(default_factory=dict)
    letters: dict[str, DeadLetter] = field(default_factory=dict)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    accesses: list[AccessEntry] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    lock: RLock = field(default_factory=RLock)
    most_scanned: int = 1_000


def joined() -> dict[str, dict[str, Fact]]:
    """What a location has noted that may take writes."""
    return {Note.MEMBERSHIP: {"this": {"joined": 1, "reason": "a test", "at": NOW}}}


class FakeStore:
    """See `ports.Store`. `before_commit` runs before each change: others may come between."""

    def __init__(
        self,
        location: str = "loc1",
        clock: Callable[[], int] = wall_clock,
        tables: FakeTables | None = None,
    ) -> None:
        self.tables = tables or FakeTables()
        self.records = FakeRecords(self.tables)
        self.trail = FakeAuditTrail(self.tables)
        self.access = FakeAccessLog(self.tables)
        self.outbox = FakeOutbox(self.tables)
        self.claims = FakeClaims(self.tables)
        self.system = FakeSystem(self.tables)
        self.before_transaction: Callable[[Sequence[Change]], None] = lambda _changes: None
        self.before_commit: Callable[[Change], None] = lambda _change: None
        self._location = location
        self._clock = clock

    @cached_property
    def origin(self) -> str:
        return f"{self._location}-{self.tables.incarnation}"

    def commit(self, *changes: Change) -> None:
        if not changes:
            raise ValueError("DynamoDB takes no transaction of nothing")
        self.before_transaction(changes)
        for change in changes:
            self.before_commit(change)
        _refuse_too_many(changes)
        with self.tables.lock:
            for change in changes:
                _refuse(self.tables, change)
            for change in changes:
                _write(self.tables, change, self._clock())


def _refuse_too_many(changes: Sequence[Change]) -> None:
    items = [2 + one.pending + bool(one.claim) + len(one.conflicts) for one in changes]
    notice = not all(one.pending for one in changes)
    if sum(items) + notice > 100:
        raise TooLarge("more than a transaction takes")


def _refuse(tables: FakeTables, change: Change) -> None:
    held = tables.claims.get(change.claim.key) if change.claim else None
    if held and held.expires * 1000 > change.entry.stamp.wall:
        raise AlreadyClaimed("the claim was taken")
    record = tables.records.get((change.record.kind, change.record.id))
    if entry_key(change.entry) in tables.entries and not change.pending:
        raise AlreadyRecorded("the audit entry is there")
    if (record.version if record else 0) != change.version:
        raise VersionConflict("the record was changed meanwhile")
    if entry_key(change.entry) in tables.entries:
        raise Damaged("this record was damaged and is being repaired")


def _write(tables: FakeTables, change: Change, now: int) -> None:
    record, entry = change.record, change.entry
    message = OutboxMessage(
        shard=0,
        id=_message_id(tables, now),
        kind=record.kind,
        record_id=record.id,
        origin=entry.origin,
        seq=entry.seq,
    )
    tables.records[record.kind, record.id] = record
    tables.unreadable.discard((record.kind, record.id))
    tables.entries[entry_key(entry)] = entry
    tables.messages[message.id] = message
    if change.pending:
        tables.unsent.add(message.id)
    if change.claim:
        tables.claims[change.claim.key] = change.claim
    for conflict in change.conflicts:
        tables.conflicts[_conflict_position(conflict)] = conflict


def _conflict_position(conflict: Conflict) -> str:
    return f"{conflict.at:015d}#{conflict.record_id}#{conflict.stamp}"


def _message_id(tables: FakeTables, now: int) -> str:
    return f"{now:015d}-{next(tables.numbers):06d}"


def entry_key(entry: AuditEntry) -> _EntryKey:
    return entry.kind, entry.record_id, entry.origin, entry.seq


class FakeRecords:
    """See `ports.Records`."""

    def __init__(self, tables: FakeTables) -> None:
        self._tables = tables

    def get(self, kind: Kind, record_id: str) -> Record | None:
        record = self._tables.records.get((kind, record_id))
        if record and (kind, record_id) in self._tables.unreadable:
            raise Unreadable("this record's row cannot be read", record.version)
        return record

    def get_many(
        self,
        kind: Kind,
        record_ids: Sequence[str],
        on_unreadable: Callable[[str], None] = lambda _: None,
    ) -> list[Record]:
        found = []
        for record_id in record_ids:
            try:
                found.append(self.get(kind, record_id))
            except Unreadable:
                on_unreadable(record_id)
        return [record for record in found if record]

    def all(
        self, kind: Kind, on_unreadable: Callable[[str], None] = lambda _: None
    ) -> Iterator[Record]:
        for record in self._rows(kind):
            if (kind, record.id) in self._tables.unreadable:
                on_unreadable(record.id)
            else:
                yield record

    def _rows(self, kind: Kind) -> Iterator[Record]:
        """What the indexes tell of, also of rows that cannot be read."""
        return (record for record in list(self._tables.records.values()) if record.kind is kind)

    def live_ids(self, after: str, limit: int) -> list[str]:
        live = (record.id for record in self._rows(Kind.CUSTOMER) if record.is_live)
        return sorted(record_id for record_id in live if record_id > after)[:limit]

    def due_ids(self, before: int, after: str, limit: int) -> Page[str]:
        positions = sorted(
            f"{record.updated_at:015d}#{record.id}"
            for record in self._rows(Kind.CUSTOMER)
            if not record.is_erased and record.updated_at < before
        )
        page = [position for position in positions if position > after][:limit]
        ids = [position.partition("#")[2] for position in page]
        return Page(ids, page[-1] if len(page) == limit else "")

    def claiming(self, number: str, at_most: int) -> list[str]:
        live = (record for record in self._rows(Kind.CUSTOMER) if record.is_live)
        return sorted(record.id for record in live if number_of(record) == number)[:at_most]

    def usage_of(self, key: str) -> Usage:
        rows = list(self._rows(Kind.CUSTOMER))
        seen = rows[: self._tables.most_scanned]
        users = sum(one.is_live and one.value(EXTRA + key) is not None for one in seen)
        return Usage(users, len(seen), is_whole=seen == rows)


class FakeAuditTrail:
    """See `ports.AuditTrail`."""

    def __init__(self, tables: FakeTables) -> None:
        self._tables = tables

    def of(self, kind: Kind, record_id: str) -> list[AuditEntry]:
        mine = [
            entry for entry in self.all() if entry.record_id == record_id and entry.kind is kind
        ]
        return sorted(mine, key=lambda entry: (entry.stamp, entry.seq))

    def newest(self, wanted: AuditFilter, before: str, limit: int) -> PageOfReadable[AuditEntry]:
        rows = self._tables.entries.values()
        found = {_position(entry): entry for entry in rows if _is_wanted(entry, wanted)}
        older = [position for position in found if not before or position < before]
        page = sorted(older, reverse=True)[:limit]
        readable = [found[one] for one in page if entry_key(found[one]) not in self._tables.torn]
        after = page[-1] if len(page) == limit else ""
        return PageOfReadable(readable, after, len(page) - len(readable))

    def all(self) -> Iterator[AuditEntry]:
        readable = sorted(self._tables.entries.keys() - self._tables.torn)
        return iter([self._tables.entries[key] for key in readable])

    def are_there(self, entries: Sequence[AuditEntry]) -> list[bool]:
        return [entry_key(entry) in self._tables.entries for entry in entries]


def _position(entry: AuditEntry) -> str:
    stamp = entry.stamp
    return (
        f"{stamp.wall:015d}.{stamp.counter:06d}#{entry.record_id}#{entry.origin}#{entry.seq:010d}"
    )


def _is_wanted(entry: AuditEntry, wanted: AuditFilter) -> bool:
    return (
        wanted.actor in (None, entry.caller.actor)
        and wanted.action in (None, entry.action)
        and (wanted.since is None or wanted.since <= entry.stamp.wall)
        and (wanted.until is None or entry.stamp.wall <= wanted.until)
    )


class FakeAccessLog:
    """See `ports.AccessLog`; what was added is in `tables.accesses`."""

    def __init__(self, tables: FakeTables) -> None:
        self._tables = tables

    def add(self, entry: AccessEntry) -> None:
        self._tables.accesses.append(entry)

    def newest(self, wanted: AccessFilter, before: str, limit: int) -> Page[AccessEntry]:
        lines = enumerate(self._tables.accesses)
        found = {f"{one.at:015d}#{at:012x}": one for at, one in lines if _is_asked(one, wanted)}
        older = [position for position in found if not before or position < before]
        page = sorted(older, reverse=True)[:limit]
        return Page([found[one] for one in page], page[-1] if len(page) == limit else "")


def _is_asked(line: AccessEntry, wanted: AccessFilter) -> bool:
    return (
        wanted.actor in (None, line.caller.actor)
        and wanted.since <= line.at <= wanted.until
        and (wanted.customer is None or wanted.customer in f"{line.resource} {line.detail}".lower())
    )


class FakeOutbox:
    """See `ports.Outbox`."""

    def __init__(self, tables: FakeTables) -> None:
        self._tables = tables

    def pending(self, limit: int) -> list[OutboxMessage]:
        return [self._tables.messages[key] for key in sorted(self._tables.unsent)][:limit]

    def depth(self) -> int:
        return len(self._tables.unsent)

    def events(self, messages: Sequence[OutboxMessage]) -> dict[OutboxMessage, Event]:
        return {one: event for one in messages if (event := self._event(one))}

    def _event(self, message: OutboxMessage) -> Event | None:
        trail = FakeAuditTrail(self._tables).of(message.kind, message.record_id)
        at = (message.origin, message.seq)
        entry = next((one for one in trail if (one.origin, one.seq) == at), None)
        record = self._tables.records.get((message.kind, message.record_id))
        if record is None and is_whole(trail, {}):
            record = replay(trail)
        return Event(entry, record) if entry and record else None

    def mark_sent(self, messages: Sequence[OutboxMessage], now: int) -> None:  # noqa: ARG002
        self._tables.unsent -= {message.id for message in messages}

    def add_again(self, messages: Sequence[OutboxMessage], now: int) -> None:
        for message in messages:
            fresh = replace(message, id=_message_id(self._tables, now))
            self._tables.messages[fresh.id] = fresh
            self._tables.unsent.add(fresh.id)

    def changes_since(self, moment: int) -> Iterator[ChangeNotice]:
        messages = sorted(self._tables.messages.items())
        return (
            ChangeNotice(m.id, m.kind, m.record_id, m.origin, m.seq, at)
            for key, m in messages
            if (at := int(key[:15])) >= moment
        )


class FakeClaims:
    """See `ports.Claims`."""

    def __init__(self, tables: FakeTables) -> None:
        self._tables = tables

    def get(self, key: str, now: int) -> Claim | None:
        claim = self._tables.claims.get(key)
        return claim if claim and claim.expires * 1000 > now else None


class FakeSystem:
    """See `ports.System`."""

    def __init__(self, tables: FakeTables) -> None:
        self._tables = tables

    def note(self, name: Note, facts: Mapping[str, Fact]) -> None:
        self._tables.facts.setdefault(name, {}).update(facts)

    def noted(self, name: Note) -> dict[str, Fact]:
        return dict(self._tables.facts.get(name, {}))

    def note_instead(self, name: Note, part: str, before: Fact, fact: Fact) -> bool:
        with self._tables.lock:
            if self.noted(name).get(part, {}) != before:
                return False
            self.note(name, {part: fact})
            return True

    def add_dead_letter(self, letter: DeadLetter) -> None:
        self._tables.letters[letter.id] = letter

    def dead_letters(self, after: str, limit: int) -> Page[DeadLetter]:
        ids = [one for one in sorted(self._tables.letters) if one > after][:limit]
        letters = [self._tables.letters[one] for one in ids]
        return Page(letters, ids[-1] if len(ids) == limit else "")

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        return self._tables.letters.get(letter_id)

    def remove_dead_letter(self, letter_id: str) -> None:
        self._tables.letters.pop(letter_id, None)

    def conflicts(self, before: str, limit: int) -> Page[Conflict]:
        found = sorted(self._tables.conflicts, reverse=True)
        page = [one for one in found if not before or one < before][:limit]
        return Page(
            [self._tables.conflicts[one] for one in page], page[-1] if len(page) == limit else ""
        )

    def dead_letter_count(self) -> int:
        return len(self._tables.letters)

    def acquire_lease(self, name: str, holder: str, now: int, until: int) -> bool:
        with self._tables.lock:
            held_by, held_until = self._tables.leases.get(name, (holder, 0))
            if held_by != holder and now <= held_until <= now + 3_600_000:
                return False
            self._tables.leases[name] = (holder, until)
            return True

    def holds_lease(self, name: str, holder: str) -> bool:
        return self._tables.leases.get(name, ("", 0))[0] == holder

    def release_lease(self, name: str, holder: str) -> None:
        if self._tables.leases.get(name, ("", 0))[0] == holder:
            del self._tables.leases[name]

    def end_lease(self, name: str) -> None:
        self._tables.leases.pop(name, None)


class FakeProducer:
    """See `ports.Producer`. `refuses` says why an event is not acknowledged, or None."""

    def __init__(self) -> None:
        self.sent: list[Event] = []
        self.calls = 0
        self.refuses: Callable[[Event], Exception | None] = lambda _event: None

    def send(self, events: Sequence[Event]) -> list[Exception | None]:
        self.calls += 1
        reasons = [self.refuses(event) for event in events]
        self.sent += [e for e, reason in zip(events, reasons, strict=True) if reason is None]
        return reasons


class FakeBoard:
    """See `ports.Board`; sites that share one hear of each other."""

    def __init__(self) -> None:
        self.notices: dict[tuple[str, int | None], Digest | Listing] = {}
        self._told: list[Digest | Listing] | None = None

    def begin_round(self) -> None:
        """What is told in a round is read in the next one: all of it at the same moment."""
        self._told = list(self.notices.values())

    def tell(self, *notices: Digest | Listing) -> None:
        for notice in notices:
            bucket = notice.bucket if isinstance(notice, Listing) else None
            self.notices[notice.location, bucket] = notice

    def told(self) -> list[Digest | Listing]:
        return list(self.notices.values()) if self._told is None else self._told


@dataclass(slots=True)
class Site:
    """One location in memory: its registry and, for tests to reach into, what it stands on."""

    store: FakeStore
    clock: FakeClock
    registry: Registry
    producer: FakeProducer


def site(location: str = "loc1", clock: FakeClock | None = None, days: int = 365) -> Site:
    clock = clock or FakeClock()
    store = FakeStore(location, clock)
    ids = count(1)
    registry = Registry.over(
        store, clock, lambda: customer_id(next(ids), location), RetentionPolicy(days)
    )
    return Site(store, clock, registry, FakeProducer())


def ids_read(here: Site) -> list[str]:
    """Grows with each customer that is read by id."""
    asked, get_many = list[str](), here.store.records.get_many

    def noted(kind: Kind, ids: Sequence[str], *others: Any) -> list[Record]:
        asked.extend(ids)
        return get_many(kind, ids, *others)

    here.store.records.get_many = noted  # type: ignore[assignment, method-assign]
    return asked


def customer_id(number: int, location: str = "loc1") -> str:
    """Ids in the order of `number`, different at each location."""
    return f"0190aaaa-{number:04x}-7000-8000-{location.encode().hex():0>12}"


def author(location: str = "loc1", now: int = NOW, caller: Caller = AGENT) -> Author:
    return Author(caller, f"{location}-00000001", now)


def stamp(wall: int = NOW, counter: int = 0, origin: str = "loc1-00000001") -> Stamp:
    return Stamp(wall, counter, origin)


Extras = Mapping[str, Value]


def customer(
    number: int = 1,
    now: int = NOW,
    location: str = "loc1",
    extra: Extras | None = None,
    **values: Value,
) -> Change:
    """A change that creates a customer; `extra` holds the values of defined fields."""
    given = {"surname": "Meyer", "name": "Anna", **values, **_registers(extra)}
    return changes.create(Kind.CUSTOMER, customer_id(number), given, author(location, now))


def definition(
    key: str = "city", now: int = NOW, location: str = "loc1", **values: Value
) -> Change:
    """A change that creates a field definition."""
    given: dict[str, Value] = {**DEFINITION, **values}
    return changes.create(Kind.FIELD, key, given, author(location, now))


DEFINITION: Mapping[str, Any] = {
    "label": "City",
    "type": "text",
    "choices": [],
    "required": False,
    "pattern": None,
    "active": True,
    "searchable": False,
}


def updated(
    record: Record,
    now: int = NOW + 1,
    location: str = "loc1",
    extra: Extras | None = None,
    **values: Value,
) -> Change:
    """A change that gives a record new values, which must differ from the old ones."""
    change = changes.update(record, {**values, **_registers(extra)}, author(location, now))
    assert change is not None
    return change


def _registers(extra: Extras | None) -> dict[str, Value]:
    return {EXTRA + key: value for key, value in (extra or {}).items()}


def deleted(record: Record, now: int = NOW + 2, location: str = "loc1") -> Change:
    return changes.delete(record, author(location, now))


def erased(record: Record, now: int = NOW + 3, location: str = "loc1") -> Change:
    return changes.erase(record, author(location, now))


def restored(record: Record, now: int = NOW + 4, location: str = "loc1", **values: Value) -> Change:
    return changes.restore(record, values, author(location, now))


def with_claim(change: Change, claim: Claim) -> Change:
    return replace(change, claim=claim)


def written_by(caller: Caller, change: Change) -> Change:
    """The same change by somebody else."""
    return replace(change, entry=seal(replace(change.entry, caller=caller)))


def event_of(change: Change) -> Event:
    """What the other locations are told, without what is the writer's own."""
    return Event(change.entry, replace(change.record, version=0, heads={}))


def apply_to(record: Record | None, change: Change) -> Record:
    """The record after another location's change arrived as an event."""
    return changes.apply(record, event_of(change), NOW).record


def shared(record: Record) -> str:
    """All that has to be equal everywhere, as one text."""
    return json.dumps(record_to_document(record), sort_keys=True)


def entry(seq: int = 1, previous: str = "", **others: Any) -> AuditEntry:
    """A sealed audit entry."""
    unsealed = AuditEntry(
        **{
            "kind": Kind.CUSTOMER,
            "record_id": customer_id(1),
            "origin": "loc1-00000001",
            "seq": seq,
            "action": Action.UPDATE,
            "caller": AGENT,
            "stamp": stamp(NOW + seq),
            "differences": {"name": Difference("Anna", "Anne", stamp(NOW + seq - 1))},
            "previous_hash": previous,
            **others,
        }
    )
    return seal(unsealed)


def record(life: Life = Life.LIVE, at: Stamp | None = None, **registers: Register) -> Record:
    """A customer that holds exactly these registers."""
    at = at or stamp()
    return Record(Kind.CUSTOMER, customer_id(1), at, Register(life, at), dict(registers))


def unavailable(*_: object) -> None:
    """Stands in for whatever does not answer."""
    raise Unavailable("the tables do not answer; try again")
