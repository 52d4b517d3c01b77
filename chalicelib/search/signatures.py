"""Signatures: words as sets of bits, to find those that are written alike.

Half of a word's bits say which letters it has, and which of them more than once; the other half,
which pairs of neighbours. The fewer bits differ, the fewer letters do (a bag distance; Bartolini
and others, 2002). Two letters that changed places are still there, so that a slip of two fingers
hides nobody. Words with the same first letter or the same last one are looked at first, because
hardly ever both are wrong; only where none of these is near, all words are.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.search.arrays import Floats, Ints

Bits = NDArray[np.uint64]
Counts = NDArray[np.uint8]
Places = NDArray[np.int64]
# At most so many times the words asked for. Very many may differ equally: all short words do from
# one of signs that nobody has.
MOST_ALIKE = 4
# Pairs are looked at of words with so few different letters, where there are enough of them.
DIFFERENT_LETTERS = 6
# A word that differs by so many bits is farther than by a letter that is missing: that changes one
# letter, which counts double, and three pairs.
FAR = 6
# How alike words are that have the same letters, but were not compared.
GUESSED = 0.4
# The letters of no word.
NO_LETTERS = ~np.uint64(0)
# So many letters a word may have, none among them.
_COUNTS = np.uint16(65)
_MULTIPLIER = 0x9E3779B1
# Latin letters have a key each.
_LAST_LETTERS = 256


class Signature(Struct, frozen=True):
    """The bits of one word."""

    letters: np.uint64
    pairs: np.uint64

    @classmethod
    def of(cls, word: str) -> "Signature":
        return cls(np.uint64(_letters(word)), np.uint64(_pairs(word)))


class Signatures(Struct, frozen=True):
    """Words, numbered in their order: the bits of their letters and of their pairs."""

    letters: Bits
    pairs: Bits

    @classmethod
    def of_words(cls, words: Sequence[str]) -> "Signatures":
        """The bits that `Signature.of` gives each."""
        if not words:
            return cls(np.empty(0, np.uint64), np.empty(0, np.uint64))
        # One by one takes fifty times as long, and a change is kept waiting for it.
        codes, spaces = _letter_codes(words)
        return cls(_letters_of_each(codes, spaces), _pairs_of_each(codes, spaces))

    def only(self, wanted: NDArray[np.bool_]) -> "Signatures":
        """Those for which `wanted` is true."""
        return Signatures(self.letters[wanted], self.pairs[wanted])

    def nearest(self, typed: Signature, some: Places, keep: int) -> Places:
        """The `keep` words that differ least, by number, and those that differ no more.

        At most `MOST_ALIKE` times as many. Only `some` are looked at where they are enough and one
        of them is not `FAR`.
        """
        differences = self._differences(typed, some)
        if len(some) < keep or differences.min() >= FAR:
            some = self._with_like_letters(typed, keep)
            differences = self._differences(typed, some)
        if len(some) <= keep:
            return some
        # Bytes are not sorted as fast.
        ranked = differences.astype(np.uint16)
        ranked.partition(keep - 1)
        return some.compress(differences <= ranked[keep - 1])[: MOST_ALIKE * keep]

    def _differences(self, typed: Signature, some: Places) -> Counts:
        """How many bits of each of these words differ."""
        # A letter tells more: every pair that differs has one that does.
        differences = 2 * np.bitwise_count(self.letters.take(some) ^ typed.letters)
        differences += np.bitwise_count(self.pairs.take(some) ^ typed.pairs)
        return np.asarray(differences)

    def _with_like_letters(self, typed: Signature, enough: int) -> Places:
        """All words with few other letters, or simply all where these are not enough."""
        found = with_like_letters(typed, self.letters)
        return found if len(found) >= enough else np.arange(len(self.letters))


class ByLastLetter(Struct, frozen=True):
    """Words in the order of their last letter: the number and the letters of each.

    Those with one letter stand from its place in `starts` to the next one's.
    """

    numbers: Ints
    letters: Bits
    starts: Places

    @classmethod
    def of_words(cls, words: Sequence[str], letters: Bits) -> "ByLastLetter":
        keys = np.fromiter(map(_last_letter, words), np.uint8, len(words))
        numbers = np.argsort(keys, kind="stable").astype(np.uint32)
        ends = np.bincount(keys, minlength=_LAST_LETTERS).cumsum()
        return cls(numbers, letters[numbers], np.concatenate(([0], ends)))

    def with_like_letters(self, word: str, typed: Signature) -> Ints:
        """The numbers of the words with this one's last letter and few other letters."""
        key = _last_letter(word)
        some = slice(self.starts[key], self.starts[key + 1])
        return self.numbers[some].take(with_like_letters(typed, self.letters[some]))


def with_like_letters(typed: Signature, letters: Bits) -> Places:
    """Where in an array those stand who have few other letters than a typed word."""
    return np.flatnonzero(np.bitwise_count(letters ^ typed.letters) <= DIFFERENT_LETTERS)


class Letters(Struct, frozen=True):
    """The letters of some words, and how many each of them has."""

    bits: Bits
    counts: Counts

    @classmethod
    def of(cls, bits: Bits) -> "Letters":
        return cls(bits, np.bitwise_count(bits))

    def take(self, words: NDArray[np.uint32]) -> "Letters":
        return Letters(self.bits.take(words), self.counts.take(words))

    def guesses(self, word: str) -> Floats:
        """How alike a word and these may be of which only the letters are known.

        About the mean of what `domain.likeness` says of words with as many letters in common.
        """
        typed = _letters(word)
        different = np.bitwise_count(self.bits ^ np.uint64(typed))
        return np.asarray(_guess(typed.bit_count()).take(different * _COUNTS + self.counts))


@lru_cache
def _guess(typed: int) -> Floats:
    """For each number of different letters and of the other word's: how alike they may be."""
    different, other = np.ogrid[: int(_COUNTS), : int(_COUNTS)]
    share = np.minimum(different / np.maximum(typed + other, 1), 1)
    return np.asarray(GUESSED * np.square(1 - share), np.float32).ravel()


def _last_letter(word: str) -> int:
    return ord(word[-1]) % _LAST_LETTERS


def _letter_codes(words: Sequence[str]) -> tuple[NDArray[np.uint32], Places]:
    """The letters of all the words, a space before and behind each, and where the spaces stand."""
    codes = np.frombuffer(f" {' '.join(words)} ".encode("utf-32-le"), np.uint32)
    return codes, np.flatnonzero(codes == ord(" "))


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        # Latin letters have a bit each.
        bit = 1 << (ord(letter) & 31)
        bits |= bit << 32 if bits & bit else bit
    return bits


def _letters_of_each(codes: NDArray[np.uint32], spaces: Places) -> Bits:
    """`_letters` of each word."""
    owners = np.repeat(np.arange(len(spaces) - 1, dtype=np.uint64), np.diff(spaces))
    letters = np.delete(owners << np.uint64(5) | codes[:-1] & np.uint32(31), spaces[:-1])
    letters.sort()
    again = np.zeros(len(letters), np.bool_)
    again[1:] = letters[1:] == letters[:-1]
    bits = np.uint64(1) << (letters & np.uint64(31)) + np.uint64(32) * again
    found = np.zeros(len(spaces) - 1, np.uint64)
    np.bitwise_or.at(found, letters >> np.uint64(5), bits)
    return found


def _pairs(word: str) -> int:
    bits = 0
    for letter, other in pairwise(f" {word} "):
        bits |= 1 << ((ord(letter) * 31 + ord(other)) * _MULTIPLIER >> 16 & 63)
    return bits


def _pairs_of_each(codes: NDArray[np.uint32], spaces: Places) -> Bits:
    """`_pairs` of each word."""
    letters = codes.astype(np.uint64)
    pairs = (letters[:-1] * np.uint64(31) + letters[1:]) * np.uint64(_MULTIPLIER)
    bits = np.uint64(1) << (pairs >> np.uint64(16) & np.uint64(63))
    return np.bitwise_or.reduceat(bits, spaces[:-1])
