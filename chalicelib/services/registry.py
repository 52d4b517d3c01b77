"""The registry of one location, as the services see it: its tables, its clock, its rules."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from chalicelib.domain.audit import Caller
from chalicelib.domain.change import Author
from chalicelib.domain.field import Definitions, definition_of
from chalicelib.domain.record import Kind
from chalicelib.domain.retention import RetentionPolicy, day_of
from chalicelib.domain.stamp import location_of
from chalicelib.services.ports import Store

CATALOG_MAX_AGE = 1000


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


@dataclass(frozen=True, slots=True)
class Registry:
    """What a service needs besides its input."""

    store: Store
    clock: Callable[[], int]
    new_id: Callable[[], str]
    retention: RetentionPolicy
    catalog: Catalog

    @property
    def location(self) -> str:
        return location_of(self.store.origin)

    @property
    def today(self) -> date:
        return day_of(self.clock())

    def author(self, caller: Caller) -> Author:
        return Author(caller, self.store.origin, self.clock())
