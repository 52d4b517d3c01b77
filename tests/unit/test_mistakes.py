"""Mistakes are named in the words of whoever sent them."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from chalicelib.handlers.mistakes import invalid


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    surname: Annotated[str, Meta(min_length=1, max_length=5)]
    limit: Annotated[int, Meta(ge=1, le=100)] | None = None
    mode: Literal["exact", "fuzzy"] = "fuzzy"
    likely: bool = False
    fields: list[str] = []
    points: dict[str, float] = {}
    day: Annotated[str, Meta(pattern="^[0-9]*$")] = ""


@pytest.mark.parametrize(
    ("sent", "name", "sentence"),
    [
        ({}, "surname", "surname is required"),
        ({"surname": "A", "foo": 1}, "foo", "foo is not known here"),
        ({"surname": ""}, "surname", "surname must not be empty"),
        ({"surname": "Söderström"}, "surname", "surname must have at most 5 characters"),
        ({"surname": 5}, "surname", "surname must be text, not a whole number"),
        ({"surname": None}, "surname", "surname must be text, not null"),
        ({"surname": "A", "limit": 0}, "limit", "limit must be at least 1"),
        ({"surname": "A", "limit": 101}, "limit", "limit must be at most 100"),
        ({"surname": "A", "limit": "9" * 9_999}, "limit", "limit is too large, or too small"),
        ({"surname": "A", "limit": "a"}, "limit", "limit must be a whole number or null, not text"),
        ({"surname": "A", "mode": "EXACT"}, "mode", "mode may not be 'EXACT'"),
        ({"surname": "A", "likely": "x"}, "likely", "likely must be true or false, not text"),
        ({"surname": "A", "fields": "a"}, "fields", "fields must be a list, not text"),
        ({"surname": "A", "fields": [1]}, "fields", "fields must be text, not a whole number"),
        ({"surname": "A", "points": {"a": "b"}}, "points", "points must be a number, not text"),
        ([], None, "the body must be an object, not a list"),
        (
            {"surname": "A", "day": "x"},
            "day",
            "day: Expected `str` matching regex '^[0-9]*$'",
        ),
    ],
)
def test_a_mistake_names_its_field_in_plain_words(
    sent: Any, name: str | None, sentence: str
) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert(sent, Shape, strict=False)
    found = invalid(raised.value)
    assert (found.field, str(found)) == (name, sentence)


def test_a_long_name_that_looks_like_a_path_stalls_nobody() -> None:
    # To try each split of so many takes longer than any test may.
    name = f"x - at `${'a' * 300_000}`b"
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert({"surname": "A", name: 1}, Shape)
    assert invalid(raised.value).field == "x - at "
