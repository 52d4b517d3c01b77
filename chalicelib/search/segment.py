"""Segment: many customers as arrays, and which of them a query may mean.

The arrays never change. Customers are rows, in no order that means anything; where two are
equally good, the smaller id goes first, so that the same query finds the same customers at every
location.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.domain.matching import (
    Scorer,
    Searchable,
    number_similarities,
    spelled_similarities,
)
from chalicelib.domain.query import Query, days_in
from chalicelib.search.alignments import Called, alignments
from chalicelib.search.births import Births, day_number
from chalicelib.search.grams import Grams, largest
from chalicelib.search.postings import Numbers, Postings, each_once, joined
from chalicelib.search.signatures import NO_LETTERS, Bits
from chalicelib.search.texts import Texts
from chalicelib.search.vocabulary import Near, Vocabulary

Floats = NDArray[np.float32]
# For each row whether it may be found.
Live = NDArray[np.bool_]
# Words of the names that are compared as arrays, and what else a typed word may be: names
# written together, dynamic fields. Whoever has more is found by them all the same.
NAME_COLUMNS = 4
OTHER_COLUMNS = 2
# The customers whose names are looked at more closely, and those whose numbers are scored one by
# one: so many more than twice the hits asked for.
NAMES_KEPT = 60
NUMBERS_KEPT = 30
# The numbers with most pieces of the typed one, which are compared with it.
NUMBERS_COMPARED = 1_600
# How many customers a query looks at: at least so many, or a share of all. With words that are
# a little like one of the typed; of them, those who have no word like another; with a piece of the
# number.
LEAST_BUDGET = 500
WORD_SHARE = 0.005
ALONE_SHARE = 0.001
NUMBER_SHARE = 0.05
# How often a customer may be gathered at most: by two names and a date of birth.
COPIES = 3
# A word less alike than this tells nothing, and one more alike is what was meant.
TELLING = 0.4
NEAR = 0.7
# What stands between a customer's values in `Segment.texts`, and between a field's key and its
# value.
PART, PAIR = "\x1f", "\x1e"
# Parts before the dynamic fields: surname, name, date of birth, document number.
EXTRA = 4


class Entry(Struct, frozen=True):
    """One customer for the index; `updated` in milliseconds."""

    id: str
    customer: Searchable
    updated: int


class Segment(Struct, frozen=True, dict=True):
    """See the module.

    `by_id` holds the rows in the order of ids and `rank` the place of each row's id among all;
    `texts` each customer's folded values.
    """

    ids: NDArray[np.bytes_]
    by_id: Numbers
    rank: Numbers
    updated: NDArray[np.int64]
    texts: Texts
    vocabulary: Vocabulary
    with_word: Postings
    names: Numbers
    others: Numbers
    births: Births
    numbers: Texts
    number_grams: Grams
    number_rows: Numbers

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def _name_lengths(self) -> Floats:
        """How many letters the words of each customer's names have."""
        lengths: Floats = self._word_lengths[self.names].sum(axis=1)
        return np.maximum(lengths, 1)

    @cached_property
    def _word_lengths(self) -> Floats:
        return np.array([*map(len, self.vocabulary.words), 0], np.float32)

    @cached_property
    def _letters(self) -> Bits:
        return np.append(self.vocabulary.signatures.letters, NO_LETTERS)

    @cached_property
    def _rarity(self) -> Floats:
        return np.log1p(len(self) / np.maximum(self.with_word.lengths, 1)).astype(np.float32)

    def row_of(self, record_id: str) -> int | None:
        """The row of a customer, or None."""
        wanted = record_id.encode()
        # NumPy's own search would copy `by_id` each time.
        at = bisect_left(self.by_id, wanted, key=lambda row: self.ids[row])
        row = int(self.by_id[at]) if at < len(self) else -1
        return row if row >= 0 and self.ids[row] == wanted else None

    def id_of(self, row: int) -> str:
        return str(self.ids[row].decode())

    def customer(self, row: int) -> Searchable:
        """A row's values as they were put in."""
        surname, name, dob, number, *extra = self.texts.one(row).split(PART)
        if not extra:
            return Searchable(surname, name, dob, number)
        pairs = tuple((key, value) for key, _, value in (one.partition(PAIR) for one in extra))
        return Searchable(surname, name, dob, number, pairs)

    def rows_with(self, fields: Iterable[str]) -> Live:
        """For each row whether it has a value of one of these dynamic fields."""
        keys = "|".join(map(re.escape, fields))
        found = re.finditer(f"{PART}(?:{keys}){PAIR}".encode(), self.texts.letters.data)
        at = np.fromiter((one.start() for one in found), np.int64)
        has = np.zeros(len(self), np.bool_)
        has[self.texts.number_at(at)] = True
        return has

    def entry(self, row: int) -> Entry:
        return Entry(self.id_of(row), self.customer(row), int(self.updated[row]))

    def likely(self, scorer: Scorer, live: Live, limit: int) -> list[tuple[float, int]]:
        """The live rows that are worth scoring where the best `limit` are asked for.

        With what each promises to score; best first.
        """
        by_number = self._by_number(scorer.query, live, NUMBERS_KEPT + 2 * limit)
        by_names = self._by_names_and_birth(scorer, live, NAMES_KEPT + 2 * limit)
        found = {**by_names, **dict.fromkeys(by_number, 1.0)}
        return sorted(((promise, row) for row, promise in found.items()), reverse=True)

    def equal(self, query: Query, live: Live) -> list[int]:
        """The live rows that hold every word of what was typed, the closest first."""
        days = self.births.born_on(map(day_number, (*query.days, *days_in(_as_number(query.text)))))
        texts = {_as_number(query.text), *query.numbers, *map(_as_number, query.days)} - {""}
        numbers = self._near_numbers(texts, live, NUMBERS_KEPT)
        rows = each_once(joined([self._with_every_word(query), *numbers, *days]))
        rows = rows[live[rows]]
        near = [self.vocabulary.near(word) for word in query.all_words]
        alike = alignments(query, near, self._called(rows))
        found: list[int] = rows[np.lexsort((self.rank[rows], -alike))].tolist()
        return found

    def _by_names_and_birth(self, scorer: Scorer, live: Live, keep: int) -> dict[int, float]:
        query = scorer.query
        near = [self.vocabulary.near(word) for word in query.all_words]
        days = [day for day in (query.dob, query.day) if day]
        born = self.births.similarities(days)
        rows = self._gathered(query, near, born)
        rows = rows[live.take(rows)]
        dob = self.births.spread(born, rows)
        alike = alignments(query, near, self._called(rows), self._letters)
        best = self._best(rows, scorer.promise(alike, dob), keep)
        rows = rows.take(best)
        if query.words and query.words == query.all_words and len(rows):
            # For so few it is worth while to compare all of their names.
            promises = scorer.almost(self._names_alike(scorer, rows), dob.take(best))
        else:
            promises = scorer.promise(alike.take(best), dob.take(best))
        return dict(zip(rows.tolist(), promises.tolist(), strict=True))

    def _names_alike(self, scorer: Scorer, rows: Numbers) -> Floats:
        """What `matching` says of the names of these rows; infinity where it looks at more."""
        values = [text.split(PART, EXTRA) for text in self.texts.some(rows)]
        whole = scorer.whole_names([(surname, name) for surname, name, *_ in values])
        alike = (self._aligned(scorer.query, self._called(rows)) + whole) / 2
        return np.where([_has_more(some) for some in values], np.inf, alike)

    def _aligned(self, query: Query, called: Called) -> Floats:
        """How well these names align with the typed ones: every word of them is compared."""
        words = called.words()
        texts = [self.vocabulary.words[word] for word in words.tolist()]
        numbers = np.arange(len(words), dtype=np.uint32)
        near = [Near(numbers, spelled_similarities(word, texts)) for word in query.words]
        return alignments(query, near, called.among(words))

    def _by_number(self, query: Query, live: Live, keep: int) -> list[int]:
        texts = list(query.numbers)
        if query.day and not query.words:
            # A date alone may be that of a dynamic field.
            texts.append(_as_number(query.day))
        days = self.births.born_on(map(day_number, days_in(query.number)))
        rows = joined(
            [*self._near_numbers(texts, live, keep), *(self._first(one, keep) for one in days)]
        )
        found: list[int] = rows[live[rows]].tolist()
        return found

    def _near_numbers(self, texts: Iterable[str], live: Live, keep: int) -> list[Numbers]:
        return [self.number_rows.take(self._near_number(text, live, keep)) for text in texts]

    def _near_number(self, text: str, live: Live, keep: int) -> Numbers:
        """Live customers' numbers that are most like one, of those with most of its pieces."""
        budget = max(LEAST_BUDGET, int(NUMBER_SHARE * len(self)))
        found = self.number_grams.nearest(text, NUMBERS_COMPARED, budget, self._number_ranks)
        found = found[live.take(self.number_rows.take(found))]
        if len(found) <= keep:
            return found
        alike = number_similarities(text, self.numbers.some(found))
        return found.take(largest(alike, self._number_ranks(found), keep))

    def _number_ranks(self, numbers: Numbers) -> Numbers:
        return self.rank.take(self.number_rows.take(numbers))

    def _first(self, rows: Numbers, keep: int) -> Numbers:
        """Those with the smallest ids."""
        return rows[np.argsort(self.rank[rows])[:keep]]

    def _gathered(self, query: Query, near: Sequence[Near], born: Iterable[int]) -> Numbers:
        """Whoever may be meant; some come more than once.

        Whoever was born on a day like the one asked for; whoever has words like two of the typed
        ones; and of those with a word like one of them, the ones whose word tells most: much
        alike, and not everybody's.
        """
        lists = self.births.born_on(born)
        # Somebody's initial is everybody's: it tells only among those who were found otherwise.
        whole = [n for word, n in zip(query.all_words, near, strict=True) if len(word.text) > 1]
        by_word = [self._with_words(one) for one in whole or near]
        if len(by_word) == 1:
            return joined(lists + by_word)
        alone = max(LEAST_BUDGET, int(ALONE_SHARE * len(self)))
        found = np.zeros(len(self), np.bool_)
        for rows in by_word:
            lists += [rows[found.take(rows)], rows[:alone]]
            found[rows] = True
        return joined(lists)

    def _with_words(self, near: Near) -> Numbers:
        """Customers with a word that is alike, the most telling words first.

        Everybody with a word that is much alike, however many they are; others under a budget.
        """
        order = np.argsort(-near.values * self._rarity[near.words], kind="stable")
        order = order[near.values[order] >= TELLING]
        words = near.words[order]
        everybody = self.with_word.lengths[words]
        left = max(LEAST_BUDGET, int(WORD_SHARE * len(self))) - everybody.cumsum() + everybody
        is_meant = near.values[order] >= NEAR
        counts = np.where(is_meant, everybody, np.clip(left, 0, everybody))
        return self.with_word.first_of(words, counts)

    def _called(self, rows: Numbers) -> Called:
        lengths, total = self._word_lengths, self._name_lengths
        return Called.of_tables(self.names, self.others, rows, lengths, total)

    def _best(self, rows: Numbers, promises: Floats, keep: int) -> NDArray[np.int64]:
        """Where the rows are that promise most; each of them once."""
        places = np.arange(len(rows))
        if len(rows) > COPIES * keep:
            first = len(rows) - COPIES * keep
            places = np.flatnonzero(promises >= np.partition(promises, first)[first])
        ranks = self.rank.take(rows.take(places))
        order = np.lexsort((ranks, -promises.take(places)))
        ranks = ranks.take(order)
        # Copies promise the same, so they are neighbours.
        is_first = np.ones(len(order), np.bool_)
        is_first[1:] = ranks[1:] != ranks[:-1]
        return places.take(order[is_first][:keep])

    def _with_every_word(self, query: Query) -> Numbers:
        """Rows that have each typed word as it is."""
        typed = [*query.text.split(), *(word.text for word in query.surname + query.name)]
        numbers = [self.vocabulary.number_of(word) for word in dict.fromkeys(typed)]
        if not numbers or None in numbers:
            return np.empty(0, np.uint32)
        lists = sorted(
            (self.with_word.of(number) for number in numbers if number is not None), key=len
        )
        found = lists[0]
        for other in lists[1:]:
            found = found[np.isin(found, other, assume_unique=True)]
        return found


def _has_more(values: Sequence[str]) -> bool:
    """Whether a customer has dynamic fields, or words that stand in no column."""
    surname, name, *others = values
    return len(others) > EXTRA - 2 or f"{surname} {name}".count(" ") >= NAME_COLUMNS


def _as_number(text: str) -> str:
    return text.replace(" ", "").replace("-", "")
