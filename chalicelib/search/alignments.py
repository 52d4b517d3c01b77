"""Alignments: about what `domain.matching.Alignment` says of thousands of customers' names.

About, because a typed word was compared with the few that are near it. Who is found so is scored.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.domain.matching import aligned
from chalicelib.domain.query import Word
from chalicelib.search.postings import Floats, Numbers
from chalicelib.search.signatures import Letters
from chalicelib.search.vocabulary import Near


class Called(Struct, frozen=True):
    """The words of some customers, by number; the largest number stands for none.

    `names` has a row for each word of a name and a column for each customer; `others` what else a
    typed word may be, of those who have any: `with_others` says where they stand. `lengths` are the
    letters of each word.
    """

    names: Numbers
    others: Numbers
    with_others: NDArray[np.int64]
    lengths: Floats

    @classmethod
    def of_tables(cls, names: Numbers, others: Numbers, rows: Numbers, lengths: Floats) -> "Called":
        """Those of some rows of tables with a row for each customer."""
        others_of_all = _taken(others, rows)
        there = np.flatnonzero(others_of_all[0] != len(lengths) - 1)
        return cls(_taken(names, rows), others_of_all.take(there, axis=1), there, lengths)

    def __len__(self) -> int:
        return int(self.names.shape[1])

    def only(self, wanted: NDArray[np.bool_]) -> "Called":
        """The same without the words of names for which `wanted` is false."""
        names = np.where(wanted, self.names, np.uint32(len(self.lengths) - 1))
        return Called(names, self.others, self.with_others, self.lengths)


def alignments(
    words: Sequence[Word],
    near: Mapping[Word, Near],
    called: Called,
    letters: Letters | None = None,
) -> Floats:
    """How well the typed words and each customer's names align.

    `near` has an entry for each of the words. How alike others are to it is guessed from the
    `letters` of each word, or else they are not alike.
    """
    if not words:
        return np.zeros(len(called), np.float32)
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
    from_customer = best.sum(axis=0) / np.maximum(lengths.sum(axis=0), 1)
    from_query /= sum(len(word.text) for word in words)
    return np.asarray(aligned(from_query, from_customer))


def _taken(table: Numbers, rows: Numbers) -> Numbers:
    """Some rows of a table of four or two columns, as columns."""
    # A row is taken as one number of its size: several times faster than row by row.
    whole = np.complex128 if table.shape[1] == 4 else np.uint64
    taken = table.view(whole).ravel().take(rows).view(np.uint32)
    return np.ascontiguousarray(taken.reshape(-1, table.shape[1]).T)
