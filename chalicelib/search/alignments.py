"""Alignments: about what `domain.likeness.Alignment` says of thousands of customers' names.

About, because a typed word was compared with the few that are near it. Who is found so is scored.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.domain.likeness import aligned
from chalicelib.domain.query import Word
from chalicelib.search.arrays import Floats, Ints
from chalicelib.search.signatures import Letters
from chalicelib.search.vocabulary import Near


class Called(Struct, frozen=True):
    """The words of some customers, by number; the largest number stands for none.

    `names` has a row for each word of a name and a column for each customer; `others` what else a
    typed word may be, of those who have any: `with_others` says where they stand. `lengths` are the
    letters of each word.
    """

    names: Ints
    others: Ints
    with_others: NDArray[np.int64]
    lengths: Floats

    @classmethod
    def of_rows(cls, words: Ints, names: int, rows: Ints, lengths: Floats) -> "Called":
        """Those of some rows of a table whose first columns, so many, are words of names."""
        columns = np.ascontiguousarray(words.take(rows, axis=0).T)
        others = columns[names:]
        there = np.flatnonzero(others[0] != len(lengths) - 1)
        return cls(columns[:names], others.take(there, axis=1), there, lengths)

    def __len__(self) -> int:
        return int(self.names.shape[1])

    def only(self, wanted: NDArray[np.bool_]) -> "Called":
        """The same without the words of names for which `wanted` is false."""
        names = np.where(wanted, self.names, np.uint32(len(self.lengths) - 1))
        return Called(names, self.others, self.with_others, self.lengths)


class Aligned(Struct, frozen=True):
    """How well the typed words and each customer's names align, from both sides.

    And how many letters were typed, and how many those names have.
    """

    from_query: Floats
    from_customer: Floats
    typed: int
    letters: Floats

    @property
    def similarities(self) -> Floats:
        """About `Alignment.similarity`."""
        return np.asarray(aligned(self.from_query, self.from_customer))

    @property
    def whole_names(self) -> Floats:
        """About `Scorer.whole_name`.

        The whole names have so many letters in common as are found on the side that has fewer.
        What is squared word by word is not in the whole name.
        """
        common = np.minimum(
            self.typed * np.sqrt(self.from_query), self.letters * np.sqrt(self.from_customer)
        )
        whole = 2 * common / np.maximum(self.typed + self.letters, 1)
        return np.asarray((self.similarities + whole) / 2)


def alignments(
    words: Sequence[Word],
    near: Mapping[Word, Near],
    called: Called,
    letters: Letters | None = None,
) -> Aligned:
    """How well the typed words and each customer's names align.

    `near` has an entry for each of the words. How alike others are to it is guessed from the
    `letters` of each word, or else they are not alike.
    """
    # Near an initial is every word that begins with it: there is nothing to guess.
    if all(len(word.text) == 1 for word in words):
        letters = None
    of_names = letters.take(called.names) if letters else None
    from_query = np.zeros(len(called), np.float32)
    best = np.zeros(called.names.shape, np.float32)
    for word in words:
        similarity = near[word].spread(len(called.lengths))
        alike = similarity.take(called.names)
        if of_names and len(word.text) > 1:
            np.maximum(alike, of_names.guesses(word.text), out=alike)
        np.maximum(best, alike, out=best)
        largest = alike.max(axis=0)
        if len(called.with_others):
            other = similarity.take(called.others).max(axis=0)
            largest[called.with_others] = np.maximum(largest.take(called.with_others), other)
        from_query += len(word.text) * largest
    lengths = called.lengths.take(called.names)
    best *= lengths
    of_customer = lengths.sum(axis=0)
    from_customer = best.sum(axis=0) / np.maximum(of_customer, 1)
    typed = sum(len(word.text) for word in words)
    return Aligned(from_query / max(typed, 1), from_customer, typed, of_customer)
