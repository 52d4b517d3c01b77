"""Retention: erasing customers that nobody may keep any longer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import Damaged, VersionConflict
from chalicelib.domain.record import Kind, Record
from chalicelib.services.registry import Registry

PAGE = 100


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did; `finished` is False where it was stopped before the end."""

    erased: int
    finished: bool


def due_customers(registry: Registry) -> Iterator[Record]:
    """The customers that the next sweep erases, oldest first, read page by page from an index."""
    now = registry.clock()
    position = ""
    while True:
        page = registry.store.records.due_ids(registry.retention.due_before(now), position, PAGE)
        for record in registry.store.records.get_many(Kind.CUSTOMER, page.items):
            if registry.retention.is_due(record, now, registry.location):
                yield record
        if not page.next:
            return
        position = page.next


def sweep_expired(
    caller: Caller, registry: Registry, keep_going: Callable[[], bool] = lambda: True
) -> Swept:
    """Erases what is due, one audited change each; the next sweep finds what this one left.

    Raises Joining: who has yet to hear of changes cannot tell what is due.
    """
    registry.membership.require_joined()
    erased = 0
    for record in due_customers(registry):
        if not keep_going():
            return Swept(erased, finished=False)
        try:
            registry.store.commit(changes.erase(record, registry.author(caller)))
            erased += 1
        except (VersionConflict, Damaged):
            # Somebody changed the customer just now, so it is not due any more; or it has to be
            # repaired first, and must not keep the others from going.
            continue
    return Swept(erased, finished=True)
