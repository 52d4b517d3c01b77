"""Scores: what `domain.matching` says of many customers at once, as arrays.

They are the same numbers to the last bit, so that it shows in no hit which of the two said them.
"""

from collections.abc import Sequence
from itertools import chain
from operator import add

import numpy as np
from rapidfuzz.distance import Indel

from chalicelib.domain.folding import without_spaces
from chalicelib.domain.likeness import (
    aligned,
    average,
    dobs_like,
    least_same_letters,
    least_whole_name,
)
from chalicelib.domain.matching import Scorer, birth_similarity, births_alike
from chalicelib.domain.query import Query, Word
from chalicelib.domain.searchable import is_number_in
from chalicelib.search.arrays import Flags, Floats
from chalicelib.search.customers import Customers
from chalicelib.search.similarities import (
    each_with_each,
    number_similarities,
    spelled_similarities,
)


def scores(scorer: Scorer, customers: Customers) -> Floats:
    """The score of each; infinity for whom something else may decide it."""
    query = scorer.query
    similarities = {}
    if query.words:
        similarities["names"] = _whole_names(scorer, customers)
    if query.surname:
        similarities["surname"] = _names(query.surname, customers.surnames)
    if query.name:
        similarities["name"] = _names(query.name, customers.names)
    if query.dob or query.day:
        similarities["dob"] = _births(query, customers.dobs)
    if query.numbers:
        similarities["document_number"] = _numbers(query, customers)
    found = np.where(_have_more(query, customers), np.inf, scorer.weighted(similarities))
    return np.maximum(found, scores(scorer.of_number, customers)) if scorer.of_number else found


def _have_more(query: Query, customers: Customers) -> Flags:
    """For each whether a dynamic field, or a number in a name, may decide the score."""
    have_more = np.zeros(len(customers), np.bool_)
    if query.fields:
        extras = customers.extras
        have_more |= [bool(extra) and not query.fields.isdisjoint(dict(extra)) for extra in extras]
    if query.number:
        called = zip(customers.surnames, customers.names, strict=True)
        have_more |= [is_number_in(surname, name) for surname, name in called]
    return have_more


def _whole_names(scorer: Scorer, customers: Customers) -> Floats:
    """`Scorer.whole_name` of each as if none had dynamic fields; the scorer remembers it."""
    called = [*zip(customers.surnames, customers.names, strict=True)]
    # Many share a name.
    names = [*dict.fromkeys(called)]
    typed, own = _sides(scorer.query.words, names)
    whole = _joined_names(scorer, names)
    alike = np.maximum((aligned(typed, own) + whole) / 2, least_same_letters(whole))
    alike = np.maximum(alike, least_whole_name(typed, np.minimum))
    known = dict(zip(names, alike.tolist(), strict=True))
    scorer.know(known)
    return np.array([*map(known.__getitem__, called)])


def _names(typed: Sequence[Word], names: Sequence[str]) -> Floats:
    """`likeness.Alignment.similarity` of each of many surnames, or given names."""
    return np.asarray(aligned(*_sides(typed, [(name,) for name in names])))


def _sides(typed: Sequence[Word], names: Sequence[Sequence[str]]) -> tuple[Floats, Floats]:
    """`likeness.Alignment.sides` of many people, each with some of their names."""
    # No word at all is like an empty one: not at all.
    own = [" ".join(some).split() or [""] for some in names]
    words = [*chain.from_iterable(own)]
    # As `likeness.together`, but it has to be known whose each is.
    spaced = [(at, one) for at, some in enumerate(names) for one in some if " " in one]
    others = [without_spaces(one) for _, one in spaced]
    alike = spelled_similarities(typed, [*words, *others])
    of_names, of_others = alike[:, : len(words)], alike[:, len(words) :]

    counts = np.array([*map(len, own)])
    best = np.maximum.reduceat(of_names, counts.cumsum() - counts, axis=1)
    if others:
        np.maximum.at(best.T, [at for at, _ in spaced], of_others.T)

    of_typed = [len(word.text) for word in typed]
    from_query = sum(length * row for length, row in zip(of_typed, best, strict=True))
    lengths, owners = np.array([*map(len, words)]), np.arange(len(counts)).repeat(counts)
    # Other ways to add do so in another order, and the last bit differs.
    alike_lengths = np.bincount(owners, lengths * of_names.max(axis=0))
    from_names = alike_lengths / np.maximum(np.bincount(owners, lengths), 1)
    return np.asarray(from_query / sum(of_typed)), from_names


def _joined_names(scorer: Scorer, names: Sequence[tuple[str, str]]) -> Floats:
    surnames, given = zip(*names, strict=True)
    both = chain(map(add, surnames, given), map(add, given, surnames))
    # To take the spaces out of all at once is several times faster.
    joined = "\n".join(both).replace(" ", "").split("\n")
    alike = each_with_each(scorer.joined, joined, Indel.normalized_similarity)
    return np.asarray(alike.reshape(-1, len(names)).max(axis=0))


def _births(query: Query, dobs: Sequence[str]) -> Floats:
    """`Scorer.dob` of each."""
    days = [day for day in (query.dob, query.day) if day]
    alike = np.array([[dobs_like(day).get(dob, 0.0) for dob in dobs] for day in days])
    return np.asarray(alike.min(axis=0))


def _numbers(query: Query, customers: Customers) -> Floats:
    """`Scorer.number` of each."""
    typed = _typed_numbers(query, customers) if query.number else np.inf
    if not query.document_number:
        return np.asarray(typed)
    return np.minimum(number_similarities(query.document_number, customers.numbers), typed)


def _typed_numbers(query: Query, customers: Customers) -> Floats:
    as_one = _number(query.number, query, customers)
    if not query.parts:
        return as_one
    found = [_number(part, query, customers) for part in query.parts]
    return np.maximum(as_one, average([len(part) for part in query.parts], found))


def _number(typed: str, query: Query, customers: Customers) -> Floats:
    births = births_alike(query, typed)
    of_births = [birth_similarity(dob, births) for dob in customers.dobs] if births else 0.0
    return np.maximum(of_births, number_similarities(typed, customers.numbers))
