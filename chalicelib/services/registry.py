"""The registry of one location, as the services see it: its tables, its clock, its rules."""

import time
from collections.abc import Callable
from datetime import date

from msgspec import Struct

from chalicelib.domain.access import ALLOWED, AccessEntry
from chalicelib.domain.audit import Caller
from chalicelib.domain.change import Author
from chalicelib.domain.errors import Unreadable
from chalicelib.domain.record import Kind, Record
from chalicelib.domain.retention import RetentionPolicy, day_of
from chalicelib.domain.stamp import location_of
from chalicelib.services.ports import Store
from chalicelib.services.remembered import Catalog, Duplicates, Membership


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Registry(Struct, frozen=True):
    """What a service needs besides its input."""

    store: Store
    clock: Callable[[], int]
    new_id: Callable[[], str]
    retention: RetentionPolicy
    catalog: Catalog
    membership: Membership
    duplicates: Duplicates

    @classmethod
    def over(
        cls,
        store: Store,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        retention: RetentionPolicy,
    ) -> "Registry":
        """The registry of a process that has just started: nothing has been read."""
        return cls(
            store=store,
            clock=clock,
            new_id=new_id,
            retention=retention,
            catalog=Catalog(store, clock),
            membership=Membership(store, clock),
            duplicates=Duplicates(store, clock),
        )

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

    def stored(self, kind: Kind, record_id: str) -> tuple[Record | None, int]:
        """The record and its row's version; None and that where the row cannot be read.

        None and 0 where there is no row.
        """
        try:
            record = self.store.records.get(kind, record_id)
        except Unreadable as error:
            return None, error.version
        return record, record.version if record else 0

    def log_access(self, caller: Caller, action: str, resource: str, detail: str = "") -> None:
        """Writes to the access log that somebody was let do this. Raises Unavailable."""
        self.store.access.add(AccessEntry(caller, action, resource, ALLOWED, self.clock(), detail))

    def author(self, caller: Caller) -> Author:
        return Author(caller, self.store.origin, self.clock())
