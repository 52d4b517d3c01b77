"""Postings: for each key the numbers that have it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Numbers = NDArray[np.uint32]
Floats = NDArray[np.floating[Any]]


class Postings(Struct, frozen=True, dict=True):
    """Lists of ascending numbers, one a key (0, 1, 2 ...), end to end in one array."""

    numbers: Numbers
    ends: NDArray[np.int64]

    @classmethod
    def of_pairs(cls, keys: Numbers, numbers: Numbers, key_count: int) -> "Postings":
        """The lists that the pairs (key, number) make; a pair that comes again counts once."""
        pairs = keys.astype(np.uint64) << np.uint64(32) | numbers
        pairs.sort()
        if len(pairs):
            pairs = pairs[np.concatenate(([True], pairs[1:] != pairs[:-1]))]
        lengths = np.bincount((pairs >> np.uint64(32)).astype(np.int64), minlength=key_count)
        ends = np.concatenate(([0], np.cumsum(lengths)))
        return cls(pairs.astype(np.uint32), ends)

    @property
    def key_count(self) -> int:
        return len(self.ends) - 1

    def of(self, key: int) -> Numbers:
        return self.numbers[self.ends[key] : self.ends[key + 1]]

    def first_of(self, keys: Numbers, counts: NDArray[np.int64]) -> Numbers:
        """The first numbers of each of these keys, so many as are asked of each."""
        some = np.flatnonzero(counts)
        starts = self.ends[keys[some]]
        pairs = zip(starts.tolist(), (starts + counts[some]).tolist(), strict=True)
        return joined([self.numbers[start:end] for start, end in pairs])

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """How many numbers each key has."""
        return np.diff(self.ends)

    def pairs(self) -> tuple[Numbers, Numbers]:
        """Every key and number, in order."""
        return np.repeat(np.arange(self.key_count, dtype=np.uint32), self.lengths), self.numbers


def joined(lists: Sequence[Numbers]) -> Numbers:
    """The lists end to end."""
    return np.concatenate(lists) if lists else np.empty(0, np.uint32)


def contains(ascending: Numbers, wanted: Numbers) -> NDArray[np.bool_]:
    """For each of the wanted whether it is there."""
    if not len(ascending):
        return np.zeros(len(wanted), np.bool_)
    places = np.searchsorted(ascending, wanted)
    places[places == len(ascending)] = 0
    return np.asarray(ascending[places] == wanted)


def in_all(lists: Sequence[Numbers]) -> Numbers:
    """What is in each of these ascending lists, of which there is one at least."""
    found, *others = sorted(lists, key=len)
    for other in others:
        found = found.compress(contains(other, found))
    return found


def each_once(numbers: Numbers) -> Numbers:
    """The different ones, ascending. NumPy's own `unique` loads all of `numpy.ma`."""
    ascending = np.sort(numbers)
    return ascending.compress(_are_first(ascending))


def counted(ascending: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """The different ones, and how often each is there."""
    starts = np.flatnonzero(_are_first(ascending))
    return ascending.take(starts), np.diff(starts, append=len(ascending))


def _are_first(ascending: Numbers) -> NDArray[np.bool_]:
    """For each number whether it differs from the one before."""
    are_first = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=are_first[1:])
    return are_first
