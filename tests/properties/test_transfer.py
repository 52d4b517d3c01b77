"""Exports are read as they were written, whatever the values."""

import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.field import TEXTS, FieldDefinition, FieldType
from chalicelib.domain.record import Value
from chalicelib.domain.rows import Row, cell_of, open_rows, text_of, write_header, write_rows
from chalicelib.domain.transfer import news_in, values_in
from chalicelib.domain.transfer_terms import Format

# Texts as they are stored: never empty. What upsets readers of CSV comes often.
awkward = st.text(st.sampled_from("'\"=+-@,;\t\r\n \\üß山\u2028\x00"), min_size=1, max_size=12)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30) | awkward
VALUES = {
    FieldType.TEXT: texts,
    FieldType.NUMBER: st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False),
    FieldType.INTEGER: st.integers(-(2**53), 2**53),
    FieldType.BOOLEAN: st.booleans(),
    FieldType.DATE: st.dates().map(str),
    FieldType.CHOICE: texts,
    FieldType.EMAIL: texts,
    FieldType.PHONE: texts,
}
DEFINITIONS = {kind.value: FieldDefinition(kind.value, "x", kind) for kind in VALUES}


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Value]:
    """What an export shows of a customer who has a field of every type."""
    shown: dict[str, Any] = {name: draw(texts | st.none()) for name in TEXTS}
    extras = {f"extra.{kind}": draw(values | st.none()) for kind, values in VALUES.items()}
    return shown | extras


def read_back(many: list[dict[str, Value]], form: Format) -> list[Row]:
    rows = [(str(number), one) for number, one in enumerate(many)]
    text = write_header(many[0], form) + write_rows(rows, form)
    return list(open_rows(io.BytesIO(text.encode()), form).rows())


@given(st.lists(customers(), min_size=1, max_size=4), st.sampled_from(Format))
def test_an_export_is_read_as_it_was_written(many: list[dict[str, Value]], form: Format) -> None:
    found = read_back(many, form)
    assert [row.given["id"] for row in found] == [str(number) for number in range(len(many))]
    for row, shown in zip(found, many, strict=True):
        assert row.fault is None
        assert typed(values_in(row, row.given, DEFINITIONS)) == typed(as_body(shown, form))
        assert news_in(row, shown) == {}


def as_body(shown: dict[str, Value], form: Format) -> dict[str, Any]:
    """The values as a request would send them; JSON leaves out what is empty."""
    extras = {
        name.removeprefix("extra."): value
        for name, value in shown.items()
        if name not in TEXTS and (form is Format.CSV or value is not None)
    }
    return {**{name: shown[name] for name in TEXTS}, "extra_fields": extras}


def typed(value: Any) -> Any:
    """With the type of every value: 1, 1.0 and True are the same to Python."""
    if isinstance(value, dict):
        return {name: typed(inner) for name, inner in value.items()}
    return type(value), value


@given(texts)
def test_a_text_is_in_its_cell(text: str) -> None:
    assert text_of(cell_of(text)) == text


@given(texts)
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell_of(text)[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


@given(st.binary(max_size=200) | awkward.map(str.encode), st.sampled_from(Format))
def test_whatever_comes_every_row_is_read_or_has_a_fault(data: bytes, form: Format) -> None:
    head = b"surname,name\n" if form is Format.CSV else b"{}\n"
    file = open_rows(io.BytesIO(head + data + b"\n"), form)
    rows = list(file.rows())
    assert [row.line for row in rows] == sorted({row.line for row in rows})
    assert all(row.fault or row.given is not None for row in rows)
    for row in rows:
        following = [one.line for one in file.rows(row.behind)]
        assert following == [one.line for one in rows if one.line > row.line]
