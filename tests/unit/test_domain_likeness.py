"""How alike two values are, whoever's they are."""

from chalicelib.domain.likeness import (
    ONE_EDIT,
    added,
    dob_similarity,
    number_similarity,
    spelled_similarity,
    word_similarity,
)
from chalicelib.domain.query import Word


def test_an_initial_scores_less_than_the_name_and_more_than_another_letter() -> None:
    for word, other in (("a", "anna"), ("anna", "a")):
        assert 0.5 < word_similarity(word, other) < 1
    assert word_similarity("b", "anna") <= word_similarity("a", "berta") < 0.5


def test_the_more_of_a_name_is_typed_the_more_alike_it_is() -> None:
    typed = ["c", "ch", "chri", "christ", "christo", "christophe", "christopher"]
    alike = [word_similarity(word, "christopher") for word in typed]
    assert alike == sorted(alike)
    assert alike[0] > word_similarity("cr", "christopher")


def test_a_name_is_not_the_beginning_of_a_shorter_one() -> None:
    assert word_similarity("christopher", "chris") < word_similarity("chris", "christopher")


def test_another_spelling_is_a_little_less_alike_than_the_typed_one() -> None:
    typed = Word("muller", ("mueller",))
    plain, respelled, other = (
        spelled_similarity(typed, w) for w in ("muller", "mueller", "miller")
    )
    assert plain == 1 > respelled > other


def test_a_date_with_the_month_first_is_one_edit_away() -> None:
    assert dob_similarity("1984-04-03", "1984-03-04") == ONE_EDIT
    assert dob_similarity("1984-04-03", "1985-03-04") == 0


def test_the_end_of_a_number_is_more_alike_than_its_digits_scattered() -> None:
    assert number_similarity("3204", "rr34513204") > number_similarity("320456", "302561504")
    assert number_similarity("rr3451", "rr34513204") > number_similarity("343204", "rr34513204")
    assert number_similarity("3204", "rr34513204") < number_similarity("rr34513205", "rr34513204")


def test_three_characters_of_a_number_tell_little() -> None:
    assert number_similarity("204", "rr34513204") < 0.5


def test_the_more_of_a_number_is_typed_the_more_alike_it_is() -> None:
    number = "rr34513204"
    for typed in (number[:end] for end in range(1, 11)), (number[-n:] for n in range(1, 11)):
        alike = [number_similarity(text, number) for text in typed]
        assert alike == sorted(alike)


def test_parts_are_added_one_after_the_other_on_every_python() -> None:
    # A more exact sum, as Python's own from 3.12 on, would not be what arrays add up to.
    assert added([1e16, 1.0, -1e16]) == 0
