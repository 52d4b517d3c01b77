"""Searching customers: a warm index, brought up to date before every answer."""

from dataclasses import dataclass, field
from threading import Lock

from chalicelib.domain.access import AccessEntry
from chalicelib.domain.audit import Caller
from chalicelib.domain.customer import Customer, view
from chalicelib.domain.matching import Hit, Score, parse_query
from chalicelib.domain.record import Kind
from chalicelib.services.customers import is_visible
from chalicelib.services.ports import Index
from chalicelib.services.registry import Registry

# A transaction may commit after one that began later; no request lives longer than this.
OVERLAP = 15_000


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; `mode` is exact or fuzzy, `minimum` a score below which none is shown."""

    text: str
    mode: str
    limit: int
    minimum: float


@dataclass(frozen=True, slots=True)
class Found:
    """A customer, and how well it matches."""

    customer: Customer
    score: Score


@dataclass(slots=True)
class WarmIndex:
    """An index and how far it has read. One a process."""

    index: Index
    _watermark: int | None = None
    _seen: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def catch_up(self, registry: Registry) -> Index:
        """The index with everything that was committed before this call."""
        with self._lock:
            now = registry.clock()
            if self._watermark is None:
                self._fill(registry)
            else:
                self._follow(registry, self._watermark - OVERLAP)
            self._watermark = now
            return self.index

    def _fill(self, registry: Registry) -> None:
        for record in registry.store.records.all(Kind.CUSTOMER):
            self.index.put(record)

    def _follow(self, registry: Registry, since: int) -> None:
        notices = registry.store.outbox.changes_since(since)
        fresh = [notice for notice in notices if notice.id not in self._seen]
        ids = list(dict.fromkeys(n.record_id for n in fresh if n.kind is Kind.CUSTOMER))
        for record in registry.store.records.get_many(Kind.CUSTOMER, ids):
            self.index.put(record)
        self._seen = {notice.id for notice in notices}


def search_customers(
    search: Search, caller: Caller, warm: WarmIndex, registry: Registry
) -> list[Found]:
    """The customers that match, best first. Logs who searched what and found whom."""
    index = warm.catch_up(registry)
    found = _read(_hits(search, index, registry), registry)
    ids = " ".join(one.customer.id for one in found)
    now = registry.clock()
    registry.store.access.add(
        AccessEntry(caller, f"search {search.mode}", search.text, "ok", now, detail=ids)
    )
    return found


def _hits(search: Search, index: Index, registry: Registry) -> list[Hit]:
    query = parse_query(search.text)
    oldest = registry.retention.due_before(registry.clock())
    if search.mode == "exact":
        return index.exact(query, search.limit, oldest)
    return index.fuzzy(query, search.limit, oldest, search.minimum)


def _read(hits: list[Hit], registry: Registry) -> list[Found]:
    scores = {hit.id: hit.score for hit in hits}
    records = registry.store.records.get_many(Kind.CUSTOMER, list(scores))
    definitions = registry.catalog.definitions()
    return [
        Found(view(record, definitions, registry.retention), scores[record.id])
        for record in records
        if is_visible(record, registry)
    ]
