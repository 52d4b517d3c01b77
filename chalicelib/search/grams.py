"""Grams: texts by their short pieces, to find those that are written alike.

A text is padded with a space at both ends and cut into overlapping pieces of two or three letters.
Texts that share many pieces are alike (Ukkonen, 1992). Pieces are hashed into buckets: two that
meet in one bucket only make a text look a little more alike than it is.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.search.postings import Numbers, Postings

BUCKET_BITS = 16
BUCKETS = 1 << BUCKET_BITS
_MULTIPLIER = np.uint32(0x9E3779B1)


class Grams(Struct, frozen=True):
    """An index of texts, numbered in their order, by pieces of `size` letters."""

    size: int
    postings: Postings
    counts: NDArray[np.uint8]

    @classmethod
    def of_texts(cls, texts: Sequence[str], size: int) -> "Grams":
        buckets, owners = _pieces(texts, size)
        return cls.of_pieces(buckets, owners, len(texts), size)

    @classmethod
    def of_pieces(cls, buckets: Numbers, owners: Numbers, count: int, size: int) -> "Grams":
        postings = Postings.of_pairs(buckets, owners, BUCKETS)
        counts = np.bincount(postings.numbers, minlength=count)
        return cls(size, postings, np.minimum(counts, 255).astype(np.uint8))

    def nearest(
        self, text: str, keep: int, budget: int, rank: Callable[[Numbers], Numbers] | None = None
    ) -> Numbers:
        """The texts that share most with this one (Dice's coefficient), at most `keep`.

        Of equal ones those with the smallest `rank`, or the first.
        Rare pieces are looked at first, and no more than `budget` postings are read, so that a
        piece that everybody has costs nothing where others decide.
        """
        buckets = set(_pieces([text], self.size)[0].tolist())
        lists = sorted((one for one in map(self.postings.of, buckets) if len(one)), key=len)
        if not lists:
            return np.empty(0, np.uint32)
        read = max(1, sum(total <= budget for total in accumulate(map(len, lists))))
        counted = np.bincount(np.concatenate(lists[:read]), minlength=len(self.counts))
        shared = counted.astype(np.uint8)
        found = _most(shared, 8 * keep)
        count = shared.take(found).astype(np.float32)
        # The pieces that everybody has decide among the few that are left.
        for one in lists[read:]:
            count += _contains(one, found)
        dice = 2 * count / (self.counts.take(found) + np.float32(len(buckets)))
        if len(found) <= keep:
            return found
        ranks = found if rank is None else rank(found)
        return found.take(np.lexsort((ranks, -dice))[:keep])


def _most(shared: NDArray[np.uint8], enough: int) -> Numbers:
    """Where the largest counts are: all down to the one with which there are enough."""
    least = int(shared.max(initial=1))
    while least > 1 and np.count_nonzero(shared >= least) < enough:
        least -= 1
    return np.flatnonzero(shared >= least).astype(np.uint32)


def _contains(ascending: Numbers, wanted: Numbers) -> NDArray[np.bool_]:
    places = np.searchsorted(ascending, wanted)
    places[places == len(ascending)] = 0
    return np.asarray(ascending[places] == wanted)


def _pieces(texts: Sequence[str], size: int) -> tuple[Numbers, Numbers]:
    """The bucket of every piece, and which text it is of."""
    letters = np.frombuffer(f" {'  '.join(texts)} ".encode("utf-32-le"), np.uint32)
    owners = np.repeat(
        np.arange(len(texts), dtype=np.uint32), np.array([len(text) + 2 for text in texts], int)
    )
    pieces = letters.copy()
    for shift in range(1, size):
        pieces = pieces[:-1] * _MULTIPLIER + letters[shift:]
    buckets = (pieces * _MULTIPLIER) >> np.uint32(32 - BUCKET_BITS)
    whole = owners[: len(buckets)] == owners[size - 1 :]
    return buckets[whole], owners[: len(buckets)][whole]
