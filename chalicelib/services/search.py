"""Searching customers: a warm index, brought up to date before every answer."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from chalicelib.domain.access import AccessEntry
from chalicelib.domain.audit import Caller
from chalicelib.domain.customer import Customer
from chalicelib.domain.field import searched_keys
from chalicelib.domain.matching import Hit, Score
from chalicelib.domain.notes import Fact
from chalicelib.domain.query import Query, parse_query
from chalicelib.domain.record import Kind
from chalicelib.services.customers import is_visible, view_of
from chalicelib.services.ports import Index, Indexes
from chalicelib.services.registry import Registry

# A transaction may commit after one that began later; none lives longer than this
# (`storage/client.py` limits its tries).
OVERLAP = 20_000
# Changes are kept a day after they were sent. An older snapshot might miss one.
OLDEST_SNAPSHOT = 20 * 60 * 60 * 1000
# More often would cost more than a starting function saves.
SNAPSHOT_EVERY = 30 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: any text, and what single values have to be much like.

    `mode` is exact or fuzzy, `minimum` a score below which none is shown.
    """

    mode: str
    limit: int
    minimum: float
    text: str = ""
    surname: str = ""
    name: str = ""
    dob: str = ""
    document_number: str = ""

    def query(self, fields: frozenset[str]) -> Query:
        values = (self.surname, self.name, self.dob, self.document_number)
        return parse_query(self.text, *values, fields=fields)

    def described(self) -> str:
        """All of it in one line, for the access log."""
        values = {
            "surname": self.surname,
            "name": self.name,
            "dob": self.dob,
            "document_number": self.document_number,
        }
        asked = [f"{name}={value}" for name, value in values.items() if value]
        return " ".join([self.text, *asked]).strip()


@dataclass(frozen=True, slots=True)
class Found:
    """A customer, and how well it matches."""

    customer: Customer
    score: Score


@dataclass(slots=True)
class WarmIndex:
    """An index and how far it has read. One a process."""

    indexes: Indexes
    _index: Index | None = None
    _watermark: int = 0
    _seen: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def catch_up(self, registry: Registry) -> Index:
        """The index with everything that was committed before this call."""
        with self._lock:
            now = registry.clock()
            index = self._start(registry, now) if self._index is None else self._index
            self._follow(index, registry)
            fields = searched_keys(registry.catalog.definitions())
            if not fields <= index.fields:
                # A field is searched from now on that was not before.
                index = self._start(registry, now)
                self._follow(index, registry)
            elif fields != index.fields:
                # What is hidden may not move a hit.
                index = index.only_with(fields)
            self._index, self._watermark = index, now
            return index

    def _start(self, registry: Registry, now: int) -> Index:
        """The last snapshot or, where that will not do, all customers from the table."""
        fields = searched_keys(registry.catalog.definitions())
        self._seen.clear()
        loaded = self.indexes.load()
        if loaded and fields <= loaded[0].fields and loaded[1] > now - OLDEST_SNAPSHOT:
            index, self._watermark = loaded
            index = index if index.fields == fields else index.only_with(fields)
        else:
            index, self._watermark = _filled(self.indexes, fields, registry), now
        return index

    def _follow(self, index: Index, registry: Registry) -> None:
        notices = registry.store.outbox.changes_since(self._watermark - OVERLAP)
        fresh = [notice for notice in notices if notice.id not in self._seen]
        if any(notice.kind is Kind.FIELD for notice in fresh):
            registry.catalog.forget()
        ids = list(dict.fromkeys(n.record_id for n in fresh if n.kind is Kind.CUSTOMER))
        index.put(*registry.store.records.get_many(Kind.CUSTOMER, ids))
        self._seen = {notice.id for notice in notices}


def take_snapshot(warm: WarmIndex, registry: Registry) -> Mapping[str, object]:
    """Saves the index as it is now, so that a function that starts need not read all customers."""
    now = registry.clock()
    last = registry.store.system.noted("snapshot").get("index", {"at": 0, "fields": ""})
    fields = searched_keys(registry.catalog.definitions())
    fact: Fact = {"at": now, "fields": " ".join(sorted(fields))}
    is_recent = now - int(str(last["at"])) < SNAPSHOT_EVERY and last["fields"] == fact["fields"]
    if is_recent or not warm.indexes.are_kept:
        return {"taken": False}
    warm.indexes.save(warm.catch_up(registry), now)
    registry.store.system.note("snapshot", {"index": fact})
    return {"taken": True}


def _filled(indexes: Indexes, fields: frozenset[str], registry: Registry) -> Index:
    index = indexes.empty(fields)
    index.fill(registry.store.records.all(Kind.CUSTOMER))
    return index


def search_customers(
    search: Search, caller: Caller, warm: WarmIndex, registry: Registry
) -> list[Found]:
    """The customers that match, best first. Logs who searched what and found whom.

    The log is written while the customers are read: it may name one who was deleted just then.
    Raises Unavailable, and shows nobody, where it cannot be written.
    """
    index = warm.catch_up(registry)
    hits = _hits(search, index, registry)
    with ThreadPoolExecutor(1) as beside:
        logged = beside.submit(_log, search, hits, caller, registry)
        found = _read(hits, registry)
    logged.result()
    return found


def _log(search: Search, hits: list[Hit], caller: Caller, registry: Registry) -> None:
    action, ids = f"search {search.mode}", " ".join(hit.id for hit in hits)
    entry = AccessEntry(caller, action, search.described(), "ok", registry.clock(), detail=ids)
    registry.store.access.add(entry)


def _hits(search: Search, index: Index, registry: Registry) -> list[Hit]:
    query = search.query(index.fields)
    oldest = registry.retention.due_before(registry.clock())
    if search.mode == "exact":
        return index.exact(query, search.limit, oldest)
    return index.fuzzy(query, search.limit, oldest, search.minimum)


def _read(hits: list[Hit], registry: Registry) -> list[Found]:
    scores = {hit.id: hit.score for hit in hits}
    records = registry.store.records.get_many(Kind.CUSTOMER, list(scores))
    return [
        Found(view_of(record, registry), scores[record.id])
        for record in records
        if is_visible(record, registry)
    ]
