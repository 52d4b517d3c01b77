"""Texts: many of them, numbered in their order, end to end in one array."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.search.arrays import end_to_end

# Behind each text; no folded text has it.
END = "\n"
# Of so many texts at once the letters are moved: the place of each takes eight bytes.
_PIECE = 10_000


class Texts(Struct, frozen=True):
    """UTF-8. Text 0 stands in `letters` from `ends[0]`, which is 0, to `ends[1]`."""

    letters: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Texts":
        raw = [(text + END).encode() for text in texts]
        ends = np.cumsum([0, *map(len, raw)], dtype=np.int64)
        return cls(np.frombuffer(b"".join(raw), np.uint8), ends)

    @classmethod
    def joined(cls, parts: Sequence["Texts"]) -> "Texts":
        """The texts of all the parts."""
        lengths = np.concatenate([np.diff(part.ends) for part in parts])
        return cls(np.concatenate([part.letters for part in parts]), _ends(lengths))

    def in_order(self, numbers: NDArray[np.int64]) -> "Texts":
        """The same texts; the one that had the number `numbers[0]` is text 0 now."""
        ends = _ends(np.diff(self.ends)[numbers])
        letters = np.empty_like(self.letters)
        for first in range(0, len(numbers), _PIECE):
            some = numbers[first : first + _PIECE]
            letters[ends[first] : ends[first + len(some)]] = self._letters_of(some)
        return Texts(letters, ends)

    def only(self, wanted: NDArray[np.bool_]) -> "Texts":
        """The texts for which `wanted` is true."""
        lengths = np.diff(self.ends)
        return Texts(self.letters[np.repeat(wanted, lengths)], _ends(lengths[wanted]))

    def some(self, numbers: NDArray[np.uint32]) -> list[str]:
        """Several of them. One that has END inside comes as the parts that this makes."""
        if not len(numbers):
            return []
        return self._letters_of(numbers).tobytes().decode().removesuffix(END).split(END)

    def _letters_of(self, numbers: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        starts = self.ends.take(numbers)
        lengths = self.ends.take(numbers + 1) - starts
        return self.letters.take(end_to_end(starts, lengths))

    def number_at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which texts the letters at these places are of."""
        return np.searchsorted(self.ends, places, side="right") - 1


def _ends(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
