"""Hits: of some customers those that score best."""

from bisect import insort
from collections.abc import Callable
from math import isinf

import numpy as np

from chalicelib.domain.matching import Hit, Scorer
from chalicelib.domain.searchable import Searchable
from chalicelib.search.customers import Customers
from chalicelib.search.scores import scores


def best(
    scorer: Scorer,
    found: Customers,
    is_wanted: Callable[[Searchable], bool],
    limit: int,
    minimum: float = 0.0,
) -> list[Hit]:
    """The best wanted ones among these, none below `minimum`; equal ones in the order of id."""
    if not len(found):
        return []
    values = scores(scorer, found)
    at_most = values.tolist()
    hits: list[tuple[float, str, Searchable]] = []
    for at in np.argsort(-values).tolist():
        value, least = at_most[at], -hits[-1][0] if len(hits) == limit else minimum
        if value < least:
            break
        customer = found.at(at)
        if isinf(value):
            value = scorer.value(customer)
        if value >= least and is_wanted(customer):
            # Ids differ, so that customers themselves are never compared.
            insort(hits, (-value, found.ids[at], customer))
            del hits[limit:]
    return [Hit(record_id, scorer.score(customer)) for _, record_id, customer in hits]
