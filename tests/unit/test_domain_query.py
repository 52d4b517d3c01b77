"""Queries: what an agent typed, taken apart."""

# ruff: noqa: RUF001 (digits of other scripts are on purpose)

import unicodedata

import pytest

from chalicelib.domain.query import MAX_WORDS, Query, days_in, parse_query, years_in_full


def words(query: Query) -> list[str]:
    return [word.text for word in query.words]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Meyer 1980-01-31", "1980-01-31"),
        ("31.01.1980 Meyer", "1980-01-31"),
        ("Meyer 1/2/1980", "1980-02-01"),
        ("1.2.1980 Meyer", "1980-02-01"),
        ("Meyer 1. 2. 1980", "1980-02-01"),
        ("1-2-1980 Meyer", "1980-02-01"),
        ("Meyer 1980-2-1", "1980-02-01"),
        ("Meyer 1980.2.1", "1980-02-01"),
        ("1980/02/01 Meyer", "1980-02-01"),
        ("1 2 1980 Meyer", "1980-02-01"),
        ("Meyer 1980 02 01", "1980-02-01"),
        ("1 Feb 1980 Meyer", "1980-02-01"),
        ("1 Sep 1980 Meyer", "1980-09-01"),
        ("1 Sept 1980 Meyer", "1980-09-01"),
        ("meyer 31 jan 1980", "1980-01-31"),
        ("Meyer 12/25/1980", "1980-12-25"),
        ("2-13-1980 Meyer", "1980-02-13"),
        ("Meyer 1 February 1980", "1980-02-01"),
        ("Meyer 1. September 1980", "1980-09-01"),
        ("Meyer 1 Sept. 1980", "1980-09-01"),
        ("Meyer 1-Feb-1980", "1980-02-01"),
        ("3rd march 1980 Meyer", "1980-03-03"),
        ("Feb 1, 1980 Meyer", "1980-02-01"),
        ("Meyer, February 1 1980", "1980-02-01"),
        ("JUNE 22nd, 1980 Meyer", "1980-06-22"),
        ("Meyer ١٩٨٠-٠١-٣١", "1980-01-31"),
        ("Meyer 1\u200b.2.1980", "1980-02-01"),
        ("Meyer", ""),
    ],
)
def test_a_date_is_found_in_a_query(text: str, day: str) -> None:
    query = parse_query(text)
    assert (query.day, query.days) == (day, (day,) if day else ())
    assert words(query) == ["meyer"]
    assert query.number == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("abc 661234", "abc661234"),
        ("723 456 XYZ", "723456xyz"),
        ("ŁD 660081", "ld660081"),
        ("ΑΒ 413920", "ab413920"),
        ("AB-C 512399", "abc512399"),
        ("no 4071 8823", "no40718823"),
        ("abc 661234 1.2.1980", "abc661234"),
    ],
)
def test_a_few_letters_may_be_of_the_number_too(text: str, number: str) -> None:
    query = parse_query(text).as_number()
    assert query is not None
    assert (query.number, query.words) == (number, ())


@pytest.mark.parametrize("text", ["Meyer 94678", "Anna Li 94678", "abc", "X 94678", "94678"])
def test_a_name_is_not_of_a_number(text: str) -> None:
    assert parse_query(text).as_number() is None


def test_what_is_asked_for_by_its_name_is_all_of_the_number() -> None:
    assert parse_query("li 94678", document_number="X94678").as_number() is None


@pytest.mark.parametrize(
    "text",
    [
        "1980-01",
        "30.02.80",
        "31.12-80",
        "01 02 80",
        "80.01.31-033.28",
        "05.06.07.08.09",
        "10.01.02.80",
        "1.2.801",
        "131.01.1980",
        "30.2.1980",
        "31.12-1980",
        "12 11 4711",
        "12 11 980",
        "12 34 1980",
        "1980-25-12",
        "2/30/1980",
    ],
)
def test_what_is_no_whole_date_is_a_number(text: str) -> None:
    query = parse_query(years_in_full(text, 2026))
    assert query.day == ""
    assert query.number == "".join(letter for letter in text if letter.isdigit())


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Meyer 31.01.80", "1980-01-31"),
        ("1/2/80 Meyer", "1980-02-01"),
        ("Meyer 1. 2. 80", "1980-02-01"),
        ("12-25-80 Meyer", "1980-12-25"),
        ("1-Feb-80, Meyer", "1980-02-01"),
        ("Meyer 1.2.26 1.2.2026", "2026-02-01"),
        ("Meyer 1.2.27", "1927-02-01"),
    ],
)
def test_a_year_of_two_digits_is_the_last_one_that_ends_so(text: str, day: str) -> None:
    query = parse_query(years_in_full(text, 2026))
    assert (query.day, query.number, words(query)) == (day, "", ["meyer"])


@pytest.mark.parametrize(
    ("text", "typed", "number"),
    [
        ("Anna X94 678 Müller", ["anna", "muller"], "x94678"),
        ("X-94 678", [], "x94678"),
        ("AB 123 456", [], "ab123456"),
        ("Müller AB 123 456", ["muller"], "ab123456"),
        ("123 456 AB", [], "123456ab"),
        ("X 94678", [], "x94678"),
        ("li 94678", ["li"], "94678"),
        ("Li 94678", ["li"], "94678"),
        ("ABC 94678", ["abc"], "94678"),
        ("AB Müller 94678", ["ab", "muller"], "94678"),
        ("AB", ["ab"], ""),
        ("X٩٤٦٧٨", [], "x94678"),
    ],
)
def test_words_with_digits_and_capitals_beside_them_are_a_number(
    text: str, typed: list[str], number: str
) -> None:
    query = parse_query(text)
    assert (words(query), query.number) == (typed, number)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("X94678", ()),
        ("AB 123456", ()),
        ("123456 AB", ()),
        ("AB 123456 31011980", ("ab123456", "31011980")),
        ("Müller A 12 B 34 C", ("a12", "b34c")),
    ],
)
def test_letters_beside_digits_are_of_one_number_with_them(
    text: str, parts: tuple[str, ...]
) -> None:
    assert parse_query(text).parts == parts


@pytest.mark.parametrize(
    ("digits", "days"),
    [
        ("19800131", ("1980-01-31",)),
        ("31011980", ("1980-01-31",)),
        ("20101112", ("2010-11-12", "1112-10-20")),
        ("29021984", ("1984-02-29",)),
        ("29021983", ()),
        ("99999999", ()),
        ("310180", ("1980-01-31", "2080-01-31")),
        ("800131", ("1980-01-31", "2080-01-31")),
        ("101112", ("1910-11-12", "2010-11-12", "1912-11-10", "2012-11-10")),
        ("999999", ()),
        ("1980013", ()),
        ("198001310", ()),
        ("x1980013", ()),
    ],
)
def test_eight_or_six_digits_may_be_a_date_with_the_year_first_or_last(
    digits: str, days: tuple[str, ...]
) -> None:
    assert days_in(digits) == days
    assert parse_query(digits).days == days


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Anna-Lena", ["anna", "lena"]),
        ("García_López", ["garcia", "lopez"]),
        ("O'Neill", ["o", "neill"]),
        ("O\u02bcNeill", ["o", "neill"]),
        ("J. R. Meyer", ["j", "r", "meyer"]),
        ("J.R. Meyer", ["j", "r", "meyer"]),
        ("Meyer, Anna", ["meyer", "anna"]),
        ("Anna\u2764\ufe0fBerta", ["anna", "berta"]),
        ("... - 🙂", []),
        ("", []),
    ],
)
def test_hyphens_and_points_part_words(text: str, typed: list[str]) -> None:
    assert words(parse_query(text)) == typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("शर्मा राहुल", ["शरमा", "राहुल"]),
        ("พิมพ์ชนก", ["พิมพ์ชนก"]),
        ("राहुल-मीना", ["राहुल", "मीना"]),
        ("علی\u200cرضا", ["علیرضا"]),
        ("gar\u00adcía", ["garcia"]),
    ],
)
def test_marks_and_what_nobody_sees_part_no_words(text: str, typed: list[str]) -> None:
    query = parse_query(text, surname=text, name=text)
    for found in (query.words, query.surname, query.name):
        assert [word.text for word in found] == typed


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("Müller", ["mueller"]),
        ("Mueller", ["muller"]),
        ("Muller", []),
        ("Sørensen-Åse", ["soerensen", "aase"]),
    ],
)
def test_a_word_knows_how_else_it_is_written(text: str, others: list[str]) -> None:
    assert [other for word in parse_query(text).words for other in word.spellings] == others


@pytest.mark.parametrize("comma", [",", ";", "|", ", ", "\u060c", "\uff0c"])
@pytest.mark.parametrize(
    "text", ["Meyer Anna X94678", "Meyer 1980", "Meyer Anna 1980-01-31 X94 678"]
)
def test_a_pasted_row_is_read_as_if_spaces_stood_between(text: str, comma: str) -> None:
    assert parse_query(text.replace(" ", comma)) == parse_query(text)


def test_only_the_first_words_count() -> None:
    query = parse_query("a " * 40, surname="b " * 40, name="c-" * 40)
    assert words(query) == ["a"] * MAX_WORDS
    assert len(query.surname) == len(query.name) == MAX_WORDS


def test_all_that_was_typed_is_kept_folded() -> None:
    assert parse_query(" Müller-Meyer  X-94 ").text == "muller meyer x 94"


@pytest.mark.parametrize("text", ["3 Marsh 1980", "3 Mayer 1980", "31 April 1980", "1984 May 2"])
def test_a_name_beside_digits_is_seldom_a_month(text: str) -> None:
    assert parse_query(text).day == ""


def test_what_is_asked_of_a_value_stays_with_it() -> None:
    query = parse_query("Meyer", "Müller", "Anna-Lena", "1980-01-31", "X-94 678", ["city"])
    assert words(query) == ["meyer"]
    assert [word.text for word in query.surname] == ["muller"]
    assert [word.text for word in query.name] == ["anna", "lena"]
    assert (query.dob, query.document_number) == ("1980-01-31", "x94678")
    assert (query.day, query.number, query.text) == ("", "", "meyer")
    assert query.fields == {"city"}


def test_a_number_may_be_a_name_too() -> None:
    query = parse_query("Agent47 Müller 1.2.1980 X94")
    assert (words(query), query.names_text, query.number) == (["muller"], "muller", "agent47x94")
    assert words(query.as_names()) == ["agent47", "muller", "x94"]
    assert (query.as_names().number, query.as_names().day) == ("", "1980-02-01")


def test_digits_of_any_script_are_read_in_what_is_asked_of_a_value() -> None:
    query = parse_query("", dob="١٩٨٠-٠١-٣١", document_number="X-٩٤ ٦٧٨")
    assert (query.days, query.numbers) == (("1980-01-31",), ("x94678",))


def test_a_name_that_was_asked_for_is_never_a_number_or_a_date() -> None:
    query = parse_query("", surname="X94", name="1.2.1980")
    assert (query.number, query.day) == ("", "")
    assert [word.text for word in query.surname + query.name] == ["x94", "1", "2", "1980"]


def test_words_days_and_numbers_of_all_parts_are_there_once() -> None:
    query = parse_query("Meyer 1980-01-31 X94", "Meyer", "Anna", "1980-01-31", "x94")
    assert [word.text for word in query.all_words] == ["meyer", "anna"]
    assert (query.days, query.numbers) == (("1980-01-31",), ("x94",))


@pytest.mark.parametrize("text", ["Mu\u0308ller", "Anna Mu\u0308ller-Meyer"])
def test_letters_and_their_accents_may_be_typed_apart(text: str) -> None:
    assert parse_query(text) == parse_query(unicodedata.normalize("NFC", text))
