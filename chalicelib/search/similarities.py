"""Similarities: what `domain.likeness` says of each of some and each of many others, as arrays."""

from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cdist

from chalicelib.domain.likeness import (
    END_OF_NUMBER,
    RESPELLED,
    is_end,
    least_similarity,
    mean_squared,
    number_alike,
)
from chalicelib.domain.query import Word
from chalicelib.search.arrays import Floats


def spelled_similarities(typed: Sequence[Word], others: Sequence[str]) -> Floats:
    """`likeness.spelled_similarity` of each typed word, a row, and each of others."""
    spellings = [text for word in typed for text in (word.text, *word.spellings)]
    of_spellings = iter(_word_similarities(spellings, others))
    best = np.empty((len(typed), len(others)))
    for row, word in zip(best, typed, strict=True):
        row[:] = next(of_spellings)
        for _ in word.spellings:
            np.maximum(row, RESPELLED * next(of_spellings), out=row)
    return best


def number_similarities(typed: str, numbers: Sequence[str]) -> Floats:
    """How alike a typed number and each of many others are."""
    osa = each_with_each([typed], numbers, OSA.normalized_similarity)[0]
    found = np.asarray(number_alike(osa, np.minimum))
    # Hardly any number ends so: to look at all of them as one text is much faster.
    text = "\n".join(["", *numbers, ""])
    if f"\n{typed}" in text or f"{typed}\n" in text:
        ends = [is_end(typed, number) for number in numbers]
        np.maximum(found, END_OF_NUMBER, out=found, where=ends)
    return found


def _word_similarities(words: Sequence[str], others: Sequence[str]) -> Floats:
    jaro_winkler = each_with_each(words, others, JaroWinkler.similarity)
    osa = each_with_each(words, others, OSA.normalized_similarity)
    found: Floats = mean_squared(jaro_winkler, osa)
    # Hardly any is begun by a typed word, or is its initial: to look at all of them as one text is
    # faster. Each has both its ends, so that equal neighbours count as two.
    text = "\n" + "\n\n".join(others) + "\n"
    for row, word in zip(found, words, strict=True):
        begun = text.count(f"\n{word}") > text.count(f"\n{word}\n")
        if begun or f"\n{word[0]}\n" in text:
            np.maximum(row, [least_similarity(word, other) for other in others], out=row)
    return found


def each_with_each(
    typed: Sequence[str], others: Sequence[str], scorer: Callable[..., float]
) -> Floats:
    """What the scorer says of each that was typed, a row, and each of the others."""
    return cdist(typed, others, scorer=scorer, dtype=np.float64)
