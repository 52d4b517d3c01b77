"""Conflicts that people can see: values that lost against a write at another location."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from chalicelib.domain import change as changes
from chalicelib.domain.audit import AuditEntry, Caller
from chalicelib.domain.change import Change
from chalicelib.domain.conflict import Conflict, superseded
from chalicelib.domain.customer import Customer, clean_part, in_body, is_visible_value
from chalicelib.domain.errors import InvalidValue, NotFound
from chalicelib.domain.page import Page
from chalicelib.domain.record import Kind, Record, Values
from chalicelib.domain.stamp import Stamp
from chalicelib.services.customers import cleaned_now, is_gone_for_good, rewrite_customer
from chalicelib.services.registry import Registry
from chalicelib.services.writing import Expected

# The entries of one trail of which something was lost, by their stamps, and what.
Losers = Mapping[Stamp, tuple[AuditEntry, tuple[str, ...]]]


class Lost(Struct, frozen=True):
    """The values of an entry that lost, and what the record holds in their place."""

    record: Record
    entry: AuditEntry
    at: int
    lost: Values
    kept: Values


class Source(Struct, frozen=True):
    """The audit entry whose values are put back; `names` of some of them, or empty for all."""

    origin: str
    seq: int
    names: Sequence[str] = ()


def list_conflicts(before: str, limit: int, caller: Caller, registry: Registry) -> Page[Lost]:
    """What lost lately, newest first. Leaves out who may not be seen, and what is settled since."""
    page = registry.store.system.conflicts(before, limit)
    customers = [one for one in page.items if one.kind is Kind.CUSTOMER]
    ids = list(dict.fromkeys(one.record_id for one in customers))
    records = {one.id: one for one in registry.store.records.get_many(Kind.CUSTOMER, ids)}
    trails = {
        record_id: registry.store.trail.of(Kind.CUSTOMER, record_id)
        for record_id, record in records.items()
        if not is_gone_for_good(record, registry)
    }
    losers = {record_id: _losers(trail) for record_id, trail in trails.items()}
    found = [
        lost
        for one in customers
        if one.record_id in losers
        and (lost := _lost(one, records[one.record_id], losers[one.record_id], registry))
    ]
    registry.log_access(caller, "conflicts", "customers", " ".join(trails))
    return Page(found, page.next)


def restore_customer(
    customer_id: str,
    source: Source | None,
    caller: Caller,
    registry: Registry,
    expected: Expected = None,
) -> Customer:
    """The customer with values of an earlier entry, as a new version; live again if deleted.

    Without a source a deleted customer comes back as it was. Values that hold already are read, as
    the access log says. Raises NotFound, InvalidValue, TooLarge, StaleVersion.
    """

    def decide(record: Record) -> Change | None:
        values = _values_of(source, record, registry) if source else {}
        author = registry.author(caller)
        if not record.is_live:
            return changes.restore(record, values, author)
        if source is None:
            raise InvalidValue("the customer is not deleted; name an entry to restore", "origin")
        return changes.update(record, values, author)

    return rewrite_customer(
        lambda: _load(customer_id, registry), decide, caller, registry, expected
    )


def _losers(trail: Sequence[AuditEntry]) -> Losers:
    found = zip(trail, superseded(trail), strict=True)
    return {entry.stamp: (entry, names) for entry, names in found if names}


def _lost(conflict: Conflict, record: Record, losers: Losers, registry: Registry) -> Lost | None:
    """The conflict as it stands now; None where nothing was lost or somebody settled it since."""
    if conflict.stamp not in losers:
        return None
    entry, names = losers[conflict.stamp]
    shown = [name for name in names if name in conflict.names and _is_visible(name, registry)]
    lost = {name: entry.differences[name].after for name in shown}
    kept = {name: record.value(name) for name in shown}
    return Lost(record, entry, conflict.at, lost, kept) if lost != kept else None


def _load(customer_id: str, registry: Registry) -> Record:
    record = registry.store.records.get(Kind.CUSTOMER, customer_id)
    if record is None or is_gone_for_good(record, registry):
        raise NotFound("there is no such customer")
    return record


def _values_of(source: Source, record: Record, registry: Registry) -> Values:
    """What the entry wrote, as it may be written now. Raises InvalidValue."""
    restored = _written_by(source, record, registry)
    # What holds already is not written: it may stay, though its field has another type by now.
    news = changes.news_to(record, restored)
    return {**restored, **cleaned_now(clean_part, in_body(news), registry)}


def _written_by(source: Source, record: Record, registry: Registry) -> Values:
    entry = _entry(source, registry.store.trail.of(record.kind, record.id))
    values: Mapping[str, object] = {
        name: difference.after for name, difference in entry.differences.items()
    }
    for name in source.names:
        if name not in values:
            raise InvalidValue(f"that entry holds no value {name[:64]!r}", "fields")
    wanted = source.names or [name for name in values if _is_visible(name, registry)]
    hidden = [name for name in wanted if not _is_visible(name, registry)]
    if hidden:
        raise InvalidValue(f"{hidden[0]} belongs to a field that is not active", "fields")
    return {name: entry.differences[name].after for name in wanted}


def _entry(source: Source, trail: Sequence[AuditEntry]) -> AuditEntry:
    for entry in trail:
        if (entry.origin, entry.seq) == (source.origin, source.seq):
            return entry
    raise InvalidValue("the customer's history has no such entry", "seq")


def _is_visible(name: str, registry: Registry) -> bool:
    return is_visible_value(name, registry.catalog.definitions())
