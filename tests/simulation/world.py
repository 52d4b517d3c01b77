"""The world of one history: the locations, true time, and what was promised to callers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from chalicelib.domain.audit import Action, AuditEntry, Caller
from chalicelib.domain.record import Kind
from tests.fakes import NOW
from tests.simulation.location import Location, Shared

NAMES = ("loc1", "loc2", "loc3", "loc4")
# These are there from the start; the others join when the schedule says so, or in the end.
FOUNDERS = NAMES[:3]
# How far a clock may be from true time, one way or the other, in milliseconds.
MAX_SKEW = 5 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Promise:
    """A write that was answered with a success. Without a request id: the record was created."""

    kind: Kind
    record_id: str
    request_id: str | None


class World:
    """Everything that a schedule acts on."""

    def __init__(self) -> None:
        self.shared = Shared(NOW)
        self.locations: dict[str, Location] = {}
        self.customers: list[str] = []
        self.promises: set[Promise] = set()
        # What lost tables alone had held: a fact of the world, told apart from real losses.
        self.lost: list[AuditEntry] = []
        # Which idempotency key a request came with.
        self.keys: dict[str, str] = {}
        self._requests = count(1)
        for name in FOUNDERS:
            self.join(name)
        # One round of questions and one of answers: each takes writes from the start.
        for _ in range(2):
            for here in self:
                here.compare()
        assert all(here.registry.membership.has_joined() for here in self)

    def __iter__(self) -> Iterator[Location]:
        return iter(self.locations.values())

    def at(self, place: int) -> Location:
        """The location of that number; what has not joined yet stands for one that has."""
        joined = list(self.locations.values())
        return joined[place % len(joined)]

    def join(self, name: str) -> None:
        if name not in self.locations:
            self.locations[name] = Location(name, self.shared)

    def wipe(self, here: Location) -> None:
        tables = here.tables
        lost = here.wipe()
        self.lost += lost
        unsent = [tables.messages[key] for key in tables.unsent]
        self.shared.doubtful |= {(entry.kind, entry.record_id) for entry in lost}
        self.shared.doubtful |= {(message.kind, message.record_id) for message in unsent}
        for entry in lost:
            self.promises.discard(Promise(entry.kind, entry.record_id, entry.caller.request_id))
            if entry.action is Action.CREATE:
                self.promises.discard(Promise(entry.kind, entry.record_id, None))

    def caller(self, key: str | None = None) -> Caller:
        """Somebody with a new request."""
        request_id = f"request{next(self._requests)}"
        if key:
            self.keys[request_id] = key
        return Caller("agent-7", "service_provider", request_id)

    def promise(self, kind: Kind, record_id: str, request_id: str | None) -> None:
        promise = Promise(kind, record_id, request_id)
        self.shared.counts["requests answered again"] += promise in self.promises
        self.shared.counts["requests answered"] += 1
        self.promises.add(promise)

    def compact(self) -> None:
        """Compaction; whoever had not read what it takes has the state, and not every entry."""
        self.shared.counts["records compacted away"] += self.shared.broker.compact(self.shared.now)
        for here in self:
            here.is_partial = here.is_partial or self.shared.broker.has_lost_for(here.origin)
