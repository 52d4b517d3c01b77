"""Files of customers: what is read from them, and what a mistake in one row costs."""

import io
import json
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidValue, UnreadableRow
from chalicelib.domain.rows import (
    MAX_ROW_BYTES,
    MAX_ROW_LINES,
    Place,
    Row,
    cell_of,
    open_rows,
    text_of,
    write_header,
    write_rows,
)
from chalicelib.domain.transfer_terms import Format

HEADER = b"surname,name,dob\n"


def rows(data: bytes, form: Format = Format.CSV) -> list[Row]:
    return list(open_rows(io.BytesIO(data), form).rows())


def given(data: bytes, form: Format = Format.CSV) -> list[Any]:
    """What each row says, or its fault."""
    return [row.fault.message if row.fault else dict(row.given) for row in rows(data, form)]


def surnames(data: bytes) -> list[str]:
    return [row.given["surname"] for row in rows(data) if not row.fault]


def faulty_lines(data: bytes) -> list[int]:
    return [row.line for row in rows(data) if row.fault]


def refused(data: bytes, form: Format = Format.CSV) -> str:
    with pytest.raises(UnreadableRow) as caught:
        open_rows(io.BytesIO(data), form)
    return caught.value.message


def test_a_row_has_its_cells_by_the_names_of_the_registers() -> None:
    data = b"id,surname,extra_fields.city\n5,Meyer,Bonn\n"
    assert given(data) == [{"id": "5", "surname": "Meyer", "extra.city": "Bonn"}]


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfsurname\nMeyer\n", b"surname\r\nMeyer\r\n"])
def test_a_byte_order_mark_and_carriage_returns_do_no_harm(data: bytes) -> None:
    assert given(data) == [{"surname": "Meyer"}]


def test_the_last_line_needs_no_end() -> None:
    assert surnames(b"surname\nMeyer\nMaier") == ["Meyer", "Maier"]


@pytest.mark.parametrize("sign", [b";", b"\t", b","])
def test_the_separator_is_that_of_the_header(sign: bytes) -> None:
    data = b"surname,name\nMeyer,Anna\n".replace(b",", sign)
    assert given(data) == [{"surname": "Meyer", "name": "Anna"}]


def test_a_quoted_line_break_is_a_part_of_the_cell() -> None:
    [row, last] = rows(HEADER + b'Meyer,"An\nna",\r\nMaier,,\n')
    assert row.given["name"] == "An\nna"
    assert (row.line, row.behind.line, last.line) == (2, 4, 4)


def test_blank_lines_are_no_rows() -> None:
    data = b"surname\n\nMeyer\n\r\nMaier\n"
    assert [(row.line, row.given["surname"]) for row in rows(data)] == [(3, "Meyer"), (5, "Maier")]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "line 1 is empty: it must name the columns"),
        (b"\n", "line 1 is empty: it must name the columns"),
        (b",,\nsurname,name,dob\n", "line 1 is empty: it must name the columns"),
        (b'"";""\n', "line 1 is empty: it must name the columns"),
        (b"Meyer,Anna\n", "line 1 must name columns"),
        (b"surname,nome\n", "line 1, column 2: there is no column 'nome'"),
        (b"surname,city\n", "a dynamic field is extra_fields.city"),
        (b"surname,dob,surname\n", "line 1, column 3: surname is there twice"),
        (b"surname,extra_fields.\n", "line 1, column 2: there is no column"),
        ("surname,größe\n".encode("latin-1"), "line 1, column 2: there is no column 'gr\\udcf6"),
        ("surname\n".encode("utf-16"), "line 1: this is UTF-16; save the file as UTF-8"),
        (b'surname,"name\nMeyer\n', "line 1: the row is no CSV"),
        (b"surname," + b"x" * MAX_ROW_BYTES, "line 1: the row must have at most 256 KB"),
    ],
)
def test_a_header_that_is_wrong_is_refused_with_the_place(data: bytes, sentence: str) -> None:
    assert sentence in refused(data)


def test_a_file_in_utf_16_is_refused() -> None:
    assert "UTF-16" in refused('{"surname": "Meyer"}'.encode("utf-16"), Format.JSONL)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (b"Meyer", "the row has 1 cells, the header 3"),
        (b"Meyer,Anna,,", "the row has 4 cells, the header 3"),
        (b'"Mey"er,Anna,', "the row is no CSV: ',' expected after '\"'"),
        (b"Mey\rer,Anna,", "the row is no CSV: new-line character seen in unquoted field"),
        ("Müller,Anna,".encode("latin-1"), "surname is not UTF-8"),
        (b"Meyer," + b"x" * MAX_ROW_BYTES + b",", "the row must have at most 256 KB"),
        (b"Meyer," + b"x" * 150_000 + b",", "the row is no CSV: field larger than field limit"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_the_others_are_read(
    row: bytes, sentence: str
) -> None:
    data = HEADER + b"Maier,Eva,\n" + row + b"\nMayer,Ida,\n"
    before, bad, after = rows(data)
    assert bad.fault is not None
    assert sentence in bad.fault.message
    assert (bad.line, bad.given) == (3, {})
    assert [one.given["surname"] for one in (before, after)] == ["Maier", "Mayer"]
    assert after.behind == Place(len(data), 5)


def test_a_cell_that_is_not_utf_8_is_named() -> None:
    [row] = rows(HEADER + "Meyer,Zoë,\n".encode("latin-1"))
    assert isinstance(row.fault, InvalidValue)
    assert row.fault.field == "name"


@pytest.mark.parametrize("rest", [b"", b'Mayer,"Ida",\n', b"x,y,\n" * 60_000])
def test_a_quote_that_nobody_closes_costs_its_own_row_only(rest: bytes) -> None:
    data = HEADER + b'"Meyer,Anna,\nMaier,Eva,\n' + rest
    assert faulty_lines(data) == [2]
    assert surnames(data)[0] == "Maier"
    assert len(surnames(data)) == 1 + rest.count(b"\n")


def test_a_row_of_more_lines_than_anybody_needs_ends_after_its_first() -> None:
    within = b'"Meyer' + b"\n" * (MAX_ROW_LINES - 1) + b'",Anna,\n'
    assert faulty_lines(HEADER + within) == []
    found = rows(HEADER + b"Mayer,Ida,\n" + b'"Meyer' + b"\nMaier,Eva," * MAX_ROW_LINES + b'",\n')
    assert "at most 20 lines" in str(found[1].fault)
    assert [row.given.get("surname") for row in found[:3]] == ["Mayer", None, "Maier"]


def test_rows_begin_where_the_ones_before_them_end() -> None:
    data = b'\xef\xbb\xbfsurname,name\r\nMeyer,"A\nB"\n\n"x,y\nMaier,"E"\n'
    file = open_rows(io.BytesIO(data), Format.CSV)
    everyone = list(file.rows())
    assert [(row.line, bool(row.fault)) for row in everyone] == [(2, False), (5, True), (6, False)]
    for number, row in enumerate(everyone):
        following = list(file.rows(row.behind))
        assert [one.given for one in following] == [one.given for one in everyone[number + 1 :]]
        assert [one.begins for one in following] == [one.begins for one in everyone[number + 1 :]]


def test_an_empty_row_of_a_spreadsheet_is_none() -> None:
    data = b"surname;dob;id\r\nMeyer;;\r\n;;\r\n;\r\nMaier;;\r\n;;\r\n"
    assert [row["surname"] for row in given(data)] == ["Meyer", "Maier"]


def test_an_object_a_line_is_a_row() -> None:
    data = b'{"surname": "Meyer", "extra_fields": {"age": 5}}\n\n{"id": null}\n'
    assert given(data, Format.JSONL) == [{"surname": "Meyer", "extra.age": 5}, {"id": None}]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b'{"surname": }', "the row is no JSON: Expecting value, column 13"),
        (b'{"surname": "A"', "the row is no JSON: Expecting ',' delimiter, column 16"),
        (b"[]", "the row must be a JSON object"),
        (b'{"surname": "\xff"}', "the row is not UTF-8, column 14"),
        (b'{"surname": "a", "surname": "b"}', "the row names a field twice"),
        (b'{"version": 1}', "there is no field 'version'"),
        (b'{"extra_fields": []}', "extra_fields must be an object"),
        (b'{"extra_fields": {"a": NaN}}', "NaN is no JSON"),
        (b"[" * 100_000, "the row is no JSON that is read here"),
        (b'{"extra_fields": {"a": ' + b"9" * 5000 + b"}}", "the row is no JSON that is read here"),
        (b'{"surname": "' + b"x" * MAX_ROW_BYTES + b'"}', "the row must have at most 256 KB"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_others_are_read(
    line: bytes, sentence: str
) -> None:
    data = b'{"surname": "Maier"}\n' + line + b'\n{"surname": "Mayer"}\n'
    first, said, last = given(data, Format.JSONL)
    assert sentence in said
    assert (first, last) == ({"surname": "Maier"}, {"surname": "Mayer"})


def test_of_a_line_without_an_end_only_the_beginning_is_held() -> None:
    class Endless(io.BytesIO):
        longest = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size <= MAX_ROW_BYTES + 1
            return super().readline(size)

    stream = Endless(HEADER + b"x" * (10 * MAX_ROW_BYTES) + b"\nMeyer,,\n")
    bad, good = open_rows(stream, Format.CSV).rows()
    assert bad.fault
    assert good.given["surname"] == "Meyer"


@pytest.mark.parametrize(
    "formula", ["=1+1", "+49 170", "-5", "@SUM(A1)", "\uff1d1", "'=1", "''=1", "\t=1"]
)
def test_a_formula_is_written_as_text_and_read_as_it_was(formula: str) -> None:
    assert cell_of(formula) == f"'{formula}"
    assert text_of(cell_of(formula)) == formula


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("x;=cmd|'/C calc'!A0;y", "x;'=cmd|'/C calc'!A0;y"),
        ("=1;+2;;-3", "'=1;'+2;;'-3"),
        ("x;'=1", "x;''=1"),
    ],
)
def test_a_formula_behind_a_semicolon_is_one_too(value: str, cell: str) -> None:
    assert cell_of(value) == cell
    assert text_of(cell) == value


@pytest.mark.parametrize("text", ["'t Hooft", "O'Neill", "'", "''", "5"])
def test_other_texts_are_written_as_they_are(text: str) -> None:
    assert cell_of(text) == text == text_of(text)


def test_a_number_is_no_formula() -> None:
    assert [cell_of(value) for value in (-5, -1.5, True, None)] == ["-5", "-1.5", "true", ""]


def test_an_export_is_read_as_it_was_written() -> None:
    shown = {"surname": "Mey;er,", "name": None, "extra.note": '=a "b"\nc', "extra.age": 5}
    text = write_header(shown, Format.CSV) + write_rows([("7", shown)], Format.CSV)
    assert given(text.encode()) == [
        {"id": "7", "surname": "Mey;er,", "name": "", "extra.note": '\'=a "b"\nc', "extra.age": "5"}
    ]
    line = write_header(shown, Format.JSONL) + write_rows([("7", shown)], Format.JSONL)
    assert json.loads(line) == {
        "id": "7",
        "surname": "Mey;er,",
        "name": None,
        "extra_fields": {"note": '=a "b"\nc', "age": 5},
    }
