"""What a schedule is made of: small values that each do one thing to the world.

An operation carries all of its own choices, so that it does the same thing after others were
taken out of the schedule. `steps` is how far a process gets before it is stopped; a later
`Run` lets it go on, a `Crash` ends it there.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import partial
from typing import Any

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import NotFound
from chalicelib.domain.record import Kind, Life, Record
from chalicelib.domain.retention import DAY
from chalicelib.services.conflicts import Source
from chalicelib.services.conflicts import restore_customer as put_values_back
from chalicelib.services.customers import (
    create_customer,
    delete_customer,
    patch_customer,
    replace_customer,
)
from chalicelib.services.fields import create_field, delete_field, patch_field
from chalicelib.services.registry import Registry
from chalicelib.services.writing import IdempotencyKey, rewrite
from tests.fakes import DEFINITION
from tests.simulation.location import Location, RowDamage, SendFault, TableFault
from tests.simulation.poison import POISON
from tests.simulation.process import TO_THE_END
from tests.simulation.world import MAX_SKEW, World


class Operation(ABC):
    """One thing that happens."""

    __slots__ = ()

    @abstractmethod
    def play(self, world: World) -> None: ...

    def __repr__(self) -> str:
        """As it would be written: without what is left out."""
        said = [
            f"{field.name}={value!s}" if isinstance(value, StrEnum) else f"{field.name}={value!r}"
            for field in fields(self)  # type: ignore[arg-type]
            if (value := getattr(self, field.name)) != field.default
        ]
        return f"{type(self).__name__}({', '.join(said)})"


@dataclass(frozen=True, slots=True, repr=False)
class Post(Operation):
    """Somebody creates a customer; two with one `key` are one request sent again."""

    at: int
    value: str
    key: str | None = None
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here, caller = world.at(self.at), world.caller(self.key)
        name = self.key or self.value
        idempotency = IdempotencyKey(self.key, f"digest of {name}") if self.key else None

        def work() -> None:
            answer = create_customer({"surname": name}, caller, here.registry, idempotency)
            if answer.id not in world.customers:
                world.customers.append(answer.id)
            world.shared.pause()
            world.promise(Kind.CUSTOMER, answer.id, None)

        here.start(work, self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Patch(Operation):
    """Somebody changes one value of a customer."""

    at: int
    who: int
    name: str
    value: str | None
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        extra = self.name in EXTRAS
        values = {"extra_fields": {self.name: self.value}} if extra else {self.name: self.value}
        is_new = self.value is not None and self.value != SAME
        change = partial(patch_customer, values=values)
        _write(world, self.at, self.who, change, self.steps, promised=is_new)


@dataclass(frozen=True, slots=True, repr=False)
class Put(Operation):
    """Somebody replaces a customer whole."""

    at: int
    who: int
    value: str
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        change = partial(replace_customer, values={"surname": self.value})
        _write(world, self.at, self.who, change, self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Delete(Operation):
    """Somebody deletes a customer."""

    at: int
    who: int
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        _write(world, self.at, self.who, delete_customer, self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Restore(Operation):
    """A deleted customer comes back."""

    at: int
    who: int
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        _write(world, self.at, self.who, restore_customer, self.steps, life=Life.DELETED)


@dataclass(frozen=True, slots=True, repr=False)
class PutBack(Operation):
    """Somebody puts back what an earlier entry wrote."""

    at: int
    who: int
    which: int
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here = world.at(self.at)

        def put_back(customer_id: str, caller: Caller, registry: Registry) -> None:
            entries = here.entries_of(customer_id)
            entry = entries[self.which % len(entries)]
            put_values_back(customer_id, Source(entry.origin, entry.seq), caller, registry)
            world.shared.counts["values put back"] += 1

        _write(world, self.at, self.who, put_back, self.steps, promised=False)


@dataclass(frozen=True, slots=True, repr=False)
class Define(Operation):
    """An administrator adds a field."""

    at: int
    key: str
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here, caller = world.at(self.at), world.caller()
        change = partial(create_field, self.key, DEFINITION, caller)
        _answer(world, here, partial(change, here.registry), _field(self.key, caller), self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Redefine(Operation):
    """An administrator changes a field: its label, or whether it is active."""

    at: int
    key: str
    value: str
    active: bool = True
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here, caller = world.at(self.at), world.caller()
        values = {"label": self.value, "active": self.active}
        change = partial(patch_field, self.key, values, caller)
        _answer(world, here, partial(change, here.registry), _field(self.key, caller), self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Undefine(Operation):
    """An administrator deletes a field."""

    at: int
    key: str
    force: bool = False
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here, caller = world.at(self.at), world.caller()
        change = partial(delete_field, self.key, caller, here.registry, force=self.force)
        _answer(world, here, change, _field(self.key, caller), self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Relay(Operation):
    """The message relay is rung for."""

    at: int
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here = world.at(self.at)
        here.start(here.relay, self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Consume(Operation):
    """The topic's event source brings records of some partitions."""

    at: int
    partitions: tuple[int, ...] = (0, 1, 2)
    limit: int = 100
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here = world.at(self.at)
        here.start(partial(here.consume, self.partitions, self.limit), self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Compare(Operation):
    """A location compares what it holds with the others, joins, repairs."""

    at: int
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here = world.at(self.at)
        here.start(here.compare, self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Sweep(Operation):
    """The nightly tick."""

    at: int
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here = world.at(self.at)
        here.start(here.sweep, self.steps)


@dataclass(frozen=True, slots=True, repr=False)
class Run(Operation):
    """A stopped process goes on."""

    at: int
    which: int
    steps: int = TO_THE_END

    def play(self, world: World) -> None:
        here = world.at(self.at)
        if here.processes:
            process = here.processes[self.which % len(here.processes)]
            world.shared.counts["resumed"] += 1
            here.resume(process, self.steps)
            if process.is_over:
                here.processes.remove(process)


@dataclass(frozen=True, slots=True, repr=False)
class Crash(Operation):
    """A stopped process is killed."""

    at: int
    which: int

    def play(self, world: World) -> None:
        here = world.at(self.at)
        if here.processes:
            here.crash(here.processes.pop(self.which % len(here.processes)))


@dataclass(frozen=True, slots=True, repr=False)
class Restart(Operation):
    """Every process of a location is killed, and new ones know nothing."""

    at: int

    def play(self, world: World) -> None:
        world.shared.counts["restarts"] += 1
        world.at(self.at).restart()


@dataclass(frozen=True, slots=True, repr=False)
class Link(Operation):
    """The link between a location and the broker, one way and the other, from now on."""

    at: int
    sends: bool
    receives: bool

    def play(self, world: World) -> None:
        here = world.at(self.at)
        here.sends, here.receives = self.sends, self.receives
        world.shared.counts["links cut"] += not (self.sends and self.receives)


@dataclass(frozen=True, slots=True, repr=False)
class BrokerAway(Operation):
    """The broker answers nobody, or everybody again."""

    away: bool

    def play(self, world: World) -> None:
        world.shared.is_broker_away = self.away
        world.shared.counts["broker away"] += self.away


@dataclass(frozen=True, slots=True, repr=False)
class TablesFail(Operation):
    """Some later call to the tables goes wrong."""

    at: int
    fault: TableFault
    after: int = 0
    times: int = 1

    def play(self, world: World) -> None:
        faults = world.at(self.at).table_faults
        faults.clear()
        faults.extend([None] * self.after + [self.fault] * self.times)


@dataclass(frozen=True, slots=True, repr=False)
class IndexLags(Operation):
    """The index of what is pending does not show the newest, from now on."""

    at: int
    by: int

    def play(self, world: World) -> None:
        world.at(self.at).index_lag = self.by
        world.shared.counts["indexes that lag"] += self.by > 0


@dataclass(frozen=True, slots=True, repr=False)
class SendsFail(Operation):
    """The next events that a location sends go wrong."""

    at: int
    fault: SendFault
    times: int = 1

    def play(self, world: World) -> None:
        world.at(self.at).send_faults.extend([self.fault] * self.times)


@dataclass(frozen=True, slots=True, repr=False)
class Rewind(Operation):
    """A location reads the last records of a partition again."""

    at: int
    partition: int
    by: int

    def play(self, world: World) -> None:
        offsets = world.shared.broker.offsets[world.at(self.at).origin]
        back = min(self.by, offsets[self.partition])
        offsets[self.partition] -= back
        world.shared.counts["records delivered again"] += back


@dataclass(frozen=True, slots=True, repr=False)
class Poison(Operation):
    """Bytes that are no event of ours turn up on the topic."""

    partition: int
    kind: str

    def play(self, world: World) -> None:
        broker = world.shared.broker
        broker.store_poison(POISON[self.kind](broker), world.shared.now, self.partition)
        world.shared.counts["poison"] += 1


@dataclass(frozen=True, slots=True, repr=False)
class Damage(Operation):
    """A customer's row is changed behind the product's back, or lost."""

    at: int
    who: int
    damage: RowDamage

    def play(self, world: World) -> None:
        newest = world.customers[-1 - self.who :]
        damaged = world.at(self.at).damage(newest[0], self.damage) if newest else False
        world.shared.counts["rows damaged"] += damaged
        world.shared.counts[f"rows {self.damage}"] += damaged


@dataclass(frozen=True, slots=True, repr=False)
class Wipe(Operation):
    """A location loses its tables."""

    at: int

    def play(self, world: World) -> None:
        world.shared.counts["wiped"] += 1
        world.wipe(world.at(self.at))


@dataclass(frozen=True, slots=True, repr=False)
class Join(Operation):
    """A location takes part from now on."""

    name: str

    def play(self, world: World) -> None:
        world.shared.counts["late locations"] += self.name not in world.locations
        world.join(self.name)


@dataclass(frozen=True, slots=True, repr=False)
class Tick(Operation):
    """Time goes by."""

    milliseconds: int

    def play(self, world: World) -> None:
        world.shared.now += self.milliseconds


@dataclass(frozen=True, slots=True, repr=False)
class Jump(Operation):
    """Days go by: no process lives so long, and the broker compacts what is old enough.

    It ends so many milliseconds after the midnight that begins the day, when the nightly tick
    has come to one of the locations.
    """

    days: int
    after_midnight: int
    swept: int

    def play(self, world: World) -> None:
        shared = world.shared
        shared.counts["days gone by"] += self.days
        for here in world:
            here.restart()
        day = shared.now // DAY + self.days
        shared.now = max(shared.now, day * DAY + self.after_midnight)
        world.compact()
        Sweep(self.swept).play(world)


@dataclass(frozen=True, slots=True, repr=False)
class Skew(Operation):
    """A location's clock is set, or jumps."""

    at: int
    milliseconds: int

    def play(self, world: World) -> None:
        world.shared.counts["clocks set"] += 1
        world.shared.counts["clocks set far off"] += abs(self.milliseconds) > MAX_SKEW
        world.at(self.at).skew = self.milliseconds


SAME = "same"
EXTRAS = ("city", "tier")
# The same few again and again, so that writers meet.
FEW = 3


def restore_customer(customer_id: str, caller: Caller, registry: Registry) -> Record:
    """The restore of the domain, without the API's look at the date: clocks are apart."""

    def load() -> Record:
        record = registry.store.records.get(Kind.CUSTOMER, customer_id)
        if record is None or record.life.value != Life.DELETED:
            raise NotFound("nothing to restore")
        return record

    def decide(record: Record) -> changes.Change:
        return changes.restore(record, {}, registry.author(caller))

    return rewrite(load, decide, registry)


def _field(key: str, caller: Caller) -> tuple[Kind, str, str]:
    return Kind.FIELD, key, caller.request_id


def _write(
    world: World,
    at: int,
    who: int,
    change: Callable[..., Any],
    steps: int,
    promised: bool = True,
    life: Life = Life.LIVE,
) -> None:
    """A change of one of the newest customers that this location knows in that life."""
    here, caller = world.at(at), world.caller()
    found = [one for one in reversed(world.customers) if here.life_of(one) == life][:FEW]
    if not found:
        return
    customer_id = found[who % len(found)]
    wanted = partial(change, customer_id, caller=caller, registry=here.registry)
    promise = (Kind.CUSTOMER, customer_id, caller.request_id) if promised else None
    _answer(world, here, wanted, promise, steps)


def _answer(
    world: World,
    here: Location,
    change: Callable[[], Any],
    promise: tuple[Kind, str, str] | None,
    steps: int,
) -> None:
    def work() -> None:
        change()
        world.shared.pause()
        if promise:
            world.promise(*promise)

    here.start(work, steps)
