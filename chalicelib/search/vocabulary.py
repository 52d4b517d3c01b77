"""Vocabulary: the words that customers are called, and which of them a typed word may be."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from chalicelib.domain.matching import spelled_similarities
from chalicelib.domain.query import Word
from chalicelib.search.grams import Grams

# How many words are compared with a typed one, letter by letter.
NEAREST = 80
REMEMBERED = 2_000
Floats = NDArray[np.float32]
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Different folded words in their order; a word's number is its place.

    Remembers the last words that were typed: who types a name letter by letter searches for the
    words before it again and again, and the same names come every day.
    """

    PAIRS: ClassVar = 2

    words: Sequence[str]
    grams: Grams
    _known: dict[Word, tuple[list[int], Floats]] = field(default_factory=dict)

    @classmethod
    def of_words(cls, words: Sequence[str]) -> "Vocabulary":
        return cls(words, Grams.of_texts(words, cls.PAIRS))

    def number_of(self, word: str) -> int | None:
        """The word's number, or None where nobody is called so."""
        at = bisect_left(self.words, word)
        return at if at < len(self.words) and self.words[at] == word else None

    def similarities(self, typed: Word) -> Floats:
        """How alike the typed word and each word are: 0 for what is not near.

        One entry more than there are words, for the word that is not there.
        """
        if typed not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[typed] = self._compared(typed)
        near, similarities = self._known[typed]
        found = np.zeros(len(self.words) + 1, np.float32)
        found[near] = similarities
        return found

    def _compared(self, typed: Word) -> tuple[list[int], Floats]:
        near = [n for spelling in (typed.text, *typed.others) for n in self._near(spelling)]
        if not near:
            return [], np.empty(0, np.float32)
        return near, spelled_similarities(typed, [self.words[number] for number in near])

    def _near(self, spelling: str) -> list[int]:
        if len(spelling) == 1:
            # An initial: whoever is called something that begins with it.
            first = bisect_left(self.words, spelling)
            return list(range(first, bisect_left(self.words, spelling + _LAST)))
        near: list[int] = self.grams.nearest(spelling, NEAREST, budget=2**62).tolist()
        initial = self.number_of(spelling[0])
        return near if initial is None else [*near, initial]
