"""Candidates: the few customers of all segments who are worth scoring.

Each segment says who promises most, reckoned from words, births and numbers; of all of them
together those who promise most are scored. So it hardly matters for the hits in which segments the
customers lie, which differs between locations.
"""

from collections.abc import Sequence

import numpy as np

from chalicelib.domain.matching import Scorer
from chalicelib.search.arrays import Flags, Ints, in_any
from chalicelib.search.customers import Customers, Entry
from chalicelib.search.segment import Promising, Segment

# So many are kept of those who promise most by names and birth, and so many each by every word, by
# number and by a day that was typed as a number; and two more for each hit that is asked for.
BY_NAMES_KEPT = 60
BY_OTHERS_KEPT = 30


def candidates(
    scorer: Scorer, loose: Sequence[Entry], parts: Sequence[tuple[Segment, Flags]], limit: int
) -> Customers:
    """Who is worth scoring where the best `limit` are asked for.

    All who are `loose`, and the most promising of the live customers of each segment.
    """
    query = scorer.query
    names_kept, others_kept = BY_NAMES_KEPT + 2 * limit, BY_OTHERS_KEPT + 2 * limit
    by_names = [segment.by_names(scorer, live, names_kept) for segment, live in parts]
    by_words = [segment.by_words(query, live, others_kept) for segment, live in parts]
    by_number = [segment.by_number(query, live, others_kept) for segment, live in parts]
    by_birth = [segment.by_birth(query, live, others_kept) for segment, live in parts]
    found = [Customers.of(loose)]
    for (segment, _), *kept in zip(
        parts,
        _kept_of_all(by_names, names_kept),
        _kept_of_all(by_words, others_kept),
        _kept_of_all(by_number, others_kept),
        _kept_of_all(by_birth, others_kept),
        strict=True,
    ):
        found.append(segment.customers(in_any(kept)))
    return Customers.joined(found)


def _kept_of_all(found: Sequence[Promising], keep: int) -> list[Ints]:
    """Of each segment's rows those that are among the `keep` that promise most in all of them."""
    rows = [one.rows for one in found]
    if sum(map(len, rows)) <= keep:
        return rows
    ids = np.concatenate([one.ids for one in found])
    promises = np.concatenate([one.promises for one in found])
    is_best = np.zeros(len(ids), np.bool_)
    is_best[np.lexsort((ids, -promises))[:keep]] = True
    ends = np.cumsum([len(some) for some in rows])
    return [some[best] for some, best in zip(rows, np.split(is_best, ends), strict=False)]
