"""Segment: many customers as arrays, and which of them a query may mean.

The arrays never change. Customers are rows in the order of their ids: where not all can be looked
at, and where two are equally good, the smaller id goes first, so that the same query finds the same
customers at every location.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from chalicelib.domain.likeness import BEGINNING, BEGINNING_RESPELLED
from chalicelib.domain.matching import Scorer, births_said
from chalicelib.domain.query import Query, Word
from chalicelib.search.alignments import Called, alignments
from chalicelib.search.arrays import (
    Flags,
    Floats,
    Ints,
    contains,
    counted,
    each_once,
    in_all,
    in_any,
    joined,
    largest,
)
from chalicelib.search.births import Births, Days, days_like
from chalicelib.search.customers import Customers, Entry, Extra
from chalicelib.search.grams import Grams
from chalicelib.search.postings import Postings
from chalicelib.search.signatures import NO_LETTERS, Letters
from chalicelib.search.similarities import number_similarities
from chalicelib.search.texts import END, Texts
from chalicelib.search.vocabulary import Near, Vocabulary

# Words of the names that are compared as arrays, and what else a typed word may be: names
# written together, dynamic fields. Whoever has more is gathered by them all the same.
NAME_COLUMNS = 4
OTHER_COLUMNS = 2
# So many customers are read at once, which is much faster than one by one.
AT_ONCE = 1000
# A query looks at such a share of all customers, or at LEAST_BUDGET of them where that is more.
LEAST_BUDGET = 500
# Those who have a word that is a little like a typed one.
WORD_SHARE = 0.005
# Those of them who have no word like another typed one.
ALONE_SHARE = 0.001
# Those whose numbers have a piece of the typed one; a share of all numbers where there are more.
NUMBER_SHARE = 0.05
# Those of them whose numbers have most pieces of it, and are compared with it.
COMPARED_SHARE = 0.0016
# At most so many are looked at by their names: a row of first letters, or a name that everybody
# has, is like more.
LOOKED_AT = 50_000
# What was typed as several numbers is one where somebody has it with hardly a wrong character.
ONE_NUMBER = 0.65
# A word less alike than this tells nothing.
TELLING = 0.4
# So many words are known before they are typed: three quarters of what customers are called.
COMMONEST = 5_000
# What stands between a customer's values in `Segment.texts`: those of many are split at once. And
# before each dynamic field behind them, and between its key and its value.
PART, FIELD, PAIR = END, "\x1f", "\x1e"


class Promising(Struct, frozen=True):
    """Some rows of a segment, those that promise most first.

    What they promise is a score by names, how alike a number is, or 1: it tells only among those
    who were found in the same way.
    """

    segment: "Segment"
    rows: Ints
    promises: Floats

    @property
    def ids(self) -> NDArray[np.bytes_]:
        return self.segment.ids.take(self.rows)


class Segment(Struct, frozen=True, dict=True):
    """See the module. A row is a customer.

    `by_names`, `by_words`, `by_number` and `by_birth` are the ways in which a query finds rows.

    `texts` holds each customer's folded values. `words` holds the words of each by number,
    NAME_COLUMNS of the names and OTHER_COLUMNS others; as many as there are words stands for none.
    Of the names `of_surname` are the surname's, and who `has_more` has words in no column.
    `with_word` has the rows of each word. `numbers` are texts too: what may be asked for as a
    number, in the order of rows; `number_rows` says whose each is, and `number_grams` which are
    written alike.
    """

    ids: NDArray[np.bytes_]
    updated: NDArray[np.int64]
    texts: Texts
    vocabulary: Vocabulary
    with_word: Postings
    words: Ints
    of_surname: NDArray[np.uint8]
    has_more: Flags
    births: Births
    numbers: Texts
    number_grams: Grams
    number_rows: Ints

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def _nobody(self) -> Promising:
        return Promising(self, np.empty(0, np.uint32), np.empty(0))

    @cached_property
    def word_lengths(self) -> Floats:
        return np.array([*map(len, self.vocabulary.words), 0], np.float32)

    @cached_property
    def _letters(self) -> Letters:
        return Letters.of(np.append(self.vocabulary.signatures.letters, NO_LETTERS))

    @cached_property
    def _rarity(self) -> Floats:
        return np.log1p(len(self) / np.maximum(self.with_word.lengths, 1)).astype(np.float32)

    def row_of(self, record_id: str) -> int | None:
        """The row of a customer, or None."""
        wanted = record_id.encode()
        # NumPy's own search would copy all ids where they are mapped from a file.
        row = bisect_left(self.ids, wanted)
        return row if row < len(self) and self.ids[row] == wanted else None

    def entries(self, rows: Ints) -> Iterator[Entry]:
        """The customers of these rows as they were put in, read as they are taken."""
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            customers, updated = self.customers(some), self.updated.take(some).tolist()
            for at, record_id in enumerate(customers.ids):
                yield Entry(record_id, customers.at(at), updated[at])

    def customers(self, rows: Ints) -> Customers:
        """The customers of these rows."""
        # None has a space. One by one they would take several times as long.
        ids = b" ".join(self.ids.take(rows).tolist()).decode().split()
        values = self.texts.some(rows)
        numbers, extras = _numbers_and_extras(values[3::4])
        return Customers(ids, values[0::4], values[1::4], values[2::4], numbers, extras)

    def rows_with(self, fields: Iterable[str]) -> Flags:
        """For each row whether it has a value of one of these dynamic fields."""
        keys = "|".join(map(re.escape, fields))
        found = re.finditer(f"{FIELD}(?:{keys}){PAIR}".encode(), self.texts.letters.data)
        at = np.fromiter((one.start() for one in found), np.int64)
        has = np.zeros(len(self), np.bool_)
        has[self.texts.number_at(at)] = True
        return has

    def knowing_commonest(self) -> "Segment":
        """The same, which knows what is near the words that most customers are called."""
        most_first = np.argsort(-self.with_word.lengths, kind="stable").astype(np.uint32)
        return replace(self, vocabulary=self.vocabulary.knowing(most_first[:COMMONEST]))

    def by_names(self, scorer: Scorer, live: Flags, keep: int) -> Promising:
        """The live rows whose names and births promise most."""
        query = scorer.query
        near = self._near_words(query)
        born = days_like(*filter(None, (query.dob, query.day)))
        if not near and not len(born):
            return self._nobody
        said = births_said(query)
        rows = self._gathered(near, born, said, live)
        alike = {**self._alignments(query, near, rows), "dob": self.births.spread(born, rows)}
        if said:
            # Of all who are called so, those who were born then.
            alike["document_number"] = self.births.alike(said, rows)
        return self._most_promising(rows, scorer.promise(alike), keep)

    def by_words(self, query: Query, live: Flags, keep: int) -> Promising:
        """The live rows that have every typed word as it is, or two of theirs written together.

        Only those whom `by_names` may not see: it knows some words of a customer, and no two of
        them as one.
        """
        typed = [word.text for word in query.all_words]
        lists = self._with_each_word(typed)
        if not lists:
            return self._nobody
        if not query.fields and all(self.vocabulary.number_of(word) is not None for word in typed):
            # `by_names` knows whoever has no more words than it knows.
            lists[0] = lists[0].compress(self.has_more.take(lists[0]))
        rows = in_all(lists)
        rows = rows.compress(live.take(rows))
        return self._most_promising(rows, np.ones(len(rows)), keep)

    def by_number(self, query: Query, live: Flags, keep: int) -> Promising:
        """The live rows whose numbers are most like the typed one."""
        typed = query.document_number or query.number
        found = self._near_number(typed, live, keep) if typed else {}
        if not query.document_number and max(found.values(), default=0.0) < ONE_NUMBER:
            _add(found, self._near_numbers(query.parts, live, keep))
        if as_number := query.as_number():
            _add(found, self._near_number(as_number.number, live, keep))
        if query.day and query.fields:
            # It may be that of a dynamic field, which has to be the same.
            for words in (query.day.split("-"), [query.day_digits]):
                if lists := self._with_each_word(words):
                    rows = in_all(lists)
                    found |= dict.fromkeys(rows.compress(live.take(rows)).tolist(), 1.0)
        if not found:
            return self._nobody
        rows = np.array([*found], np.uint32)
        return self._most_promising(rows, np.array([*found.values()], np.float64), keep)

    def by_birth(self, query: Query, live: Flags, keep: int) -> Promising:
        """The live rows of whoever was born on a day that was typed as a number."""
        if query.document_number or not query.days_as_numbers:
            return self._nobody
        rows = self.births.on_dates(query.days_as_numbers)
        rows = rows.compress(live.take(rows))
        return self._most_promising(rows, np.ones(len(rows)), keep)

    def _near_words(self, query: Query) -> dict[Word, Near]:
        return {word: self.vocabulary.near(word) for word in query.all_words}

    def _gathered(
        self, near: Mapping[Word, Near], born: Days, said: Mapping[str, float], live: Flags
    ) -> Ints:
        """The live rows of whoever may be meant, each of them once.

        Whoever was born on a day like the one asked for; whoever has words like two of the typed
        ones, or like one of them and was born as a number may have `said`; and of those with a word
        like one of them, the ones whose word tells most: much alike, and not everybody's.
        """
        births = self.births.born_on(born.numbers)
        births = births.compress(live.take(births))
        # Somebody's initial is everybody's: it tells only among those who were found otherwise.
        some = [one for word, one in near.items() if len(word.text) > 1] or [*near.values()]
        if len(some) == 1:
            # However many have words like the only one, the more alike are the better ones.
            lists = [self._with_words(some[0], some[0].values, live)[:LOOKED_AT]]
        else:
            lists = self._with_several(some, said, live)
        return self._of_too_many(joined([births, *lists]), births)

    def _with_several(
        self, near: Iterable[Near], said: Mapping[str, float], live: Flags
    ) -> list[Ints]:
        """Whoever has words like two of the typed, and the first of those who have one.

        And of the latter those who were born as a number may have `said`.
        """
        lists = [
            self._with_words(one, one.values * self._rarity.take(one.words), live) for one in near
        ]
        first = _budget(ALONE_SHARE, len(self))
        # Nobody is beyond the first: who they are need not be marked among all rows.
        if all(len(rows) <= first for rows in lists):
            return lists
        found, several = np.zeros(len(self), np.bool_), []
        for rows in lists:
            several += [rows[found.take(rows)], rows[:first]]
            if said:
                several.append(rows.compress(self.births.alike(said, rows) > 0))
            found[rows] = True
        return several

    def _of_too_many(self, rows: Ints, births: Ints) -> Ints:
        """Each of these rows once; of too many those that are there most often.

        Who is among the `births` counts double: fewer have the day that was typed than a name.
        """
        if len(rows) <= LOOKED_AT:
            return each_once(rows)
        rows, counts = counted(np.sort(rows))
        often = counts.astype(np.float32)
        often[contains(np.sort(births), rows)] *= 2
        return rows.take(largest(often, rows, LOOKED_AT))

    def _with_words(self, near: Near, worth: Floats, live: Flags) -> Ints:
        """Live rows with a word that is alike, those with the words of most `worth` first.

        Everybody with a word that is more alike than one that is only begun, which is what was
        meant, however many they are; many of those who have one that is begun, the shorter ones
        first; others under a budget.
        """
        order = np.lexsort((self.word_lengths.take(near.words), -worth))
        values = near.values.take(order)
        tells = values >= TELLING
        words = near.words.take(order).compress(tells)
        everybody = self.with_word.lengths.take(words)
        values = values.compress(tells)
        rows = self.with_word.first_of(words, self._counts(values, everybody))
        are_live = live.take(rows)
        if 2 * np.count_nonzero(are_live) < len(rows):
            # More than half are gone, and have taken the places of others.
            rows = self.with_word.all_of(words)
            are_live = live.take(rows)
        return rows.compress(are_live)

    def _counts(self, values: Floats, everybody: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of how many who have words so much alike is looked at, for each word."""
        budget = _budget(WORD_SHARE, len(self))
        if everybody.sum() <= budget:
            return everybody
        at_most = np.where(values >= BEGINNING_RESPELLED, LOOKED_AT, budget)
        left = at_most - everybody.cumsum() + everybody
        counts = np.minimum(everybody, np.maximum(left, 0))
        np.copyto(counts, everybody, where=values > BEGINNING)
        return np.asarray(counts)

    def _alignments(self, query: Query, near: Mapping[Word, Near], rows: Ints) -> dict[str, Floats]:
        """How well the names of these rows align with what was typed, by feature."""
        called = Called.of_rows(self.words, NAME_COLUMNS, rows, self.word_lengths)
        alike = {"names": alignments(query.words, near, called, self._letters).whole_names}
        if query.surname or query.name:
            is_surname = np.arange(NAME_COLUMNS)[:, np.newaxis] < self.of_surname.take(rows)
            surnames, names = called.only(is_surname), called.only(~is_surname)
            asked = alignments(query.surname, near, surnames, self._letters)
            alike["surname"] = asked.similarities
            asked = alignments(query.name, near, names, self._letters)
            alike["name"] = asked.similarities
        return alike

    def _with_each_word(self, words: Iterable[str]) -> list[Ints]:
        """The rows that have a word, or two that make it when written together; the fewest first.

        No list at all where nobody has one of the words.
        """
        lists = []
        for word in dict.fromkeys(words):
            lists.append(self._with_word(word))
            if not len(lists[-1]):
                return []
        return sorted(lists, key=len)

    def _with_word(self, word: str) -> Ints:
        number = self.vocabulary.number_of(word)
        if number is not None:
            return self.with_word.of(number)
        parts = self.vocabulary.parts_of(word)
        return in_any([in_all([*map(self.with_word.of, two)]) for two in parts])

    def _near_numbers(self, parts: Sequence[str], live: Flags, keep: int) -> dict[int, float]:
        """Live rows with numbers like some of these, and how alike they are to all of them."""
        found: dict[int, float] = {}
        for part in parts:
            share = len(part) / sum(map(len, parts))
            for row, alike in self._near_number(part, live, keep).items():
                found[row] = found.get(row, 0.0) + share * alike
        return found

    def _near_number(self, text: str, live: Flags, keep: int) -> dict[int, float]:
        """Live customers with numbers most like one, of those with most of its pieces."""
        # With several numbers in dynamic fields, more of them share each piece.
        everything = max(len(self), len(self.number_rows))
        enough, budget = _budget(COMPARED_SHARE, everything), _budget(NUMBER_SHARE, everything)
        found = self.number_grams.nearest(
            text, enough, budget, lambda numbers: live.take(self.number_rows.take(numbers))
        )
        rows = self.number_rows.take(found)
        alike = number_similarities(text, self.numbers.some(found))
        best = largest(alike.astype(np.float32), found, keep)
        best = best[np.argsort(alike.take(best))]
        # Of a customer with several numbers the most alike one counts, which comes last.
        return dict(zip(rows.take(best).tolist(), alike.take(best).tolist(), strict=True))

    def _most_promising(self, rows: Ints, promises: Floats, keep: int) -> Promising:
        """Those of these rows, which all differ, that promise most."""
        if len(rows) > keep:
            least = np.partition(promises, len(rows) - keep)[len(rows) - keep]
            most = promises >= least
            rows, promises = rows.compress(most), promises.compress(most)
        order = np.lexsort((rows, -promises))[:keep]
        return Promising(self, rows.take(order), promises.take(order))


def _budget(share: float, everything: int) -> int:
    return max(LEAST_BUDGET, int(share * everything))


def _add(found: dict[int, float], others: Mapping[int, float]) -> None:
    """Adds rows; one that is there already keeps the larger likeness."""
    for row, alike in others.items():
        found[row] = max(alike, found.get(row, 0.0))


def _numbers_and_extras(texts: Sequence[str]) -> tuple[Sequence[str], Sequence[Extra]]:
    """The document numbers, and the dynamic fields that stand behind each."""
    if FIELD not in "".join(texts):
        return texts, [()] * len(texts)
    parts = [text.split(FIELD) for text in texts]
    return [number for number, *_ in parts], [_extra(fields) for _, *fields in parts]


def _extra(fields: Iterable[str]) -> Extra:
    return tuple((key, value) for key, _, value in (one.partition(PAIR) for one in fields))
