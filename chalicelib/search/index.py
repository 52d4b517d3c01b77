"""The search index of one warm function: every live customer, folded, in memory.

A query takes two steps: one RapidFuzz pass over all customers finds candidates, and
`domain.matching` scores those. The tables stay the truth: whoever asks first brings the index
up to date with `put`, and reads what was found from the tables.
"""

from collections.abc import Callable, Iterable
from threading import RLock

from chalicelib.domain.matching import Hit, Query, Searchable, is_exact, score, searchable
from chalicelib.domain.record import Record, Value

CANDIDATES = 200


class SearchIndex:
    """Safe to use from several threads. Holds live customers only.

    Hits come best first, equal scores in the order of id, and leave out customers whose last
    change is before `changed_since` (milliseconds).
    """

    def __init__(self) -> None:
        self._customers: dict[str, Searchable] = {}
        self._updated: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._births: dict[str, str] = {}
        self._lock = RLock()

    def put(self, record: Record) -> None:
        """Takes in the record as it is now; one that is not live goes out."""
        with self._lock:
            if record.is_live:
                self._add(record)
            else:
                self._remove(record.id)

    def exact(self, query: Query, limit: int, changed_since: int) -> list[Hit]:
        """The customers that `matching.is_exact` accepts."""
        with self._lock:
            found = (key for key, customer in self._customers.items() if is_exact(query, customer))
            return self._best(query, found, limit, changed_since)

    def fuzzy(self, query: Query, limit: int, changed_since: int, minimum: float) -> list[Hit]:
        """The customers that score best, none below `minimum`."""
        with self._lock:
            hits = self._best(query, self._candidates(query), limit, changed_since)
        return [hit for hit in hits if hit.score.value >= minimum]

    def _add(self, record: Record) -> None:
        customer = searchable(
            surname=_text(record.value("surname")),
            name=_text(record.value("name")),
            dob=_text(record.value("dob")),
            document_number=_text(record.value("document_number")),
        )
        self._customers[record.id] = customer
        self._updated[record.id] = record.updated_at
        self._names[record.id] = " ".join(customer.names)
        self._numbers[record.id] = customer.document_number
        self._births[record.id] = customer.dob

    def _remove(self, record_id: str) -> None:
        for part in (self._customers, self._updated, self._names, self._numbers, self._births):
            part.pop(record_id, None)

    def _candidates(self, query: Query) -> set[str]:
        from rapidfuzz import fuzz
        from rapidfuzz.distance import OSA

        found: set[str] = set()
        if query.names:
            found |= _closest(" ".join(query.names), self._names, fuzz.WRatio)
        if query.document_number:
            found |= _closest(query.document_number, self._numbers, OSA.normalized_similarity)
        if query.dob:
            found |= _closest(query.dob, self._births, OSA.normalized_similarity)
        return found

    def _best(self, query: Query, ids: Iterable[str], limit: int, changed_since: int) -> list[Hit]:
        hits = [
            Hit(key, score(query, self._customers[key]))
            for key in ids
            if self._updated[key] >= changed_since
        ]
        return sorted(hits, key=lambda hit: (-hit.score.value, hit.id))[:limit]


def _closest(text: str, choices: dict[str, str], scorer: Callable[..., float]) -> set[str]:
    from rapidfuzz import process

    return {key for _, _, key in process.extract(text, choices, scorer=scorer, limit=CANDIDATES)}


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
