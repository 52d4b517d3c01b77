"""What is found in an exact search."""

import pytest

from chalicelib.domain.equality import Equality
from chalicelib.domain.query import parse_query
from chalicelib.domain.searchable import searchable

ANNA = searchable("Müller", "Anna Lena", "1980-01-31", "X-94 678")
FROM_KIEL = searchable("Meyer", "Otto", None, None, [("city", "Kiel"), ("card", "K-77 123")])


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
    assert Equality(parse_query(text)).accepts(ANNA)


@pytest.mark.parametrize(
    "text",
    [
        "Müller Anna Lena 1980-01-31",
        "x94678 anna lena muller",
        "Müller 31.1.1980",
        "Anna Lena 31011980",
        "31.1.1980 X-94 678",
        "Müller X94678 31.1.1980",
        "X94678 31011980",
        "Müller 31011980 X94678",
        "Müller X 94678 31011980",
        "31011980 X 94678",
    ],
)
def test_names_a_date_and_a_number_are_each_equal_to_a_value(text: str) -> None:
    assert Equality(parse_query(text)).accepts(ANNA)


@pytest.mark.parametrize(
    "text",
    [
        "Müller 1980-01-30",
        "Anna 1980-01-31",
        "Müller X9467",
        "Meyer X94678 1980-01-31",
        "31011980 X9",
    ],
)
def test_one_part_that_is_another_is_enough_not_to_be_exact(text: str) -> None:
    assert not Equality(parse_query(text)).accepts(ANNA)


@pytest.mark.parametrize("text", ["Agent47 1980-01-31", "james agent47 31.1.1980", "Agent-47"])
def test_who_is_called_a_number_is_equal_with_a_date_too(text: str) -> None:
    assert Equality(parse_query(text)).accepts(searchable("Agent47", "James", "1980-01-31", None))


@pytest.mark.parametrize("text", ["Müller 31011980", "31011980", "Müller 31.1.1980 31011980"])
def test_a_birthday_is_equal_however_often_it_is_said(text: str) -> None:
    query = parse_query(text, dob="1980-01-31")
    assert Equality(query).accepts(ANNA)
    assert not Equality(query).accepts(searchable("Müller", "Anna Lena", "1980-01-30", None))


def test_of_more_numbers_than_are_kept_apart_none_is_passed_over() -> None:
    nine = " ".join(["X94678"] * 8 + ["Z1"])
    assert not Equality(parse_query(f"Müller {nine}")).accepts(ANNA)


def test_a_part_may_be_a_dynamic_field() -> None:
    member = searchable("Meyer", "Otto", None, None, [("since", "2020-05-06"), ("card", "K-77 1")])
    for text in ("Meyer 6.5.2020", "Otto Meyer K-771", "K-77 1 2020-05-06"):
        assert Equality(parse_query(text, fields=["since", "card"])).accepts(member)
        assert not Equality(parse_query(text)).accepts(member)


def test_a_part_without_digits_may_be_a_dynamic_field() -> None:
    mail = [("email", "otto.meyer@example.org")]
    member = searchable("Meyer", "Otto", "1980-01-31", "X94678", mail)
    for text in ("otto.meyer@example.org 31.1.1980", "X94678 Otto.Meyer@example.org"):
        assert Equality(parse_query(text, fields=["email"])).accepts(member)
        assert not Equality(parse_query(text)).accepts(member)
    assert not Equality(parse_query("otto@example.org 31.1.1980", fields=["email"])).accepts(member)


@pytest.mark.parametrize("text", ["obrien", "O'Brien", "o brien", "SEAN OBRIEN", "O-Brien Se'an"])
@pytest.mark.parametrize("surname", ["O'Brien", "Obrien", "O Brien"])
def test_spaces_and_punctuation_within_a_name_do_not_count(surname: str, text: str) -> None:
    sean = searchable(surname, "Sean", None, None)
    assert Equality(parse_query(text)).accepts(sean)
    assert Equality(parse_query("", surname="O-Brien")).accepts(sean)


@pytest.mark.parametrize("text", ["mulle", "Anna", "Lena Müller", "x9467", "198001", "", "-"])
def test_a_part_is_not_exact(text: str) -> None:
    assert not Equality(parse_query(text)).accepts(ANNA)


def test_nothing_is_not_exactly_equal_to_nothing() -> None:
    assert not Equality(parse_query(" - ")).accepts(searchable("", None, None, None))


@pytest.mark.parametrize("text", ["Kiel", "KIEL", "K77123", "K-77 123"])
def test_a_dynamic_field_is_equal_only_when_it_is_searched(text: str) -> None:
    assert Equality(parse_query(text, fields=["city", "card"])).accepts(FROM_KIEL)
    assert not Equality(parse_query(text, fields=["another"])).accepts(FROM_KIEL)
    assert not Equality(parse_query(text)).accepts(FROM_KIEL)


@pytest.mark.parametrize(
    ("asked", "equal"),
    [
        ({"surname": "MULLER"}, True),
        ({"surname": "Muller", "name": "anna-lena"}, True),
        ({"dob": "1980-01-31", "document_number": "x94678"}, True),
        ({"surname": "Mueller"}, False),
        ({"surname": "Anna Lena"}, False),
        ({"name": "Anna"}, False),
        ({"surname": "Müller", "name": "Lena Anna"}, False),
        ({"dob": "1980-01-30"}, False),
        ({"document_number": "X9467"}, False),
        ({}, False),
    ],
)
def test_what_was_asked_of_a_value_is_exact_when_it_is_equal(
    asked: dict[str, str], equal: bool
) -> None:
    assert Equality(parse_query("", **asked)).accepts(ANNA) is equal
    assert Equality(parse_query("müller", **asked)).accepts(ANNA) is (equal or not asked)
    assert not Equality(parse_query("Meyer", **asked)).accepts(ANNA)
