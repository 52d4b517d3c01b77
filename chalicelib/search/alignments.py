"""Alignments: what `domain.matching.Alignment` says of many customers' names, all at once."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.domain.query import Query
from chalicelib.search.postings import Numbers, each_once
from chalicelib.search.vocabulary import Floats, Near


class Called(Struct, frozen=True):
    """The words of some customers, by number; the largest number stands for none.

    `names` holds a column for each word of a name, `others` what else a typed word may be, of those
    who have any: `with_others` says where they stand. `lengths` are the letters of each word,
    `total` those of each customer's names.
    """

    names: Sequence[Numbers]
    others: Sequence[Numbers]
    with_others: NDArray[np.int64]
    lengths: Floats
    total: Floats

    @classmethod
    def of_tables(
        cls, names: Numbers, others: Numbers, rows: Numbers, lengths: Floats, total: Floats
    ) -> "Called":
        """Those of some rows of tables with a row for each customer."""
        columns = _taken(others, rows)
        there = np.flatnonzero(columns[0] != len(lengths) - 1)
        others_of_some = [column.take(there) for column in columns]
        return cls(_taken(names, rows), others_of_some, there, lengths, total.take(rows))

    def words(self) -> Numbers:
        """All of their words, ascending, each of them once."""
        words = each_once(np.concatenate((*self.names, *self.others)))
        return words[: np.searchsorted(words, len(self.lengths) - 1)]

    def among(self, words: Numbers) -> "Called":
        """The same where only these words, ascending, have numbers: 0, 1, 2 ..."""
        return Called(
            [np.searchsorted(words, column).astype(np.uint32) for column in self.names],
            [np.searchsorted(words, column).astype(np.uint32) for column in self.others],
            self.with_others,
            np.append(self.lengths[words], np.float32(0)),
            self.total,
        )


def alignments(query: Query, near: Sequence[Near], called: Called) -> Floats:
    """How well all words of the query and each customer's names align.

    `near` has an entry for each word of the query; words that it does not name are not alike.
    """
    if not near:
        return np.zeros(len(called.total), np.float32)
    typed_lengths = [len(word.text) for word in query.all_words]
    from_query = np.zeros(len(called.total), np.float32)
    matched = np.zeros_like(called.lengths)
    for length, one in zip(typed_lengths, near, strict=True):
        similarity = one.spread(len(called.lengths))
        largest = _largest(similarity, called.names)
        if len(called.with_others):
            other = _largest(similarity, called.others)
            largest[called.with_others] = np.maximum(largest.take(called.with_others), other)
        from_query += length * largest
        letters = one.values * called.lengths[one.words]
        matched[one.words] = np.maximum(matched[one.words], letters)
    from_customer = np.zeros(len(called.total), np.float32)
    for column in called.names:
        from_customer += matched.take(column)
    from_customer /= called.total
    return np.asarray((2 * from_query / sum(typed_lengths) + from_customer) / 3, np.float32)


def _taken(table: Numbers, rows: Numbers) -> Sequence[Numbers]:
    """The columns of some rows of a table of four or two."""
    # A row is taken as one number of its size: several times faster than row by row.
    whole = np.complex128 if table.shape[1] == 4 else np.uint64
    taken = table.view(whole).ravel().take(rows).view(np.uint32)
    return list(np.ascontiguousarray(taken.reshape(-1, table.shape[1]).T))


def _largest(similarity: Floats, columns: Sequence[Numbers]) -> Floats:
    largest = similarity.take(columns[0])
    for column in columns[1:]:
        np.maximum(largest, similarity.take(column), out=largest)
    return largest
