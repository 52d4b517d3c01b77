"""Field definitions, and the values that they allow."""

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidValue
from chalicelib.domain.field import (
    MAX_CHOICES,
    MAX_INTEGER,
    FieldDefinition,
    FieldType,
    clean_definition,
    clean_extra_value,
    clean_key,
    definition_of,
)
from chalicelib.domain.record import Value
from tests.fakes import DEFINITION, definition


def cleaned(value: Any, kind: FieldType, **others: Any) -> Value:
    return clean_extra_value(FieldDefinition("key", "Label", kind, **others), value)


def refused(value: Any, kind: FieldType, **others: Any) -> None:
    with pytest.raises(InvalidValue) as refusal:
        cleaned(value, kind, **others)
    assert refusal.value.field == "key"


def refused_property(**properties: Any) -> str | None:
    """The property that a refusal of this definition names."""
    with pytest.raises(InvalidValue) as refusal:
        clean_definition({**DEFINITION, **properties})
    return refusal.value.field


@pytest.mark.parametrize("key", ["a", "city", "tax_2024", "a" * 63])
def test_a_key_is_a_short_lower_case_name(key: str) -> None:
    assert clean_key(key) == key


@pytest.mark.parametrize("key", ["", "City", "2city", "_a", "a-b", "a.b", "ä", "a" * 64, "a\n"])
def test_another_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidValue):
        clean_key(key)


@pytest.mark.parametrize("key", ["surname", "name", "dob", "document_number"])
def test_a_key_is_no_name_of_what_every_customer_has(key: str) -> None:
    with pytest.raises(InvalidValue, match=f"key must not be {key}: every customer has a {key}"):
        clean_key(key)


def test_a_definition_is_stored_clean() -> None:
    choices = [" red ", "gru\u0308n"]
    stored = clean_definition(
        {**DEFINITION, "label": " Colour ", "type": "choice", "choices": choices}
    )
    assert stored == {
        "label": "Colour",
        "type": "choice",
        "choices": ["red", "grün"],
        "required": False,
        "pattern": None,
        "active": True,
        "searchable": False,
    }


def test_each_property_has_its_rule() -> None:
    assert refused_property(label=" ") == "label"
    assert refused_property(label="x" * 201) == "label"
    assert refused_property(type="colour") == "type"
    assert refused_property(choices=["a"]) == "choices"
    assert refused_property(type="choice") == "choices"
    assert refused_property(type="choice", choices=["a", " a"]) == "choices"
    assert refused_property(type="choice", choices=["a", " "]) == "choices"
    assert refused_property(type="choice", choices=[str(n) for n in range(201)]) == "choices"
    assert refused_property(type="integer", pattern="[0-9]") == "pattern"
    assert refused_property(pattern="(") == "pattern"
    assert refused_property(pattern="a" * 201) == "pattern"


def test_an_empty_pattern_is_none() -> None:
    assert clean_definition({**DEFINITION, "pattern": ""})["pattern"] is None


@pytest.mark.parametrize("pattern", [r"(a)\1", r"(?=a)a"])
def test_a_pattern_that_could_stall_is_refused(pattern: str) -> None:
    assert refused_property(pattern=pattern) == "pattern"


@pytest.mark.parametrize("kind", FieldType)
def test_none_is_no_value_of_any_type(kind: FieldType) -> None:
    assert cleaned(None, kind) is None


@pytest.mark.parametrize("kind", [FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.DATE])
def test_blank_text_is_no_value(kind: FieldType) -> None:
    assert cleaned("  ", kind) is None
    refused(7, kind)
    refused(True, kind)
    refused(["a"], kind)


def test_text_is_cleaned_and_matched_whole() -> None:
    assert cleaned(" Bonn ", FieldType.TEXT) == "Bonn"
    assert cleaned("AB-12", FieldType.TEXT, pattern="[A-Z]+-[0-9]+") == "AB-12"
    refused("xAB-12", FieldType.TEXT, pattern="[A-Z]+-[0-9]+")
    refused("AB-12x", FieldType.TEXT, pattern="[A-Z]+-[0-9]+")
    refused("a\x00b", FieldType.TEXT)
    refused("x" * 201, FieldType.TEXT)


def test_a_pattern_sees_letters_and_not_bytes() -> None:
    assert cleaned("ü李", FieldType.TEXT, pattern="..") == "ü李"


@pytest.mark.parametrize("text", ["a@b.de", "anna.meyer+x@sub.example.com", "ü@example.com"])
def test_an_e_mail_address_is_kept(text: str) -> None:
    assert cleaned(text, FieldType.EMAIL) == text


@pytest.mark.parametrize("text", ["a", "a@b", "@b.de", "a@", "a b@c.de", "a@b..de", "a@@b.de"])
def test_what_is_no_e_mail_address_is_refused(text: str) -> None:
    refused(text, FieldType.EMAIL)


@pytest.mark.parametrize("text", ["+49 (228) 12-34", "0228/1234", "112 5"])
def test_a_phone_number_is_kept(text: str) -> None:
    assert cleaned(text, FieldType.PHONE) == text


@pytest.mark.parametrize("text", ["12", "phone", "+", "++49 228", "123456a", "1" * 42])
def test_what_is_no_phone_number_is_refused(text: str) -> None:
    refused(text, FieldType.PHONE)


def test_a_pattern_holds_for_addresses_too() -> None:
    refused("a@b.de", FieldType.EMAIL, pattern=".*@example[.]com")


def test_a_choice_is_one_of_those_offered() -> None:
    assert cleaned(" red ", FieldType.CHOICE, choices=("red", "green")) == "red"
    assert cleaned("", FieldType.CHOICE, choices=("red",)) is None
    refused("Red", FieldType.CHOICE, choices=("red", "green"))
    refused(1, FieldType.CHOICE, choices=("1",))


def test_of_many_choices_a_refusal_names_some() -> None:
    choices = tuple(f"choice {number}" for number in range(MAX_CHOICES))
    with pytest.raises(InvalidValue) as refusal:
        cleaned("other", FieldType.CHOICE, choices=choices)
    assert refusal.value.message.endswith(f", choice 19 or others, {MAX_CHOICES} in all")


def test_a_date_is_a_real_day() -> None:
    assert cleaned("2024-02-29", FieldType.DATE) == "2024-02-29"
    assert cleaned("3000-01-01", FieldType.DATE) == "3000-01-01"
    for text in ("2025-02-29", "29.02.2024", "2024-W09-4", "20240229", "2024-02-29Z"):
        refused(text, FieldType.DATE)


@pytest.mark.parametrize("value", [0, -7, MAX_INTEGER, -MAX_INTEGER])
def test_a_whole_number_is_kept(value: int) -> None:
    assert cleaned(value, FieldType.INTEGER) == value


@pytest.mark.parametrize("value", [1.0, 1.5, True, "1", MAX_INTEGER + 1, -MAX_INTEGER - 1, [1]])
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    refused(value, FieldType.INTEGER)


@pytest.mark.parametrize("value", [0, -7, 1.5, 1e300])
def test_a_number_is_kept(value: float) -> None:
    assert cleaned(value, FieldType.NUMBER) == value


@pytest.mark.parametrize("value", [True, "1", float("nan"), float("inf"), MAX_INTEGER + 1, 10**400])
def test_what_is_no_number_is_refused(value: Any) -> None:
    refused(value, FieldType.NUMBER)


@pytest.mark.parametrize("kind", [FieldType.INTEGER, FieldType.NUMBER])
def test_whoever_is_refused_a_whole_number_is_told_how_long_one_may_be(kind: FieldType) -> None:
    with pytest.raises(InvalidValue, match="at most 15 digits"):
        cleaned(MAX_INTEGER + 1, kind)
    assert cleaned(10**15 - 1, kind) == 10**15 - 1


def test_a_flag_is_true_or_false() -> None:
    assert cleaned(False, FieldType.BOOLEAN) is False
    others: tuple[Any, ...] = (0, 1, "true", "", [])
    for value in others:
        refused(value, FieldType.BOOLEAN)


def test_a_definition_is_read_from_its_record() -> None:
    values = {**DEFINITION, "type": "choice", "choices": ["a"], "required": True}
    record = definition("colour", **values).record
    assert definition_of(record) == FieldDefinition(
        "colour", "City", FieldType.CHOICE, ("a",), required=True
    )


def test_what_another_location_left_out_has_its_default() -> None:
    bare = replace(definition("colour").record, values={})
    assert definition_of(bare) == FieldDefinition("colour", "colour", FieldType.TEXT)


@pytest.mark.parametrize("choices", [["a"], []])
@pytest.mark.parametrize("kind", FieldType)
def test_what_a_merge_brings_together_is_read_as_a_valid_definition(
    kind: FieldType, choices: list[str]
) -> None:
    merged = definition(type=kind, choices=choices, pattern="a+", searchable=True).record
    read = definition_of(merged)
    properties = {name: getattr(read, name) for name in DEFINITION}
    properties["choices"] = list(read.choices)
    assert clean_definition(properties) == properties


def test_a_choice_that_lost_its_choices_is_read_as_text() -> None:
    merged = definition(type="choice", choices=[]).record
    assert definition_of(merged).type is FieldType.TEXT


def test_a_type_that_nobody_here_knows_is_text() -> None:
    strange = definition("colour", type="colour-picker").record
    assert definition_of(strange).type is FieldType.TEXT
