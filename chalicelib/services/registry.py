"""The registry of one location, as the services see it: its tables, its clock, its rules."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from chalicelib.domain.audit import Caller
from chalicelib.domain.change import Author
from chalicelib.domain.errors import Joining
from chalicelib.domain.field import Definitions, definition_of
from chalicelib.domain.notes import Fact
from chalicelib.domain.record import Kind
from chalicelib.domain.retention import RetentionPolicy, day_of
from chalicelib.domain.stamp import location_of
from chalicelib.services.ports import Store

CATALOG_MAX_AGE = 1000
MEMBERSHIP_MAX_AGE = 10_000
MEMBERSHIP = "membership"


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Catalog:
    """The field definitions, read again when they are a second old.

    Reading them for every request would double the cost of a read; an older copy is never
    used to refuse a value.
    """

    store: Store
    clock: Callable[[], int]
    _definitions: Definitions = field(default_factory=dict)
    _read_at: int | None = None

    def definitions(self) -> Definitions:
        if self._read_at is None or self.clock() - self._read_at > CATALOG_MAX_AGE:
            self.refresh()
        return self._definitions

    def forget(self) -> None:
        """The next reader reads them again: they were changed here."""
        self._read_at = None

    def refresh(self) -> Definitions:
        now = self.clock()
        live = (record for record in self.store.records.all(Kind.FIELD) if record.is_live)
        self._definitions = {record.id: definition_of(record) for record in live}
        self._read_at = now
        return self._definitions


@dataclass(slots=True)
class Membership:
    """Whether this location holds what the others do, and so may take writes.

    A location with new tables does not, until `services/joining.py` has seen that it does. Whoever
    has joined is asked again after ten seconds; whoever has not, each time.
    """

    store: Store
    clock: Callable[[], int]
    _joined_at: int | None = None

    def has_joined(self) -> bool:
        now = self.clock()
        if self._joined_at is None or now - self._joined_at > MEMBERSHIP_MAX_AGE:
            fact = self.store.system.noted(MEMBERSHIP).get("this", {})
            self._joined_at = now if fact.get("joined") else None
        return self._joined_at is not None

    def require_joined(self) -> None:
        """Raises Joining."""
        if not self.has_joined():
            raise Joining(
                "this location is still reading what the others hold; it takes changes after that"
            )

    def note(self, joined: bool, reason: str) -> None:
        """Keeps what was found out, for every process of this location."""
        fact: Fact = {"joined": int(joined), "reason": reason, "at": self.clock()}
        self.store.system.note(MEMBERSHIP, {"this": fact})
        self._joined_at = None


@dataclass(frozen=True, slots=True)
class Registry:
    """What a service needs besides its input."""

    store: Store
    clock: Callable[[], int]
    new_id: Callable[[], str]
    retention: RetentionPolicy
    catalog: Catalog
    membership: Membership

    @classmethod
    def over(
        cls,
        store: Store,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        retention: RetentionPolicy,
    ) -> "Registry":
        """The registry of a process that has just started: nothing has been read."""
        return cls(store, clock, new_id, retention, Catalog(store, clock), Membership(store, clock))

    def moved(
        self, store: Store | None = None, clock: Callable[[], int] | None = None
    ) -> "Registry":
        """The same rules on other tables or another clock, as a new process sees them."""
        return Registry.over(store or self.store, clock or self.clock, self.new_id, self.retention)

    @property
    def location(self) -> str:
        return location_of(self.store.origin)

    @property
    def today(self) -> date:
        return day_of(self.clock())

    def author(self, caller: Caller) -> Author:
        return Author(caller, self.store.origin, self.clock())
