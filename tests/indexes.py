"""Search indexes of a few customers, and short ways to ask them."""

from collections.abc import Collection

from chalicelib.domain.change import Change
from chalicelib.domain.query import parse_query
from chalicelib.domain.record import Record
from chalicelib.search.index import SearchIndex
from chalicelib.search.indexes import SavedIndexes, Snapshots

MINIMUM, LIKELY = 0.4, 0.77


def indexed(*changes: Change, fields: Collection[str] = (), loose: int = 64) -> SearchIndex:
    """An index that was filled at once, so that everybody is in one segment."""
    index = SearchIndex(fields, loose)
    index.fill(change.record for change in changes)
    return index


def put_one_by_one(*changes: Change, fields: Collection[str] = (), loose: int = 64) -> SearchIndex:
    index = SearchIndex(fields, loose)
    for change in changes:
        index.put(change.record)
    return index


def fuzzy(
    index: SearchIndex, text: str, limit: int = 10, minimum: float = MINIMUM, **asked: str
) -> list[str]:
    """The ids of the hits."""
    query = parse_query(text, **asked, fields=index.fields)
    return [hit.id for hit in index.fuzzy(query, limit, 0, minimum)]


def exact(index: SearchIndex, text: str, limit: int = 10, **asked: str) -> list[str]:
    """The ids of the hits."""
    query = parse_query(text, **asked, fields=index.fields)
    return [hit.id for hit in index.exact(query, limit, 0)]


class CountingIndexes(SavedIndexes):
    """Counts the empty indexes that it makes, the customers that are put into them, and loads."""

    def __init__(self, snapshots: Snapshots | None = None) -> None:
        super().__init__(snapshots)
        self.made = 0
        self.taken = 0
        self.loads = 0

    def load(self) -> tuple[SearchIndex, int] | None:
        self.loads += 1
        return super().load()

    def empty(self, fields: Collection[str] = ()) -> SearchIndex:
        self.made += 1
        return CountingIndex(fields, self)


class CountingIndex(SearchIndex):
    def __init__(self, fields: Collection[str], counted: CountingIndexes) -> None:
        super().__init__(fields)
        self._counted = counted

    def put(self, *records: Record) -> None:
        self._counted.taken += len(records)
        super().put(*records)
