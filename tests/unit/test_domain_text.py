"""Text as people type it."""

import pytest

from chalicelib.domain.errors import InvalidValue
from chalicelib.domain.text import MAX_TEXT, clean_text, moment


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Meyer", "Meyer"),
        ("  Meyer \t\n", "Meyer"),
        ("\u00a0Meyer\u2003", "Meyer"),
        ("Mu\u0308ller", "M\u00fcller"),
        ("van  der Berg", "van  der Berg"),
        ("李", "李"),
        ("", None),
        ("   ", None),
        ("\u200b", None),
        ("\u202e \u2066", None),
        ("\u3164", None),
        ("\u2800", None),
        ("a\u200db", "a\u200db"),
    ],
)
def test_text_is_stored_composed_and_trimmed_unless_nobody_sees_it(
    typed: str, stored: str | None
) -> None:
    assert clean_text(typed, "name") == stored


def test_what_stands_for_a_letter_that_was_lost_on_its_way_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"^surname has \ufffd in place of a letter") as refusal:
        clean_text("M\ufffdller", "surname")
    assert refusal.value.field == "surname"


@pytest.mark.parametrize("typed", ["a\x00b", "a\tb", "a\nb", "a\x7fb", "a\x9fb", "a\ud800b"])
def test_control_characters_and_halves_of_characters_are_refused(typed: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        clean_text(typed, "name")
    assert refusal.value.field == "name"


def test_length_is_counted_after_cleaning() -> None:
    assert clean_text(" " + "u\u0308" * MAX_TEXT + " ", "name") == "ü" * MAX_TEXT
    with pytest.raises(InvalidValue):
        clean_text("u" * (MAX_TEXT + 1), "name")


def test_a_letter_of_several_parts_counts_once() -> None:
    parts = "\u03b1\u0314\u0300\u0345"
    assert clean_text(parts * MAX_TEXT, "name") == "\u1f83" * MAX_TEXT
    with pytest.raises(InvalidValue):
        clean_text(parts * (MAX_TEXT + 1), "name")


def test_a_letter_with_all_the_marks_that_a_body_holds_stalls_nobody() -> None:
    # To bring so many into order takes longer than any test may.
    with pytest.raises(InvalidValue, match="at most 200 characters"):
        clean_text("a" + "\u0301\u0323" * 200_000, "name")


def test_a_limit_may_be_named() -> None:
    assert clean_text("abc", "name", limit=3) == "abc"
    with pytest.raises(InvalidValue):
        clean_text("abcd", "name", limit=3)


def test_a_moment_is_written_in_utc_with_milliseconds() -> None:
    assert moment(0) == "1970-01-01T00:00:00.000Z"
    assert moment(1_767_960_000_007) == "2026-01-09T12:00:00.007Z"
