"""Vocabulary: the words that customers are called, and which of them a typed word may be."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.domain.matching import spelled_similarities
from chalicelib.domain.query import Word
from chalicelib.search.signatures import Signatures

# How many words are compared with a typed one, letter by letter.
NEAREST = 60
REMEMBERED = 2_000
Floats = NDArray[np.float32]
_LAST = "\U0010ffff"


class Near(Struct, frozen=True):
    """The words that are near a typed one, by number, and how alike they are."""

    words: NDArray[np.int64]
    values: Floats

    def spread(self, count: int) -> Floats:
        """A value for each of `count` words: 0 for what is not near."""
        spread = np.zeros(count, np.float32)
        spread[self.words] = self.values
        return spread


class Vocabulary(Struct, frozen=True):
    """Different folded words in their order; a word's number is its place.

    Remembers the last words that were typed: who types a name letter by letter searches for the
    words before it again and again, and the same names come every day.
    """

    words: Sequence[str]
    signatures: Signatures
    _known: dict[Word, Near] = {}

    @classmethod
    def of_words(cls, words: Sequence[str]) -> "Vocabulary":
        return cls(words, Signatures.of_words(words))

    def number_of(self, word: str) -> int | None:
        """The word's number, or None where nobody is called so."""
        at = bisect_left(self.words, word)
        return at if at < len(self.words) and self.words[at] == word else None

    def near(self, typed: Word) -> Near:
        """The words that are near what was typed."""
        if typed not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[typed] = self._compared(typed)
        return self._known[typed]

    def _compared(self, typed: Word) -> Near:
        spellings = (typed.text, *typed.others)
        numbers = sorted({n for spelling in spellings for n in self._numbers_near(spelling)})
        values = np.empty(0, np.float32)
        if numbers:
            values = spelled_similarities(typed, [self.words[number] for number in numbers])
        return Near(np.array(numbers, np.int64), values)

    def _numbers_near(self, spelling: str) -> list[int]:
        if len(spelling) == 1:
            # An initial: whoever is called something that begins with it.
            first = bisect_left(self.words, spelling)
            return list(range(first, bisect_left(self.words, spelling + _LAST)))
        near: list[int] = self.signatures.nearest(spelling, NEAREST).tolist()
        initial = self.number_of(spelling[0])
        return near if initial is None else [*near, initial]
