"""A store that only pretends to write: a dry run goes through all that a real one does."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

from chalicelib.domain.change import Change
from chalicelib.domain.field import Usage
from chalicelib.domain.page import Page
from chalicelib.domain.record import Kind, Record
from chalicelib.services.ports import AccessLog, AuditTrail, Claims, Outbox, Records, Store, System

# So many of the customers that would have been written are remembered, the latest ones.
REMEMBERED = 5_000


class Rehearsal:
    """See `ports.Store`: reads what is there, and remembers what would have been written."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records = RehearsedRecords(store.records)

    @property
    def records(self) -> Records:
        return self._records

    @property
    def trail(self) -> AuditTrail:
        return self._store.trail

    @property
    def access(self) -> AccessLog:
        return self._store.access

    @property
    def outbox(self) -> Outbox:
        return self._store.outbox

    @property
    def claims(self) -> Claims:
        return self._store.claims

    @property
    def system(self) -> System:
        return self._store.system

    @property
    def origin(self) -> str:
        return self._store.origin

    def commit(self, *changes: Change) -> None:
        for change in changes:
            self._records.remember(change.record)


class RehearsedRecords:
    """See `ports.Records`; a single record is what it would be by now."""

    def __init__(self, records: Records) -> None:
        self._inner = records
        self._latest: OrderedDict[tuple[Kind, str], Record] = OrderedDict()

    def remember(self, record: Record) -> None:
        self._latest.pop((record.kind, record.id), None)
        self._latest[record.kind, record.id] = record
        if len(self._latest) > REMEMBERED:
            self._latest.popitem(last=False)

    def get(self, kind: Kind, record_id: str) -> Record | None:
        return self._latest.get((kind, record_id)) or self._inner.get(kind, record_id)

    def get_many(
        self,
        kind: Kind,
        record_ids: Sequence[str],
        on_unreadable: Callable[[str], None] = lambda _: None,
    ) -> list[Record]:
        there = self._inner.get_many(kind, record_ids, on_unreadable)
        stored = {record.id: record for record in there}
        found = (self._latest.get((kind, one)) or stored.get(one) for one in record_ids)
        return [record for record in found if record]

    def all(
        self, kind: Kind, on_unreadable: Callable[[str], None] = lambda _: None
    ) -> Iterator[Record]:
        return self._inner.all(kind, on_unreadable)

    def live_ids(self, after: str, limit: int) -> list[str]:
        return self._inner.live_ids(after, limit)

    def due_ids(self, before: int, after: str, limit: int) -> Page[str]:
        return self._inner.due_ids(before, after, limit)

    def claiming(self, number: str, at_most: int) -> list[str]:
        return self._inner.claiming(number, at_most)

    def usage_of(self, key: str) -> Usage:
        return self._inner.usage_of(key)
