"""What is done with arrays of numbers: of rows, of words, of texts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.uint32]
# For each row whether something is so.
Flags = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]


def joined(lists: Sequence[Ints]) -> Ints:
    """The lists end to end."""
    return np.concatenate(lists) if lists else np.empty(0, np.uint32)


def end_to_end(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places in an array that several pieces of it take, from their starts and lengths."""
    if not len(starts):
        return starts
    behind = lengths.cumsum()
    return np.asarray(np.repeat(starts + lengths - behind, lengths) + np.arange(behind[-1]))


def contains(ascending: Ints, wanted: Ints) -> Flags:
    """For each of the wanted whether it is there."""
    if not len(ascending):
        return np.zeros(len(wanted), np.bool_)
    places = np.searchsorted(ascending, wanted)
    places[places == len(ascending)] = 0
    return np.asarray(ascending[places] == wanted)


def in_all(lists: Sequence[Ints]) -> Ints:
    """What is in each of these ascending lists, of which there is one at least."""
    found, *others = sorted(lists, key=len)
    for other in others:
        found = found.compress(contains(other, found))
    return found


def in_any(lists: Sequence[Ints]) -> Ints:
    """What is in any of these lists, none of which has anything twice; ascending if they are."""
    some = [one for one in lists if len(one)]
    return some[0] if len(some) == 1 else each_once(joined(some))


def each_once(numbers: Ints) -> Ints:
    """The different ones, ascending. NumPy's own `unique` loads all of `numpy.ma`."""
    ascending = np.sort(numbers)
    return ascending.compress(_are_first(ascending))


def counted(ascending: Ints) -> tuple[Ints, NDArray[np.int64]]:
    """The different ones, and how often each is there."""
    starts = np.flatnonzero(_are_first(ascending))
    return ascending.take(starts), np.diff(starts, append=len(ascending))


def _are_first(ascending: Ints) -> Flags:
    """For each number whether it differs from the one before."""
    are_first = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=are_first[1:])
    return are_first


def largest(values: NDArray[np.float32], numbers: Ints, keep: int) -> NDArray[np.int64]:
    """Where the `keep` largest values are, in no order; none may be negative.

    Of equal ones those with the smallest numbers.
    """
    if len(values) <= keep:
        return np.arange(len(values))
    # The bits of such numbers are in their order.
    first_the_large = (~values.view(np.uint32)).astype(np.uint64) << np.uint64(32)
    return np.argpartition(first_the_large | numbers, keep)[:keep]
