"""Grams: texts that share most pieces."""

import numpy as np

from chalicelib.search.arrays import Ints
from chalicelib.search.grams import Grams

ALIKE = ["qxy222", "qxy111", *(f"{letter}111" for letter in "abcdefgh"), "mn", "mno", "lmn"]


def nearest(text: str, budget: int, wanted: Ints | None = None) -> list[int]:
    everybody = np.ones(len(ALIKE), np.bool_)
    if wanted is not None:
        everybody[:] = False
        everybody[wanted] = True
    found = Grams.of_texts(ALIKE).nearest(text, 1, budget, everybody.take)
    return [int(number) for number in found]


def test_pieces_beyond_the_budget_decide_among_the_few_that_are_left() -> None:
    # Within it are only pieces that both have; the larger number has more of the others.
    assert nearest("qxy9111", budget=2) == [1]
    assert nearest("qxy9222", budget=2) == [0]


def test_nobody_is_kept_out_by_those_who_are_not_wanted() -> None:
    assert nearest("qxy222", 100, np.array([5], np.uint32)) == []
    assert nearest("a111", 100, np.array([5], np.uint32)) == [5]


def test_a_text_without_a_known_piece_is_near_none() -> None:
    assert nearest("zzz", budget=100) == []


def test_what_may_be_a_text_has_all_its_rarest_pieces() -> None:
    grams = Grams.of_texts(ALIKE)
    assert grams.maybe("qxy222").tolist() == [0]
    assert grams.maybe("c111").tolist() == [4]
    # Each of its two pieces another one has too.
    assert grams.maybe("mn").tolist() == [10]
    assert grams.maybe("qxy333").tolist() == []
