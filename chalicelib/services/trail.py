"""Reading the audit trail: the history of one customer, and everything, newest first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.audit import AuditEntry, AuditFilter, Caller
from chalicelib.domain.conflict import superseded
from chalicelib.domain.customer import is_visible_value
from chalicelib.domain.errors import NotFound
from chalicelib.domain.page import PageOfReadable
from chalicelib.domain.record import Kind, Record
from chalicelib.domain.stamp import Stamp
from chalicelib.services.customers import is_gone_for_good
from chalicelib.services.registry import Registry


class TrailEntry(Struct, frozen=True):
    """An audit entry as callers see one.

    `superseded` names the values that lost against a concurrent write at another location;
    `withheld` says that the values are left out, because nobody may see the customer any more;
    `hidden` names those that are left out because their field is not active. `hash` is None where
    values are left out: whoever guesses them could tell by it whether the guess is right.
    """

    entry: AuditEntry
    superseded: tuple[str, ...] = ()
    withheld: bool = False
    hidden: tuple[str, ...] = ()
    hash: str | None = None


def read_history(
    customer_id: str, before: Stamp | None, limit: int, caller: Caller, registry: Registry
) -> PageOfReadable[TrailEntry]:
    """Changes of one customer, newest first, those before a stamp; deleted customers too.

    `missing` is how many of all have no readable entry. Raises NotFound.
    """
    record = registry.store.records.get(Kind.CUSTOMER, customer_id)
    if record is None:
        raise NotFound("there is no such customer")
    # All are read for one page: a change may say which older or newer one it replaces.
    entries = registry.store.trail.of(Kind.CUSTOMER, customer_id)
    registry.log_access(caller, "history", customer_id)
    told = zip(entries, superseded(entries), strict=True)
    withheld = is_gone_for_good(record, registry)
    shown = _all_hashes_or_none([_shown(entry, lost, withheld, registry) for entry, lost in told])
    older = [one for one in shown[::-1] if before is None or one.entry.stamp < before]
    items, is_last = older[:limit], len(older) <= limit
    after = "" if is_last else str(items[-1].entry.stamp)
    return PageOfReadable(items, after, _missing(record, entries))


def read_audit(
    wanted: AuditFilter, before: str, limit: int, caller: Caller, registry: Registry
) -> PageOfReadable[TrailEntry]:
    """Changes of every customer and field, newest first. Logs whose they are.

    What was lost is told of fields only: for each customer a whole trail would have to be read.
    """
    page = registry.store.trail.newest(wanted, before, limit)
    ids = list(dict.fromkeys(e.record_id for e in page.items if e.kind is Kind.CUSTOMER))
    records = registry.store.records.get_many(Kind.CUSTOMER, ids)
    # Of whom nothing can be read nobody knows whether the values may be told.
    told = {record.id for record in records if not is_gone_for_good(record, registry)}
    registry.log_access(caller, "audit", "customers", " ".join(ids))
    lost = _lost_of_fields(page.items, registry)
    items = [
        _shown(
            entry,
            lost.get((entry.record_id, entry.stamp), ()),
            entry.kind is Kind.CUSTOMER and entry.record_id not in told,
            registry,
        )
        for entry in page.items
    ]
    return PageOfReadable(items, page.next, page.missing)


def _lost_of_fields(
    entries: Iterable[AuditEntry], registry: Registry
) -> Mapping[tuple[str, Stamp], tuple[str, ...]]:
    """The properties that lost and are not as what won, by the field's key and the stamp."""
    found = {}
    for key in {entry.record_id for entry in entries if entry.kind is Kind.FIELD}:
        trail = registry.store.trail.of(Kind.FIELD, key)
        won = {name: one.after for entry in trail for name, one in entry.differences.items()}
        for entry, names in zip(trail, superseded(trail), strict=True):
            lost = (name for name in names if entry.differences[name].after != won[name])
            found[key, entry.stamp] = tuple(lost)
    return found


def _shown(
    entry: AuditEntry, lost: tuple[str, ...], withheld: bool, registry: Registry
) -> TrailEntry:
    hidden = () if withheld else tuple(_hidden(entry, registry))
    return TrailEntry(entry, lost, withheld, hidden, None if withheld or hidden else entry.hash)


def _all_hashes_or_none(shown: list[TrailEntry]) -> list[TrailEntry]:
    """A hash also vouches for all entries before it, so one that leaves values out costs all."""
    is_whole = all(one.hash for one in shown)
    return shown if is_whole else [replace(one, hash=None) for one in shown]


def _hidden(entry: AuditEntry, registry: Registry) -> Iterator[str]:
    definitions = registry.catalog.definitions()
    for name, change in entry.differences.items():
        # A customer who is written whole has empty values too.
        is_empty = change.before is None and change.after is None
        if not is_empty and not is_visible_value(name, definitions):
            yield name


def _missing(record: Record, entries: Iterable[AuditEntry]) -> int:
    """The record knows where its chains end, and they begin at 1."""
    found = Counter(entry.origin for entry in entries)
    return sum(max(0, head.seq - found[origin]) for origin, head in record.heads.items())
