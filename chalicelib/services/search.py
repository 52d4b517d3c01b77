"""Searching customers."""

from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct

from chalicelib.domain.access import SEARCH
from chalicelib.domain.audit import Caller
from chalicelib.domain.customer import Customer
from chalicelib.domain.field import TEXTS
from chalicelib.domain.matching import Hit, Score, likely
from chalicelib.domain.query import Query, parse_query, years_in_full
from chalicelib.domain.record import Kind
from chalicelib.domain.retention import day_of
from chalicelib.services.customers import is_visible, view_of
from chalicelib.services.ports import Index
from chalicelib.services.registry import Registry
from chalicelib.services.warm_index import WarmIndex

# So many hits are compared at least to say which are likely, however few are asked for.
COMPARED = 10
# Kept: a thread of its own for each search costs it a tenth of its time.
_BESIDE = ThreadPoolExecutor(thread_name_prefix="access log")


class Search(Struct, frozen=True):
    """What is looked for: any text, and what single values have to be much like.

    `mode` is exact or fuzzy, `minimum` a score below which none is shown, `likely` one that
    somebody else would hardly have.
    """

    mode: str
    limit: int
    minimum: float
    likely: float
    text: str = ""
    surname: str = ""
    name: str = ""
    dob: str = ""
    document_number: str = ""

    def query(self, fields: frozenset[str], now: int) -> Query:
        """What is looked for at a moment, in milliseconds."""
        text = years_in_full(self.text, day_of(now).year)
        values = (self.surname, self.name, self.dob, self.document_number)
        return parse_query(text, *values, fields=fields)

    def described(self) -> str:
        """All of it in one line, for the access log."""
        asked = [f"{name}={value}" for name in TEXTS if (value := getattr(self, name))]
        return " ".join([self.text, *asked]).strip()


class Found(Struct, frozen=True):
    """A customer, how well it matches, and whether somebody else would hardly do so."""

    customer: Customer
    score: Score
    is_likely: bool


def search_customers(
    search: Search, caller: Caller, warm: WarmIndex, registry: Registry
) -> list[Found]:
    """The customers that match, best first. Logs who searched what and found whom.

    The log is written while the customers are read: it may name one who was deleted just then.
    Raises Unavailable, and shows nobody, where it cannot be written.
    """
    index = warm.catch_up(registry)
    compared = _hits(search, index, registry)
    are_likely = likely([hit.score for hit in compared], search.likely)
    hits = compared[: search.limit]
    logged = _BESIDE.submit(_log, search, hits, caller, registry)
    found = _read(hits, are_likely, registry)
    logged.result()
    return found


def _log(search: Search, hits: list[Hit], caller: Caller, registry: Registry) -> None:
    ids = " ".join(hit.id for hit in hits)
    registry.log_access(caller, f"{SEARCH} {search.mode}", search.described(), ids)


def _hits(search: Search, index: Index, registry: Registry) -> list[Hit]:
    now = registry.clock()
    query, oldest = search.query(index.fields, now), registry.retention.due_before(now)
    limit = max(search.limit, COMPARED)
    if search.mode == "exact":
        return index.exact(query, limit, oldest)
    return index.fuzzy(query, limit, oldest, search.minimum)


def _read(hits: list[Hit], are_likely: list[bool], registry: Registry) -> list[Found]:
    found = {
        hit.id: (hit.score, is_likely) for hit, is_likely in zip(hits, are_likely, strict=False)
    }
    records = registry.store.records.get_many(Kind.CUSTOMER, list(found))
    return [
        Found(view_of(record, registry), *found[record.id])
        for record in records
        if is_visible(record, registry)
    ]
