"""Matching: how alike a query and a customer are."""

import pytest

from chalicelib.domain.folding import fold, fold_number
from chalicelib.domain.matching import Searchable, is_exact, score, searchable
from chalicelib.domain.query import parse_query

ANNA = searchable("Müller", "Anna Lena", "1980-01-31", "X-94 678")


def points(text: str, customer: Searchable = ANNA) -> float:
    return score(parse_query(text), customer).value


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Müller", "muller"),
        ("MULLER", "muller"),
        ("Mu\u0308ller", "muller"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("Straße", "strasse"),
        ("Đorđe", "dorde"),
        ("D\u0131van İnan", "divan inan"),
        ("Æbleskov", "aebleskov"),
        ("O'Neill-Smith", "o neill smith"),
        ("  a_b  ", "a b"),
        ("Ольга", "ольга"),
        ("...", ""),
    ],
)
def test_folding_drops_case_accents_and_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_a_number_is_folded_without_spaces() -> None:
    assert fold_number(" X-94 678/b ") == "x94678b"


@pytest.mark.parametrize(
    ("text", "dob"),
    [
        ("Meyer 1980-01-31", "1980-01-31"),
        ("31.01.1980 Meyer", "1980-01-31"),
        ("Meyer 1/2/1980", "1980-02-01"),
        ("Meyer", ""),
    ],
)
def test_a_date_is_found_in_a_query(text: str, dob: str) -> None:
    query = parse_query(text)
    assert query.day == dob
    assert [word.text for word in query.words] == ["meyer"]
    assert query.number == ""


def test_words_with_digits_are_a_document_number() -> None:
    query = parse_query("Anna X94 678 Müller")
    assert [word.text for word in query.words] == ["anna", "muller"]
    assert query.number == "x94678"


def test_the_same_customer_scores_most() -> None:
    assert points("Müller Anna Lena 1980-01-31 X94678") == pytest.approx(1.0)
    assert points("X94678") == pytest.approx(1.0)
    assert points("31.01.1980") == pytest.approx(1.0)


def test_names_alone_never_reach_one() -> None:
    assert points("Müller Anna Lena") == pytest.approx(0.95)


def test_the_order_of_names_does_not_matter() -> None:
    assert points("Anna Lena Müller") == pytest.approx(points("Müller Anna Lena"))


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ("Muller Anna", "Miller Anna"),
        ("Mueller Anna", "Schmidt Anna"),
        ("Müler Anna", "Mahler Hanna"),
        ("Müller Anna 1980-01-31", "Müller Anna 1980-01-30"),
        ("Müller Anna 1980-01-30", "Müller Anna 1975-12-24"),
        ("X94678", "X94679"),
        ("X94679", "A11111"),
    ],
)
def test_what_is_more_alike_scores_more(nearer: str, farther: str) -> None:
    assert points(nearer) > points(farther)


def test_a_stranger_scores_little() -> None:
    assert points("Zbigniew Kowalczyk") < 0.3


def test_a_number_is_not_taken_for_a_longer_one() -> None:
    assert points("7") < 0.5


@pytest.mark.parametrize("text", ["Müller", "Anna 1980-01-31", "X94 31.01.1980 Mueller", "Lena X9"])
def test_the_parts_of_a_score_add_up_to_it(text: str) -> None:
    scored = score(parse_query(text), ANNA)
    assert sum(part.points for part in scored.explanation) == pytest.approx(scored.value)
    assert 0 <= scored.value <= 1


def test_a_score_names_the_features_that_the_query_speaks_of() -> None:
    features = [part.feature for part in score(parse_query("Anna 1980-01-31"), ANNA).explanation]
    assert features == ["names", "dob"]


@pytest.mark.parametrize("text", ["", "...", "李", "🙂"])
def test_a_query_of_nothing_finds_nobody(text: str) -> None:
    assert points(text) == 0


def test_a_customer_without_values_scores_nothing() -> None:
    nobody = searchable("", None, None, None)
    assert points("Müller 1980-01-31 X94678", nobody) == 0


@pytest.mark.parametrize(
    "text",
    [
        "müller",
        "ANNA LENA",
        "Muller Anna-Lena",
        "Anna Lena Müller",
        "x94678",
        "X-94-678",
        "1980-01-31",
        "19800131",
    ],
)
def test_equal_but_for_case_accents_and_punctuation_is_exact(text: str) -> None:
    assert is_exact(parse_query(text), ANNA)


@pytest.mark.parametrize("text", ["mulle", "Anna", "Lena Müller", "x9467", "198001", "", "-"])
def test_a_part_is_not_exact(text: str) -> None:
    assert not is_exact(parse_query(text), ANNA)


def test_nothing_is_not_exactly_equal_to_nothing() -> None:
    assert not is_exact(parse_query(" - "), searchable("", None, None, None))
