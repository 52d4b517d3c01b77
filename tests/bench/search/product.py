"""The product, as the bench sees it: nothing else here knows its search.

Peers take their folding, their reading of what was typed and their scores from here.
"""

import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import TypeVar

from chalicelib.domain.folding import fold, fold_number
from chalicelib.domain.matching import Score, Scorer, likely, score
from chalicelib.domain.query import Query, parse_query
from chalicelib.domain.record import Kind, Life, Record, Register
from chalicelib.domain.searchable import Searchable, searchable
from chalicelib.domain.stamp import Stamp
from chalicelib.settings import Settings
from tests.bench.search.corpus import FIRST_CREATED, Customer
from tests.bench.search.peer import FIRST_QUERY, LIMIT, Hit, Hits, Peer

__all__ = ["fold", "fold_number"]

MINIMUM, LIKELY = Settings().fuzzy_minimum_score, Settings().fuzzy_likely_score
T = TypeVar("T")
FIELDS = ("surname", "name", "dob", "document_number")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, as the product takes it apart; empty where it says nothing."""

    query: Query
    words: tuple[str, ...]
    dob: str
    number: str

    @classmethod
    def read(cls, text: str) -> "Typed":
        query = parse_query(text)
        return cls(
            query,
            words=tuple(word.text for word in query.words),
            dob=query.days[0] if query.days else "",
            number=query.number,
        )


class Sins(Peer):
    """The search index through its public methods, as the service calls it."""

    can_change = True

    def build(self, customers: Iterable[Customer]) -> None:
        from chalicelib.search.index import SearchIndex

        self._index = SearchIndex()
        self._index.fill(map(record_of, customers))
        self.search(FIRST_QUERY)

    def search(self, text: str) -> Hits:
        hits = self._index.fuzzy(parse_query(text), LIMIT, 0, MINIMUM)
        return _hits({hit.id: hit.score for hit in hits})

    def save(self, path: Path) -> None:
        from chalicelib.search.files import write_index

        write_index(path, self._index, FIRST_CREATED)

    def load(self, path: Path) -> None:
        """What `save` wrote, up to a first answer."""
        from chalicelib.search.files import read_index

        self._index, _ = read_index(path)
        self.search(FIRST_QUERY)

    def change(self, customers: Sequence[Customer]) -> None:
        self._index.put(*map(record_of, customers))


class Exhaustive(Peer):
    """Scores every customer, one by one: what the index is held against."""

    def build(self, customers: Iterable[Customer]) -> None:
        self._customers = _kept((customer.id, searchable_of(customer)) for customer in customers)

    def search(self, text: str) -> Hits:
        return best(parse_query(text), self._customers)


class Rescorer:
    """Every customer ready to be scored, by its place in the corpus.

    Candidates are scored as the index scores its own: all at once, as arrays.
    """

    def __init__(self, customers: Iterable[Customer]) -> None:
        from chalicelib.search.customers import Entry

        self._entries = _kept(
            Entry(customer.id, searchable_of(customer), FIRST_CREATED) for customer in customers
        )

    def best(self, query: Query, places: Iterable[int]) -> Hits:
        from chalicelib.search import hits
        from chalicelib.search.customers import Customers

        found = Customers.of([self._entries[place] for place in places])
        leading = hits.best(Scorer(query), found, lambda _: True, LIMIT, MINIMUM)
        return _hits({hit.id: hit.score for hit in leading})


def _hits(scores: Mapping[str, Score]) -> Hits:
    are_likely = likely([*scores.values()], LIKELY)
    return [
        Hit(key, one.value, is_likely)
        for (key, one), is_likely in zip(scores.items(), are_likely, strict=True)
    ]


def best(query: Query, candidates: Iterable[tuple[str, Searchable]]) -> Hits:
    """The candidates that the product's score puts first, one by one, in the product's order."""
    scorer = Scorer(query)
    values = ((-scorer.value(customer), key, customer) for key, customer in candidates)
    good = nsmallest(LIMIT, (one for one in values if -one[0] >= MINIMUM))
    return _hits({key: scorer.score(customer) for _, key, customer in good})


def score_of(text: str, customer: Customer) -> float:
    """How well a customer matches what was typed."""
    return score(parse_query(text), searchable_of(customer)).value


def searchable_of(customer: Customer) -> Searchable:
    return searchable(
        surname=customer.surname,
        name=customer.name or None,
        dob=customer.dob or None,
        document_number=customer.document_number or None,
    )


def record_of(customer: Customer) -> Record:
    """The customer as the tables give it to the index."""
    stamp = Stamp(FIRST_CREATED, 0, "bench-1")
    values = {name: Register(value, stamp) for name in FIELDS if (value := getattr(customer, name))}
    return Record(Kind.CUSTOMER, customer.id, stamp, Register(Life.LIVE, stamp), values)


def _kept(customers: Iterable[T]) -> list[T]:
    ready = list(customers)
    # No collection shall walk all of them during a query.
    gc.freeze()
    return ready
