"""Retention: erasing customers that nobody may keep any longer.

Erased is final, so a location goes by what it knows only where it has heard the others: it leaves
out the customers of buckets that have differed from another location's for too long, and who fell
due since another one told what it holds: it may be cut off, and has changed them meanwhile. They go
once it has heard what was missing, or once the other location has been silent for a day.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller
from chalicelib.domain.digest import bucket_of, key_of
from chalicelib.domain.errors import (
    Damaged,
    TooLarge,
    Unavailable,
    Unreadable,
    VersionConflict,
)
from chalicelib.domain.notes import Fact, Note
from chalicelib.domain.record import Kind, Record
from chalicelib.services.digest import Unheard, unheard_changes
from chalicelib.services.ports import Board
from chalicelib.services.registry import Registry

PAGE = 100
# Three items each, of the hundred that a transaction may hold.
TOGETHER = 25


class _Unread(Struct, frozen=True):
    """A customer whose row cannot be read, and why."""

    id: str
    reason: str


class Swept(Struct, frozen=True):
    """What one sweep did.

    `waiting` are due and were left, because the others have to be heard first; `refused` says by
    id why a customer could not be erased. `finished` is False where it was stopped before the end;
    `reason` says what did not answer, if that was why.
    """

    erased: int
    waiting: int = 0
    refused: Mapping[str, str] = {}
    finished: bool = True
    reason: str = ""

    @property
    def left(self) -> int:
        """How many are due and still there, as far as the sweep came."""
        return self.waiting + len(self.refused)


def due_customers(registry: Registry) -> Iterator[Record]:
    """The customers that the next sweep erases, oldest first, read page by page from an index."""
    return (found for found in _due(registry) if isinstance(found, Record))


def sweep_expired(
    caller: Caller,
    registry: Registry,
    board: Board | None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Swept:
    """Erases what is due, one audited change each; the next sweep finds what this one left.

    Without a board there are no other locations. Raises Joining: who has yet to hear of changes
    cannot tell what is due; and Unavailable where the board does not tell what the others hold.
    """
    registry.membership.require_joined()
    sweep = _Sweep(caller, registry, unheard_changes(registry, board) if board else Unheard())
    due = _due(registry)
    try:
        while keep_going():
            batch = list(islice(due, TOGETHER))
            if not batch:
                return sweep.swept(finished=True)
            sweep.take(batch)
    except Unavailable as error:
        return sweep.swept(finished=False, reason=error.message)
    return sweep.swept(finished=False)


def note_days(registry: Registry) -> None:
    """Keeps how long customers are kept, for whoever works on the tables from elsewhere."""
    fact: Fact = {"days": registry.retention.days, "at": registry.clock()}
    registry.store.system.note(Note.RETENTION, {"this": fact})


def noted_days(registry: Registry) -> int | None:
    """How long what runs at this location keeps customers; None where nothing ran yet."""
    fact = registry.store.system.noted(Note.RETENTION).get("this")
    return int(fact["days"] or 0) if fact else None


class _Sweep(Struct):
    """A sweep under way."""

    caller: Caller
    registry: Registry
    unheard: Unheard
    erased: int = 0
    waiting: int = 0
    refused: dict[str, str] = {}

    def swept(self, finished: bool, reason: str = "") -> Swept:
        return Swept(self.erased, self.waiting, self.refused, finished, reason)

    def take(self, batch: Sequence[Record | _Unread]) -> None:
        found = [one for one in batch if isinstance(one, Record)]
        self.refused |= {one.id: one.reason for one in batch if isinstance(one, _Unread)}
        records = [record for record in found if self._is_heard(record)]
        self.waiting += len(found) - len(records)
        try:
            self._erase(records)
        except (VersionConflict, Damaged, TooLarge):
            for record in records:
                self._erase_alone(record)

    def _is_heard(self, record: Record) -> bool:
        if bucket_of(key_of(record)) in self.unheard.buckets:
            return False
        # Who had expired when the others told that they hold the same is changed by nobody since.
        after = self.unheard.after
        return after is None or self.registry.retention.is_expired(record, after)

    def _erase_alone(self, record: Record) -> None:
        try:
            self._erase([record])
        except VersionConflict:
            # Somebody changed the customer just now, so it is not due any more.
            return
        except (Damaged, TooLarge) as error:
            self.refused[record.id] = error.message

    def _erase(self, records: Sequence[Record]) -> None:
        if records:
            author = self.registry.author(self.caller)
            self.registry.store.commit(*[changes.erase(record, author) for record in records])
            self.erased += len(records)


def _due(registry: Registry) -> Iterator[Record | _Unread]:
    now = registry.clock()
    position = ""
    while True:
        page = registry.store.records.due_ids(registry.retention.due_before(now), position, PAGE)
        for found in _read(page.items, registry):
            if isinstance(found, _Unread) or registry.retention.is_due(
                found, now, registry.location
            ):
                yield found
        if not page.next:
            return
        position = page.next


def _read(ids: Sequence[str], registry: Registry) -> Iterator[Record | _Unread]:
    found = {one.id: one for one in registry.store.records.get_many(Kind.CUSTOMER, ids)}
    for customer_id in ids:
        if customer_id in found:
            yield found[customer_id]
        elif (reason := _unreadable(customer_id, registry)) is not None:
            yield _Unread(customer_id, reason)


def _unreadable(customer_id: str, registry: Registry) -> str | None:
    """Why the customer's row cannot be read; None where it can be, or is gone."""
    try:
        registry.store.records.get(Kind.CUSTOMER, customer_id)
    except Unreadable as error:
        return error.message
    return None
