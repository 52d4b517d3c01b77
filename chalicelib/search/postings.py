"""Postings: for each key the numbers that have it."""

from functools import cached_property

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.search.arrays import Ints, end_to_end


class Postings(Struct, frozen=True, dict=True):
    """Lists of ascending numbers, one a key (0, 1, 2 ...), end to end in one array."""

    numbers: Ints
    ends: NDArray[np.int64]

    @classmethod
    def of_pairs(cls, keys: Ints, numbers: Ints, key_count: int) -> "Postings":
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

    def of(self, key: int) -> Ints:
        return self.numbers[self.ends[key] : self.ends[key + 1]]

    def first_of(self, keys: Ints, counts: NDArray[np.int64]) -> Ints:
        """The first numbers of each of these keys, so many as are asked of each."""
        return self.numbers.take(end_to_end(self.ends.take(keys), counts))

    def all_of(self, keys: Ints) -> Ints:
        """The numbers of each of these keys, end to end."""
        return self.first_of(keys, self.lengths.take(keys))

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """How many numbers each key has."""
        return np.diff(self.ends)

    def pairs(self) -> tuple[Ints, Ints]:
        """Every key and number, in order."""
        return np.repeat(np.arange(self.key_count, dtype=np.uint32), self.lengths), self.numbers
