"""Customers: what may be written, and what callers see."""

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.customer import (
    MAX_CUSTOMER_BYTES,
    clean_part,
    clean_whole,
    refuse_too_large,
    view,
)
from chalicelib.domain.errors import InvalidValue, TooLarge
from chalicelib.domain.field import FieldDefinition, FieldType
from chalicelib.domain.record import Values
from chalicelib.domain.retention import RetentionPolicy
from tests.fakes import NOW, apply_to, customer, customer_id, updated

TODAY = date(2026, 1, 9)
DEFINITIONS = {
    "city": FieldDefinition("city", "City", FieldType.TEXT),
    "visits": FieldDefinition("visits", "Visits", FieldType.INTEGER),
    "former": FieldDefinition("former", "Former", FieldType.TEXT, active=False),
}
REQUIRED = {"city": FieldDefinition("city", "City", FieldType.TEXT, required=True)}


def whole(**values: Any) -> Values:
    return clean_whole({"surname": "Meyer", **values}, DEFINITIONS, TODAY)


def part(**values: Any) -> Values:
    return clean_part(values, DEFINITIONS, TODAY)


def refused_field(**values: Any) -> str | None:
    """The field that a refusal of these values names."""
    with pytest.raises(InvalidValue) as refusal:
        part(**values)
    return refusal.value.field


def test_a_whole_customer_empties_what_is_left_out() -> None:
    assert whole(name=" Anna ", extra_fields={"visits": 3}) == {
        "surname": "Meyer",
        "name": "Anna",
        "dob": None,
        "document_number": None,
        "extra.city": None,
        "extra.visits": 3,
    }


def test_a_part_touches_only_what_is_given() -> None:
    assert part(name="Anna", extra_fields={"city": "Bonn"}) == {
        "name": "Anna",
        "extra.city": "Bonn",
    }
    assert part() == {}


def test_none_and_blanks_empty_a_value() -> None:
    emptied = part(name=None, dob="  ", document_number="", extra_fields={"city": " "})
    assert emptied == {"name": None, "dob": None, "document_number": None, "extra.city": None}


@pytest.mark.parametrize("surname", [None, "", "   "])
def test_a_surname_is_required(surname: str | None) -> None:
    assert refused_field(surname=surname) == "surname"
    with pytest.raises(InvalidValue):
        clean_whole({}, DEFINITIONS, TODAY)


@pytest.mark.parametrize("dob", ["1850-01-01", "2026-01-09", "2024-02-29"])
def test_a_date_of_birth_may_be_any_day_up_to_today(dob: str) -> None:
    assert part(dob=f" {dob} ") == {"dob": dob}


@pytest.mark.parametrize(
    "dob",
    [
        "1849-12-31",
        "2026-01-10",
        "2025-02-29",
        "31.01.1980",
        "1980-1-31",
        "19800131",
        "1980-W05-4",
        "1980-01-31T00:00",
        "today",
    ],
)
def test_a_date_of_birth_is_a_real_day_of_a_living_person(dob: str) -> None:
    assert refused_field(dob=dob) == "dob"


def test_whoever_is_refused_a_date_of_birth_is_told_which_days_there_are() -> None:
    with pytest.raises(InvalidValue, match="from 1850 until today"):
        part(dob="1849-12-31")


def test_texts_have_a_longest_length() -> None:
    assert refused_field(surname="x" * 201) == "surname"
    assert refused_field(name="x" * 201) == "name"
    assert refused_field(document_number="x" * 65) == "document_number"
    assert part(document_number="x" * 64) == {"document_number": "x" * 64}


@pytest.mark.parametrize("key", ["unknown", "former"])
def test_only_active_fields_may_be_written(key: str) -> None:
    assert refused_field(extra_fields={key: None}) == key
    with pytest.raises(InvalidValue) as refusal:
        whole(extra_fields={key: "x"})
    assert refusal.value.field == key


def test_a_wrong_value_of_a_field_is_named_by_its_key() -> None:
    assert refused_field(extra_fields={"visits": "many"}) == "visits"


def test_a_required_field_must_not_be_emptied() -> None:
    for extra in ({"city": None}, {"city": " "}):
        with pytest.raises(InvalidValue, match="city is required"):
            clean_part({"extra_fields": extra}, REQUIRED, TODAY)
    with pytest.raises(InvalidValue, match="city is required"):
        clean_whole({"surname": "Meyer"}, REQUIRED, TODAY)


def test_a_required_field_may_stay_as_it_is() -> None:
    assert clean_part({"name": "Anna"}, REQUIRED, TODAY) == {"name": "Anna"}


def test_a_customer_larger_than_the_limit_is_refused() -> None:
    frame = len('{"surname": "", "name": null}')
    fits = "ü" * ((MAX_CUSTOMER_BYTES - frame) // 2)
    refuse_too_large(customer(surname=fits, name=None).record)
    with pytest.raises(TooLarge):
        refuse_too_large(customer(surname=fits + "ü", name=None).record)


def test_a_view_shows_the_values_of_active_fields_only() -> None:
    record = customer(
        extra={"city": "Bonn", "visits": None, "former": "x", "unknown": "y"},
        dob="1980-01-31",
    ).record
    shown = view(record, DEFINITIONS, RetentionPolicy(30))
    assert shown.extra_fields == {"city": "Bonn"}
    assert (shown.id, shown.surname, shown.name) == (customer_id(1), "Meyer", "Anna")
    assert (shown.dob, shown.document_number) == ("1980-01-31", None)


def test_a_view_tells_when_where_and_how_long() -> None:
    record = updated(customer().record, NOW + 86_400_000, name="Anne").record
    shown = view(record, DEFINITIONS, RetentionPolicy(30))
    assert shown.created_at == "2019-01-04T12:00:00.000Z"
    assert shown.updated_at == "2019-01-05T12:00:00.000Z"
    assert shown.expires_on == "2019-02-04"
    assert (shown.version, shown.origin) == (2, "loc1")


def test_a_view_shows_values_that_no_rule_allows_today() -> None:
    theirs = customer(surname=7, name=["x"], extra={"city": 7}, location="loc2")
    shown = view(apply_to(None, theirs), DEFINITIONS, RetentionPolicy(30))
    assert (shown.surname, shown.name, shown.extra_fields) == ("7", None, {"city": 7})
