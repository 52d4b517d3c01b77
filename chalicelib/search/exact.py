"""Exact: the customers of a segment who are just what was looked for.

The index says who may be, by words, numbers and days; each of them is held against what was typed.
Of everybody who has a word those are left whose names have as many letters as it: the others are
called something else too.
"""

from itertools import islice

import numpy as np
from msgspec import Struct

from chalicelib.domain.equality import Equality
from chalicelib.domain.folding import without_spaces
from chalicelib.domain.query import Query, days_in
from chalicelib.search.arrays import Flags, Floats, Ints, each_once, in_all, in_any
from chalicelib.search.customers import Entry
from chalicelib.search.segment import NAME_COLUMNS, Segment

_NOBODY = np.empty(0, np.uint32)


class Equals(Struct, frozen=True):
    """Whom of a segment an exact search means."""

    equality: Equality
    segment: Segment

    def accepted(self, live: Flags, at_most: int) -> list[Entry]:
        """The live customers that are equal, `at_most` of them, those with the smallest ids."""
        rows = self._rows()
        entries = self.segment.entries(rows.compress(live.take(rows)))
        accepted = (one for one in entries if self.equality.accepts(one.customer))
        return [*islice(accepted, at_most)]

    def _rows(self) -> Ints:
        """The rows of whom it may accept, ascending."""
        query = self.equality.query
        lists = [self._typed()] if self.equality.text else []
        if query.surname_text:
            lists.append(self._with_name(query.surname_text, is_surname=True))
        if query.name_text:
            lists.append(self._with_name(query.name_text, is_surname=False))
        if query.dob:
            lists.append(self.segment.births.on_dates([query.dob]))
        if query.document_number:
            lists.append(self._with_number(query.document_number))
        return in_all(lists) if lists else _NOBODY

    def _typed(self) -> Ints:
        equality, births = self.equality, self.segment.births
        numbers = map(self._with_number, equality.as_one)
        parts = map(self._with_each, equality.in_parts)
        lists = [self._called(equality.text), *numbers, births.on_dates(equality.days), *parts]
        return in_any(lists)

    def _with_each(self, parts: Query) -> Ints:
        names = without_spaces(parts.names_text)
        lists = [in_any([self._called(names), self._with_number(names)])] if names else []
        if parts.day:
            born = self.segment.births.on_dates([parts.day])
            lists.append(in_any([born, self._with_number(parts.day_digits)]))
        if parts.number:
            each = [in_all([*map(self._with_number_or_birth, parts.parts)])] if parts.parts else []
            lists.append(in_any([self._with_number_or_birth(parts.number), *each]))
        return in_all(lists)

    def _with_number_or_birth(self, number: str) -> Ints:
        return in_any([self.segment.births.on_dates(days_in(number)), self._with_number(number)])

    def _called(self, name: str) -> Ints:
        """The rows of who may have this name, or these two, written as one word; ascending."""
        parts = self.segment.vocabulary.parts_of(name, shortest=1)
        both = [in_all([*map(self.segment.with_word.of, two)]) for two in parts]
        rows = in_any([self._known(name), *both])
        surnames, names = self._letters_of(rows)
        letters = len(name)
        fits = (surnames == letters) | (names == letters) | (surnames + names == letters)
        return rows.compress(fits | self.segment.has_more.take(rows))

    def _with_name(self, name: str, is_surname: bool) -> Ints:
        """The rows of who may have just this surname, or given name, ascending."""
        word = without_spaces(name)
        rows = self._known(word)
        surnames, names = self._letters_of(rows)
        fits = (surnames if is_surname else names) == len(word)
        return rows.compress(fits | self.segment.has_more.take(rows))

    def _known(self, word: str) -> Ints:
        """The rows with a word, or with a name that is this when it is written as one."""
        number = self.segment.vocabulary.number_of(word)
        return _NOBODY if number is None else self.segment.with_word.of(number)

    def _letters_of(self, rows: Ints) -> tuple[Floats, Floats]:
        """How many letters their surnames have, and their given names."""
        letters = self.segment.word_lengths.take(
            self.segment.words.take(rows, axis=0)[:, :NAME_COLUMNS]
        )
        is_surname = np.arange(NAME_COLUMNS) < self.segment.of_surname.take(rows)[:, np.newaxis]
        surnames = (letters * is_surname).sum(axis=1)
        return surnames, letters.sum(axis=1) - surnames

    def _with_number(self, text: str) -> Ints:
        """The rows of who may have this number, ascending."""
        return each_once(self.segment.number_rows.take(self.segment.number_grams.maybe(text)))
