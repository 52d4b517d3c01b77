"""Grams: texts by their short pieces, to find those that are written alike.

A text is padded with a space at both ends and cut into overlapping pieces of three letters. Texts
that share many pieces are alike (Ukkonen, 1992). Pieces are hashed into buckets: two that
meet in one bucket only make a text look a little more alike than it is.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.search.arrays import Ints, contains, counted, in_all, largest
from chalicelib.search.postings import Postings

SIZE = 3
BUCKET_BITS = 16
BUCKETS = 1 << BUCKET_BITS
# The pieces of a text are counted in a byte.
LONGEST = 250
# Hardly anything else has so many of a text's pieces, and to look for all takes longer.
TELLING_PIECES = 3
_MULTIPLIER = np.uint32(0x9E3779B1)


class Grams(Struct, frozen=True):
    """An index of texts, numbered in their order. `counts` are the pieces of each."""

    postings: Postings
    counts: NDArray[np.uint8]

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> "Grams":
        return cls.of_pieces(*_pieces(texts), len(texts))

    @classmethod
    def of_pieces(cls, buckets: Ints, owners: Ints, count: int) -> "Grams":
        postings = Postings.of_pairs(buckets, owners, BUCKETS)
        counts = np.bincount(postings.numbers, minlength=count)
        return cls(postings, np.minimum(counts, 255).astype(np.uint8))

    def nearest(
        self, text: str, keep: int, budget: int, are_wanted: Callable[[Ints], NDArray[np.bool_]]
    ) -> Ints:
        """The wanted texts that share most with this one (Dice's coefficient), at most `keep`.

        Of equal ones the first. Rare pieces are looked at first, and no more than `budget` postings
        are read, so that a piece that everybody has costs nothing where others decide.
        """
        buckets = _buckets(text[:LONGEST])
        lists = sorted((one for one in map(self.postings.of, buckets) if len(one)), key=len)
        if not lists:
            return np.empty(0, np.uint32)
        read = max(1, sum(total <= budget for total in accumulate(map(len, lists))))
        numbers = np.sort(np.concatenate(lists[:read]))
        found, shared = _most_often(numbers, keep)
        are_there = are_wanted(found)
        if 2 * np.count_nonzero(are_there) < len(found):
            # More than half are not wanted, and may have taken the places of others. It takes a
            # while to ask of all.
            found, shared = _most_often(numbers.compress(are_wanted(numbers)), keep)
            are_there = are_wanted(found)
        found = found.compress(are_there)
        count = shared.compress(are_there).astype(np.float32)
        # The pieces that everybody has decide among the few that are left.
        for one in lists[read:]:
            count += contains(one, found)
        dice = 2 * count / (self.counts.take(found) + np.float32(len(buckets)))
        return found.take(largest(dice, found, keep))

    def maybe(self, text: str) -> Ints:
        """The texts that may be this one, and few others: all that have its rarest pieces."""
        lists = sorted(map(self.postings.of, _buckets(text)), key=len)
        return in_all(lists[:TELLING_PIECES])


def _most_often(ascending: Ints, enough: int) -> tuple[Ints, NDArray[np.int64]]:
    """The numbers that are there most often, and how often each is.

    All down to those with the count with which there are enough.
    """
    # Most are there once, and hardly ever needed.
    found, counts = counted(ascending[1:].compress(ascending[1:] == ascending[:-1]))
    counts += 1
    if len(found) < enough:
        found, counts = counted(ascending)
    # How many have the largest count, that or the one below it, and so on.
    so_many = np.bincount(counts)[::-1].cumsum()
    least = len(so_many) - 1 - int(np.searchsorted(so_many, enough))
    most = np.flatnonzero(counts >= least)
    return found.take(most), counts.take(most)


def _buckets(text: str) -> set[int]:
    """The different pieces of one text."""
    return set(_pieces([text])[0].tolist())


def _pieces(texts: Sequence[str]) -> tuple[Ints, Ints]:
    """The bucket of every piece, and which text it is of."""
    letters = np.frombuffer(f" {'  '.join(texts)} ".encode("utf-32-le"), np.uint32)
    owners = np.repeat(
        np.arange(len(texts), dtype=np.uint32), np.array([len(text) + 2 for text in texts], int)
    )
    pieces = letters.copy()
    for shift in range(1, SIZE):
        pieces = pieces[:-1] * _MULTIPLIER + letters[shift:]
    buckets = (pieces * _MULTIPLIER) >> np.uint32(32 - BUCKET_BITS)
    whole = owners[: len(buckets)] == owners[SIZE - 1 :]
    return buckets[whole], owners[: len(buckets)][whole]
