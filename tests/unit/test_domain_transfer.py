"""Import and export: whom a row means, and what of it is news."""

import io
from typing import Any
from uuid import RFC_4122, UUID

import pytest

from chalicelib.domain.errors import InvalidValue, NoKey
from chalicelib.domain.field import FieldDefinition, FieldType
from chalicelib.domain.record import Values
from chalicelib.domain.rows import Row, open_rows
from chalicelib.domain.transfer import (
    Identity,
    Refusal,
    derived_id,
    external_customer_id,
    identity_of,
    in_batches,
    news_in,
    row_id,
    values_in,
)
from chalicelib.domain.transfer_terms import Format, Key
from tests.fakes import customer_id

ID = customer_id(1)
RUN = "01a20820-1e88-7abc-9def-0be4c86444c3"


def row(text: str) -> Row:
    """A line of JSON, or header and line of CSV."""
    form = Format.JSONL if text.startswith("{") else Format.CSV
    [only] = open_rows(io.BytesIO(text.encode()), form).rows()
    return only


def definitions(**kinds: FieldType) -> dict[str, FieldDefinition]:
    return {key: FieldDefinition(key, key, kind, ("a", "b")) for key, kind in kinds.items()}


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        (f"id,document_number\n{ID},A-1", Identity(ID)),
        (f"id\n{ID.upper()}", Identity(ID)),
        (f"id,external_id\n,{ID}", Identity(external_customer_id(ID))),
        ("id,external_id,document_number\n,x,A-1", Identity(external_customer_id("x"))),
        ("id,document_number\n,ab-12 3", Identity(number="ab123")),
        ("document_number\n'+49", Identity(number="49")),
        ('{"id": null, "document_number": "A 1"}', Identity(number="a1")),
    ],
)
def test_the_first_key_that_a_row_has_says_who_it_is(text: str, identity: Identity) -> None:
    assert identity_of(row(text), Key.AUTO) == identity_of(row(text), Key.NONE) == identity


@pytest.mark.parametrize(
    "text", ["surname,document_number\nMeyer,", "surname,document_number\nMeyer,---", "{}"]
)
def test_a_row_without_a_key_is_refused_unless_it_was_asked_for(text: str) -> None:
    with pytest.raises(NoKey, match="no id, external_id or document_number"):
        identity_of(row(text), Key.AUTO)
    assert identity_of(row(text), Key.NONE) == Identity()


def test_a_key_that_was_named_is_the_only_one() -> None:
    both = row(f"id,document_number\n{ID},A-1")
    assert identity_of(both, Key.DOCUMENT_NUMBER) == Identity(number="a1")
    with pytest.raises(NoKey, match="no external_id"):
        identity_of(both, Key.EXTERNAL_ID)


@pytest.mark.parametrize(
    "text", ["id\n5", '{"id": 5}', '{"external_id": ["x"]}', "id\n" + "x" * 300]
)
def test_what_cannot_be_a_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        identity_of(row(text), Key.AUTO)


def test_an_external_id_is_the_same_customer_everywhere() -> None:
    made = UUID(external_customer_id("crm/4711"))
    assert str(made) == "e6596500-296d-892a-8dfe-c8fb77a5a116"
    assert (made.version, made.variant) == (8, RFC_4122)
    assert external_customer_id("crm/4712") != str(made) != derived_id("run", "crm/4711")


def test_the_rows_of_a_run_have_ids_in_their_order() -> None:
    lines = [2, 3, 4095, 2**20 - 1, 2**20, 2**31]
    ids = [row_id(RUN, line) for line in lines]
    assert ids == sorted(set(ids))
    assert {(UUID(one).version, UUID(one).variant) for one in ids} == {(7, RFC_4122)}
    assert {one[:13] for one in ids} == {RUN[:13]}


def test_two_runs_never_make_the_same_customer() -> None:
    assert row_id(RUN, 2) != row_id(RUN[:-1] + "4", 2)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (FieldType.INTEGER, "007", 7),
        (FieldType.INTEGER, "-5", -5),
        (FieldType.INTEGER, "1.5", "1.5"),
        (FieldType.NUMBER, "5", 5),
        (FieldType.NUMBER, "5.0", 5.0),
        (FieldType.NUMBER, "5.", 5.0),
        (FieldType.NUMBER, ".5", 0.5),
        (FieldType.NUMBER, ".", "."),
        (FieldType.NUMBER, "1e+22", 1e22),
        (FieldType.NUMBER, "1,5", "1,5"),
        (FieldType.NUMBER, "nan", "nan"),
        (FieldType.BOOLEAN, "TRUE", True),
        (FieldType.BOOLEAN, "false", False),
        (FieldType.BOOLEAN, "yes", "yes"),
        (FieldType.TEXT, "5", "5"),
        (FieldType.PHONE, "'+49 170", "+49 170"),
        (FieldType.TEXT, "", None),
        (FieldType.INTEGER, "", None),
    ],
)
def test_a_cell_becomes_what_its_field_holds(kind: FieldType, cell: str, value: Any) -> None:
    only = row(f'surname,extra_fields.x\nMeyer,"{cell}"')
    found = values_in(only, ["extra.x"], definitions(x=kind))["extra_fields"]["x"]
    assert (found, type(found)) == (value, type(value))


def test_a_cell_of_digits_that_is_no_number_stalls_nobody() -> None:
    # To try each split of so many takes longer than any test may.
    cell = "1" * 100_000 + "x"
    found = values_in(row(f"extra_fields.x\n{cell}"), ["extra.x"], definitions(x=FieldType.NUMBER))
    assert found["extra_fields"]["x"] == cell


def test_a_value_of_json_is_taken_as_it_is() -> None:
    only = row('{"surname": "Meyer", "extra_fields": {"x": "5"}}')
    found = values_in(only, only.given, definitions(x=FieldType.INTEGER))
    assert found == {"surname": "Meyer", "extra_fields": {"x": "5"}}


def test_a_name_that_is_no_text_is_refused() -> None:
    only = row('{"surname": 5}')
    with pytest.raises(InvalidValue, match="surname must be text"):
        values_in(only, only.given, {})


def test_what_a_customer_shows_already_is_no_news() -> None:
    shown = {"surname": "Meyer", "name": None, "extra.x": 5, "extra.phone": "+49"}
    same = row("surname,name,extra_fields.x,extra_fields.phone\nMeyer,,5,'+49")
    assert news_in(same, shown) == {}
    other = row("surname,name,extra_fields.x\nMeier,,5.0")
    assert news_in(other, shown) == {"surname": "Meier", "extra.x": "5.0"}


def test_a_value_of_json_that_has_another_type_is_news() -> None:
    shown: Values = {"surname": "Meyer", "extra.x": 1}
    for given in ("1.0", "true", '"1"'):
        assert news_in(row(f'{{"extra_fields": {{"x": {given}}}}}'), shown)
    assert news_in(row('{"extra_fields": {"x": 1}}'), shown) == {}


def test_a_null_for_a_field_that_is_not_there_is_news() -> None:
    assert news_in(row('{"extra_fields": {"secret": null}}'), {"surname": "Meyer"})


def batches(text: str, size: int = 25, most_bytes: int = 1000) -> list[list[int]]:
    rows = open_rows(io.BytesIO(text.encode()), Format.CSV).rows()
    return [
        [one.line for one in found] for found, _ in in_batches(rows, Key.NONE, size, most_bytes)
    ]


def test_a_batch_ends_where_it_is_full_or_a_customer_comes_again() -> None:
    assert batches("document_number\n1\n2\n3\n4\n5", size=2) == [[2, 3], [4, 5], [6]]
    assert batches("document_number\na-1\nb\nA 1\nb\nc") == [[2, 3], [4, 5, 6]]
    assert batches("document_number\n1\n22222222\n3\n4", most_bytes=8) == [[2], [3], [4, 5]]
    assert batches("surname\n" + "Meyer\n" * 3) == [[2, 3, 4]]


def test_a_report_is_printable_whatever_the_row_held() -> None:
    only = row('{"\\ud800": 1}')
    assert only.fault
    refusal = Refusal.of(only, only.fault)
    assert f"{refusal}".encode()
    assert (refusal.line, refusal.code, refusal.field) == (1, "invalid_value", "\\ud800")
