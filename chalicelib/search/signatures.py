"""Signatures: words as sets of bits, to find those that are written alike.

Half of a word's bits say which letters it has, and which of them more than once; the other half,
which pairs of neighbours. The fewer bits differ, the fewer letters do (a bag distance; Bartolini
and others, 2002). Two letters that changed places are still there, so that a slip of two fingers
hides nobody. All words are looked at each time: on arrays of bits that takes no longer than to
gather some of them.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Floats = NDArray[np.float32]
# Any more of them differ as much: a word of signs that nobody has is as far from all short words.
MOST_ALIKE = 4
# Pairs are looked at of words with so few different letters, where these are so many times as many.
DIFFERENT_LETTERS = (4, 6, 8)
PRESELECTED = 4
# How alike words are that have the same letters, but were not compared.
GUESSED = np.float32(0.4)
# The letters of no word.
NO_LETTERS = ~np.uint64(0)
_MULTIPLIER = 0x9E3779B1


class Signatures(Struct, frozen=True):
    """Words, numbered in their order: the bits of their letters and of their pairs."""

    letters: Bits
    pairs: Bits

    @classmethod
    def of_words(cls, words: Sequence[str]) -> "Signatures":
        return cls(*(np.array([bits(word) for word in words], np.uint64) for bits in _HALVES))

    def only(self, wanted: NDArray[np.bool_]) -> "Signatures":
        """Those for which `wanted` is true."""
        return Signatures(self.letters[wanted], self.pairs[wanted])

    def nearest(self, word: str, keep: int) -> NDArray[np.int64]:
        """The `keep` words that differ least, by number, and those that differ no more.

        At most `MOST_ALIKE` times as many.
        """
        wanted = min(keep, len(self.letters))
        some = self._with_like_letters(_letters(word), PRESELECTED * wanted)
        # A letter tells more: every pair that differs has one that does.
        differences = 2 * np.bitwise_count(self.letters.take(some) ^ np.uint64(_letters(word)))
        differences += np.bitwise_count(self.pairs.take(some) ^ np.uint64(_pairs(word)))
        # Counting is faster than any way to sort.
        most = bisect_left(
            range(256), wanted, key=lambda most: int(np.count_nonzero(differences <= most))
        )
        return some.compress(differences <= most)[: MOST_ALIKE * keep]

    def _with_like_letters(self, letters: int, enough: int) -> NDArray[np.int64]:
        """Enough of those with the fewest different letters, as far as there are."""
        differences = np.bitwise_count(self.letters ^ np.uint64(letters))
        for most in DIFFERENT_LETTERS:
            some = np.flatnonzero(differences <= most)
            if len(some) >= enough:
                return some
        return np.arange(len(differences))


def guesses(word: str, letters: Bits) -> Floats:
    """How alike the word and others may be of which only the letters are known.

    About the mean of what `domain.matching` says of words with as many letters in common.
    """
    typed = _letters(word)
    different = np.bitwise_count(letters ^ np.uint64(typed)).astype(np.float32)
    different /= np.bitwise_count(letters) + np.float32(typed.bit_count())
    return np.asarray(GUESSED * np.square(1 - different), np.float32)


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        # Latin letters have a bit each.
        bit = 1 << (ord(letter) & 31)
        bits |= bit << 32 if bits & bit else bit
    return bits


def _pairs(word: str) -> int:
    bits = 0
    for letter, other in pairwise(f" {word} "):
        bits |= 1 << ((ord(letter) * 31 + ord(other)) * _MULTIPLIER >> 16 & 63)
    return bits


_HALVES = (_letters, _pairs)
