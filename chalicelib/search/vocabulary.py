"""Vocabulary: the words that customers are called, and which of them a typed word may be."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from chalicelib.domain.likeness import BEGINNING, BEGINNING_RESPELLED
from chalicelib.domain.query import Word
from chalicelib.search.arrays import Floats, Ints, contains, in_any, joined
from chalicelib.search.signatures import ByLastLetter, Signature, Signatures, with_like_letters
from chalicelib.search.similarities import spelled_similarities

# How many words are compared with a typed one, letter by letter.
NEAREST = 40
# So many typed words are remembered.
REMEMBERED = 2_000
# A part of a word that is two written together has so many letters at least.
SHORTEST = 2
# Comes after every letter.
_LAST = "\U0010ffff"


class Near(Struct, frozen=True):
    """The words that are near a typed one, by number, and how alike they are at least."""

    words: Ints
    values: Floats

    def and_also(self, words: Ints, value: float) -> "Near":
        """These, and those of `words` that are not among them, all of them `value` alike."""
        if not len(words):
            return self
        others = words.compress(~contains(np.sort(self.words), words))
        values = np.full(len(others), value, np.float32)
        return Near(joined([self.words, others]), np.concatenate([self.values, values]))

    def spread(self, count: int) -> Floats:
        """A value for each of `count` words: 0 for what is not near."""
        spread = np.zeros(count, np.float32)
        spread[self.words] = self.values
        return spread


class Commonest(Struct, frozen=True):
    """What is near the words that most customers are called, end to end.

    And where that of each ends. Worked out before they are typed: most of what is typed is one of
    them, and spelled right.
    """

    words: Ints
    ends: NDArray[np.int64]
    near: Near

    @classmethod
    def of(cls, words: Ints, near: Sequence[Near]) -> "Commonest":
        ends = np.cumsum([0, *(len(one.words) for one in near)], dtype=np.int64)
        values = [np.empty(0, np.float32), *(one.values for one in near)]
        return cls(words, ends, Near(joined([one.words for one in near]), np.concatenate(values)))

    def near_to(self, place: int) -> Near:
        """What is near one of the words, by its place among them."""
        some = slice(self.ends[place], self.ends[place + 1])
        return Near(self.near.words[some], self.near.values[some])


class Vocabulary(Struct, frozen=True, dict=True):
    """Different folded words in their order; a word's number is its place.

    Remembers the last words that were typed: who types a name letter by letter searches for the
    words before it again and again, and the same names come every day.
    """

    words: Sequence[str]
    signatures: Signatures
    by_last_letter: ByLastLetter
    commonest: Commonest = Commonest.of(np.empty(0, np.uint32), [])

    @classmethod
    def of_words(cls, words: Sequence[str]) -> "Vocabulary":
        return cls.with_signatures(words, Signatures.of_words(words))

    @classmethod
    def with_signatures(cls, words: Sequence[str], signatures: Signatures) -> "Vocabulary":
        return cls(words, signatures, ByLastLetter.of_words(words, signatures.letters))

    def number_of(self, word: str) -> int | None:
        """The word's number, or None where nobody is called so."""
        at = bisect_left(self.words, word)
        return at if at < len(self.words) and self.words[at] == word else None

    def parts_of(self, word: str, shortest: int = SHORTEST) -> Iterator[tuple[int, int]]:
        """Any two words, by number, that make this one when they are written together.

        Both with so many letters at least.
        """
        for at in range(shortest, len(word) - shortest + 1):
            first = self.number_of(word[:at])
            second = None if first is None else self.number_of(word[at:])
            if first is not None and second is not None:
                yield first, second

    @cached_property
    def near(self) -> Callable[[Word], Near]:
        """Says which words are near a typed one."""
        # Of a copy: what remembers itself is freed by the garbage collector only.
        return lru_cache(REMEMBERED)(replace(self).known_or_compared)

    def knowing(self, commonest: Ints) -> "Vocabulary":
        """The same, which knows what is near these words, by number."""
        near = [self.compared(Word(self.words[number])) for number in commonest.tolist()]
        return replace(self, commonest=Commonest.of(commonest, near))

    def known_or_compared(self, typed: Word) -> Near:
        """What is near a typed word, where it is known already, or else by comparing it."""
        # Of other spellings more is near.
        place = None if typed.spellings else self._places.get(typed.text)
        return self.compared(typed) if place is None else self.commonest.near_to(place)

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where each of the commonest words stands among them."""
        numbers = self.commonest.words.tolist()
        return {self.words[number]: place for place, number in enumerate(numbers)}

    def compared(self, typed: Word) -> Near:
        """Compares a typed word with those that have most of its letters.

        Of the many that it may begin it is known how alike they are at least.
        """
        numbers = in_any([*map(self._numbers_near, (typed.text, *typed.spellings))])
        values = np.empty(0, np.float32)
        if len(numbers):
            words = [self.words[number] for number in numbers.tolist()]
            values = spelled_similarities([typed], words)[0].astype(np.float32)
        near = Near(numbers, values).and_also(self._begun_by(typed.text), BEGINNING)
        for spelling in typed.spellings:
            near = near.and_also(self._begun_by(spelling), BEGINNING_RESPELLED)
        return near

    def _numbers_near(self, spelling: str) -> Ints:
        first, longer, end = self._beginning_with(spelling[0])
        initial = np.arange(first, longer, dtype=np.uint32)
        if len(spelling) == 1:
            return initial
        typed = Signature.of(spelling)
        begin = longer + with_like_letters(typed, self.signatures.letters[longer:end])
        others = self.by_last_letter.with_like_letters(spelling, typed)
        others = others.compress((others < first) | (others >= end))
        nearest = self.signatures.nearest(typed, np.concatenate([begin, others]), NEAREST)
        return joined([initial, nearest.astype(np.uint32)])

    def _begun_by(self, spelling: str) -> Ints:
        """The longer words that begin so."""
        _, longer, end = self._beginning_with(spelling)
        return np.arange(longer, end, dtype=np.uint32)

    def _beginning_with(self, text: str) -> tuple[int, int, int]:
        """Where the words stand that begin so.

        The word itself, if there is one, from the first place to the second, longer ones from there
        to the third.
        """
        first, end = bisect_left(self.words, text), bisect_left(self.words, text + _LAST)
        is_word = first < end and self.words[first] == text
        return first, first + is_word, end
