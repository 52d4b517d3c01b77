"""Importing and exporting customers, by the rules under which single ones are written and read.

Rows are imported some at a time. Those that share a transaction cost a fraction of what they cost
apart; where one of them is in the way of it, they are taken one by one. A row that is refused
is named with the reason, and touches no other.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, BinaryIO

from msgspec import Struct, field

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller
from chalicelib.domain.change import Change
from chalicelib.domain.customer import clean_part, clean_whole, refuse_too_large, view
from chalicelib.domain.document import number_of
from chalicelib.domain.errors import (
    Ambiguous,
    Damaged,
    Gone,
    SinsError,
    TooLarge,
    Unavailable,
    UnreadableRow,
    VersionConflict,
)
from chalicelib.domain.field import Definitions
from chalicelib.domain.record import Kind, Record, Value, Values
from chalicelib.domain.rows import EXTRA_COLUMN, Row, open_rows
from chalicelib.domain.transfer import (
    Identity,
    Refusal,
    active_keys,
    derived_id,
    identity_of,
    in_batches,
    news_in,
    row_id,
    shown_names,
    shown_values,
    values_in,
)
from chalicelib.domain.transfer_terms import Format, Key, Result
from chalicelib.services.customers import cleaned_now, is_visible, list_customers, log_shown
from chalicelib.services.registry import Registry
from chalicelib.services.rehearsal import Rehearsal
from chalicelib.services.writing import IdempotencyKey, until_committed

# Three items each, of the hundred that a transaction may hold.
TOGETHER = 25
# Of customers who claim one number: a number like 0000 may be everybody's. Where more do they are
# not read to see which of them are still there.
MOST_CLAIMANTS = 100
MOST_NAMED = 10
# An index hears of a new number a moment after the table does.
RECENT = 10_000
# What stands in the way of a transaction and is the fault of one of its records.
_OF_ONE_ROW = (TooLarge, Damaged)


class RecentNumbers:
    """The document numbers of the customers that an import wrote last."""

    def __init__(self) -> None:
        self._claimants: OrderedDict[str, str] = OrderedDict()

    def note(self, written: Iterable[Record]) -> None:
        self._claimants.update({number_of(record): record.id for record in written})
        while len(self._claimants) > RECENT:
            self._claimants.popitem(last=False)

    def claiming(self, number: str) -> list[str]:
        found = self._claimants.get(number)
        return [found] if found else []


class Import(Struct, frozen=True):
    """One import: who does it, by what its rows are known, and the id of the run.

    A run that goes on after it was broken off has the id that it had.
    """

    caller: Caller
    registry: Registry
    key: Key
    run: str
    dry_run: bool
    recent: RecentNumbers = field(default_factory=RecentNumbers)

    @classmethod
    def of(cls, caller: Caller, registry: Registry, key: Key, run: str, dry_run: bool) -> "Import":
        """A dry run goes the same way and writes nothing."""
        on = registry.moved(store=Rehearsal(registry.store)) if dry_run else registry
        return cls(caller, on, key, run, dry_run)


class Outcome(Struct, frozen=True):
    """What became of a row; where it was refused, why."""

    result: Result
    refusal: Refusal | None = None


class Exported(Struct, frozen=True):
    """Some customers by id, the names of the values that each has, and where to go on.

    `unreadable` are the ids of those who had to be left out, because their rows cannot be read.
    """

    names: Sequence[str]
    customers: Sequence[tuple[str, Mapping[str, Value]]]
    unreadable: Sequence[str]
    next: str


class _Plan(Struct, frozen=True):
    """What has to be done about a row; `told` are the ids of those of whom the outcome tells."""

    outcome: Outcome
    change: Change | None = None
    told: tuple[str, ...] = ()


def run_of(idempotency: IdempotencyKey) -> str:
    """The same run for the same request: it has the same new customers made again.

    Lines of another file under the same key would be taken for news of these customers.
    """
    return derived_id("run", idempotency.key, idempotency.request)


def import_file(
    stream: BinaryIO, form: Format, job: Import, most_rows: int, most_bytes: int
) -> list[Outcome]:
    """What became of each row of a file that is held whole; `most_bytes` go together at most.

    Raises UnreadableRow for the file as such, TooLarge for too many rows, Unavailable, Joining.
    """
    file = open_rows(stream, form)
    require_columns(file.columns, job.registry)
    rows = list(islice(file.rows(), most_rows + 1))
    if len(rows) > most_rows:
        raise TooLarge(f"a request must have at most {most_rows} rows")
    batches = in_batches(rows, job.key, TOGETHER, most_bytes)
    return [one for batch, _ in batches for one in import_rows(batch, job)]


def require_columns(columns: Sequence[str], registry: Registry) -> None:
    """Raises UnreadableRow for a column of a dynamic field that is not there."""
    for number, column in enumerate(columns):
        key = column.removeprefix(EXTRA_COLUMN)
        if key != column and not _is_active(key, registry):
            raise UnreadableRow(f"line 1, column {number + 1}: there is no field {key[:64]!r}")


def import_rows(rows: Sequence[Row], job: Import) -> list[Outcome]:
    """What became of each row, at most `TOGETHER` of them.

    Whom they tell of and leave as they were is written to the access log. Raises Unavailable,
    Joining.
    """
    job.registry.membership.require_joined()
    plans = _done(rows, job)
    _log(plans, job)
    return [plan.outcome for plan in plans]


def export_page(after: str, limit: int, caller: Caller, registry: Registry) -> Exported:
    """Customers in the order of id. Who was handed out is written to the access log."""
    definitions = registry.catalog.definitions()
    unreadable = list[str]()
    page = list_customers(after, limit, caller, registry, "export", unreadable.append)
    shown = [(one.id, shown_values(one, definitions)) for one in page.items]
    return Exported(shown_names(definitions), shown, unreadable, page.next)


def _done(rows: Sequence[Row], job: Import) -> list[_Plan]:
    """The plans of the rows, carried out."""
    try:
        plans = _plans(rows, job)
        _commit([plan.change for plan in plans if plan.change], job)
        return plans
    except (VersionConflict, *_OF_ONE_ROW):
        return [_done_alone(row, job) for row in rows]


def _done_alone(row: Row, job: Import) -> _Plan:
    def step() -> _Plan:
        [plan] = _plans([row], job)
        _commit([plan.change] if plan.change else [], job)
        return plan

    try:
        return until_committed(step)
    except _OF_ONE_ROW as error:
        return _refused(row, error)


def _log(plans: Iterable[_Plan], job: Import) -> None:
    """Whom the outcomes tell of; a change is in the audit trail, unless it is rehearsed."""
    unwritten = (plan for plan in plans if job.dry_run or plan.change is None)
    told = list(dict.fromkeys(one for plan in unwritten for one in plan.told))
    if told:
        log_shown("import", told, job.caller, job.registry)


def _commit(planned: Sequence[Change], job: Import) -> None:
    if len({change.record.id for change in planned}) < len(planned):
        raise VersionConflict("two rows call one customer by different keys")
    if planned:
        job.registry.store.commit(*planned)
        job.recent.note(change.record for change in planned)


def _plans(rows: Sequence[Row], job: Import) -> list[_Plan]:
    """What has to be done about each row, as the tables are now."""
    identities = [_identity(row, job.key) for row in rows]
    claimants = {
        one.number: _claimants(one.number, job)
        for one in identities
        if isinstance(one, Identity) and one.number
    }
    ids = [one.customer_id for one in identities if isinstance(one, Identity)]
    wanted = {*ids, *(row_id(job.run, row.line) for row in rows)}
    wanted |= {one for found in claimants.values() for one in found}
    unreadable = list[str]()
    records = job.registry.store.records.get_many(
        Kind.CUSTOMER, sorted(wanted - {""}), unreadable.append
    )
    seen = _Seen({record.id: record for record in records}, frozenset(unreadable), claimants)
    return [
        _plan(row, one, seen, job) if isinstance(one, Identity) else _refused(row, one)
        for row, one in zip(rows, identities, strict=True)
    ]


class _Seen(Struct, frozen=True):
    """The records that some rows may mean, by id, and who claims their numbers.

    `unreadable` are the ids of those that are there and cannot be read.
    """

    records: Mapping[str, Record]
    unreadable: frozenset[str]
    claimants: Mapping[str, Sequence[str]]


def _identity(row: Row, key: Key) -> Identity | SinsError:
    try:
        return row.fault or identity_of(row, key)
    except SinsError as error:
        return error


def _claimants(number: str, job: Import) -> list[str]:
    # One too many tells that there are more.
    found = job.registry.store.records.claiming(number, MOST_CLAIMANTS + 1)
    return list(dict.fromkeys([*found, *job.recent.claiming(number)]))[: MOST_CLAIMANTS + 1]


def _plan(row: Row, identity: Identity, seen: _Seen, job: Import) -> _Plan:
    told: tuple[str, ...] = ()
    try:
        customer_id = _meant_id(row, identity, seen, job)
        _require_readable(customer_id, seen, job)
        record = seen.records.get(customer_id)
        if record is None:
            return _creation(row, customer_id, job)
        # A refusal tells that the customer is there, and so may tell what the row says already.
        told = (customer_id,)
        return _update(row, record, job)
    except Unavailable:
        raise
    except Ambiguous as error:
        return _refused(row, error, error.named)
    except SinsError as error:
        return _refused(row, error, told)


def _meant_id(row: Row, identity: Identity, seen: _Seen, job: Import) -> str:
    """The id of the customer whom a row means, who may be new. Raises Ambiguous, Unreadable."""
    if identity.customer_id:
        return identity.customer_id
    found = seen.claimants.get(identity.number, ())
    if len(found) > MOST_CLAIMANTS:
        raise Ambiguous(
            f"more than {MOST_CLAIMANTS} customers claim this number; name one by id",
            "document_number",
        )
    for customer_id in found:
        _require_readable(customer_id, seen, job)
    claimants = [
        record.id
        for record in map(seen.records.get, found)
        if record and is_visible(record, job.registry) and number_of(record) == identity.number
    ]
    if len(claimants) > 1:
        named = claimants[:MOST_NAMED]
        raise Ambiguous(
            f"{len(claimants)} customers claim this number; name one by id: {' '.join(named)}",
            "document_number",
            named,
        )
    return claimants[0] if claimants else row_id(job.run, row.line)


def _require_readable(customer_id: str, seen: _Seen, job: Import) -> None:
    """Raises Unreadable: nobody may be made in the place of a row that is there."""
    if customer_id in seen.unreadable:
        # It says why, unless repair came in between: then the row is taken anew.
        job.registry.store.records.get(Kind.CUSTOMER, customer_id)


def _creation(row: Row, customer_id: str, job: Import) -> _Plan:
    registry = job.registry

    def clean(given: Mapping[str, Any], definitions: Definitions, today: date) -> Values:
        return clean_whole(values_in(row, given, definitions), definitions, today)

    cleaned = cleaned_now(clean, row.given, registry)
    # Nothing is emptied: another location may know the customer already, and more of it.
    said = {name: value for name, value in cleaned.items() if value is not None}
    change = changes.create(Kind.CUSTOMER, customer_id, said, registry.author(job.caller))
    refuse_too_large(change.record)
    return _Plan(Outcome(Result.CREATED), change)


def _update(row: Row, record: Record, job: Import) -> _Plan:
    registry = job.registry
    if not is_visible(record, registry):
        raise Gone("this customer was deleted or erased, or has expired", "id")
    news = news_in(row, _shown(record, registry))

    def clean(given: Mapping[str, Any], definitions: Definitions, today: date) -> Values:
        return clean_part(values_in(row, given, definitions), definitions, today)

    cleaned = cleaned_now(clean, news, registry)
    change = changes.update(record, cleaned, registry.author(job.caller))
    if change is None:
        return _Plan(Outcome(Result.UNCHANGED), told=(record.id,))
    refuse_too_large(change.record)
    return _Plan(Outcome(Result.UPDATED), change, told=(record.id,))


def _shown(record: Record, registry: Registry) -> Mapping[str, Any]:
    definitions = registry.catalog.definitions()
    return shown_values(view(record, definitions, registry.retention), definitions)


def _refused(row: Row, error: SinsError, told: tuple[str, ...] = ()) -> _Plan:
    return _Plan(Outcome(Result.REFUSED, Refusal.of(row, error)), told=told)


def _is_active(key: str, registry: Registry) -> bool:
    # The definitions may be a second old; nothing is refused on old knowledge.
    return key in active_keys(registry.catalog.definitions()) or key in active_keys(
        registry.catalog.refresh()
    )
