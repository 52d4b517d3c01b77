"""Reading the access log of this location: who saw what, and who was refused."""

from collections.abc import Iterable

from msgspec import Struct

from chalicelib.domain.access import AccessEntry, AccessFilter
from chalicelib.domain.audit import Caller
from chalicelib.domain.page import Page
from chalicelib.domain.record import Kind
from chalicelib.domain.retention import DAY
from chalicelib.services.customers import is_gone_for_good
from chalicelib.services.registry import Registry

# So far back where no time is asked for: one page looks through as many days.
DAYS_BACK = 30
EVERYBODY = "everybody"


class AccessAsked(Struct, frozen=True):
    """An `AccessFilter`, but for the times: None is now, and DAYS_BACK days before the other."""

    since: int | None = None
    until: int | None = None
    actor: str | None = None
    customer: str | None = None


class AccessLine(Struct, frozen=True):
    """A line as callers see one; `withheld` says that what somebody typed is left out."""

    entry: AccessEntry
    withheld: bool


class PageOfAccess(Page[AccessLine], frozen=True):
    """Some lines; the pages after this one are asked for with the same `since`, in milliseconds."""

    since: int


def read_access(
    asked: AccessAsked, before: str, limit: int, caller: Caller, registry: Registry
) -> PageOfAccess:
    """Who looked at what here, newest first. Logs that somebody asked for it.

    What was typed is told neither when it found a customer whose values nobody may see any more,
    nor for longer than customers are kept: it may name one.
    """
    wanted = _wanted(asked, registry.clock())
    page = registry.store.access.newest(wanted, before, limit)
    if page.items or not before:
        # Whoever goes on asks for nothing new, and where nothing is saw nobody.
        by = f"seen by {asked.actor}" if asked.actor else ""
        registry.log_access(caller, "access", asked.customer or EVERYBODY, by)
    gone = _gone_for_good(page.items, registry)
    items = [_shown(entry, gone, registry) for entry in page.items]
    return PageOfAccess(items, page.next, wanted.since)


def _wanted(asked: AccessAsked, now: int) -> AccessFilter:
    # The clock of another function may run ahead.
    until = now + DAY if asked.until is None else min(asked.until, now + DAY)
    since = min(until, now) - DAYS_BACK * DAY if asked.since is None else asked.since
    return AccessFilter(max(0, since), until, asked.actor, asked.customer)


def _gone_for_good(entries: Iterable[AccessEntry], registry: Registry) -> set[str]:
    """Whom of those that were found by what was typed nobody may see any more."""
    ids = {record_id for entry in entries if entry.is_search for record_id in entry.ids}
    records = registry.store.records.get_many(Kind.CUSTOMER, sorted(ids))
    # Of whom nothing can be read nobody knows whether the values may be told.
    return ids - {record.id for record in records if not is_gone_for_good(record, registry)}


def _shown(entry: AccessEntry, gone: set[str], registry: Registry) -> AccessLine:
    is_old = entry.at < registry.retention.due_before(registry.clock())
    may_name_somebody = is_old or (entry.is_search and not gone.isdisjoint(entry.ids))
    told = entry.without_typed() if may_name_somebody else entry
    return AccessLine(told, told != entry)
