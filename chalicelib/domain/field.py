"""Field definitions: what administrators add to a customer without a release."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from msgspec import Struct

from chalicelib.domain.errors import InvalidValue
from chalicelib.domain.record import Record, Value, Values
from chalicelib.domain.text import clean_text

MAX_CHOICES = 200
MAX_PATTERN = 200
MOST_NAMED = 20
KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
# What every customer has without a definition. No key is one of them: what is wrong with a value,
# and by which a customer was found, is told by its bare name.
TEXTS = ("surname", "name", "dob", "document_number")
# JSON numbers above this lose digits in every JavaScript client.
MAX_INTEGER = 2**53 - 1
EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{2,38}[0-9]")


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    EMAIL = "email"
    PHONE = "phone"


TEXT_TYPES = (FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE)
SEARCHABLE_TYPES = (*TEXT_TYPES, FieldType.CHOICE, FieldType.DATE)


class FieldDefinition(Struct, frozen=True):
    """One dynamic field. Only active ones are shown and may be written."""

    key: str
    label: str
    type: FieldType
    choices: tuple[str, ...] = ()
    required: bool = False
    pattern: str | None = None
    active: bool = True
    searchable: bool = False


Definitions = Mapping[str, FieldDefinition]


class Usage(Struct, frozen=True):
    """How many customers hold a value of a field, of so many records that were looked through.

    `is_whole` says that there are no others.
    """

    customers: int
    looked_through: int
    is_whole: bool


def definition_of(record: Record) -> FieldDefinition:
    """The definition that a record holds; what is left out or unknown gets its default.

    It is one that `clean_definition` takes, also where a merge brought properties together that no
    writer did: what does not belong to the type counts as left out. A choice without choices is
    read as text: its values stay valid and others can be written, which otherwise none could.
    """
    choices, pattern = record.value("choices"), record.value("pattern")
    offered = tuple(choices) if isinstance(choices, list) else ()
    kind = _type_or_text(record.value("type"))
    if kind is FieldType.CHOICE and not offered:
        kind = FieldType.TEXT
    return FieldDefinition(
        key=record.id,
        label=str(record.value("label") or record.id),
        type=kind,
        choices=offered if kind is FieldType.CHOICE else (),
        required=bool(record.value("required")),
        pattern=pattern if isinstance(pattern, str) and kind in TEXT_TYPES else None,
        active=record.value("active") is not False,
        searchable=record.value("searchable") is True and kind in SEARCHABLE_TYPES,
    )


def clean_key(key: str) -> str:
    """The key, unchanged.

    Raises InvalidValue unless it fits `[a-z][a-z0-9_]{0,62}` and is no name of what every customer
    has.
    """
    if not KEY.fullmatch(key):
        raise InvalidValue(
            "key must start with a letter a-z, then letters a-z, digits and _, at most 63", "key"
        )
    if key in TEXTS:
        raise InvalidValue(f"key must not be {key}: every customer has a {key}", "key")
    return key


def clean_definition(values: Mapping[str, Any]) -> Values:
    """The properties of a whole definition, checked one by one and against each other.

    Raises InvalidValue, which names the property.
    """
    label = clean_text(values["label"], "label")
    if label is None:
        raise InvalidValue("label is required", "label")
    kind = _field_type(values["type"])
    return {
        "label": label,
        "type": kind.value,
        "choices": _clean_choices(values["choices"], kind),
        "required": values["required"],
        "pattern": _clean_pattern(values["pattern"], kind),
        "active": values["active"],
        "searchable": _clean_searchable(values["searchable"], kind),
    }


def searched_keys(definitions: Definitions) -> frozenset[str]:
    """The fields that a search looks into: active, and marked searchable."""
    found = definitions.values()
    return frozenset(field.key for field in found if field.active and field.searchable)


def clean_extra_value(definition: FieldDefinition, value: Any) -> Value:
    """The value as it is stored; None where it is empty.

    Raises InvalidValue with the field's key where type, choice, pattern or length are wrong.
    """
    if value is None:
        return None
    return _CLEANERS[definition.type](definition, value)


def clean_date(text: str, field: str) -> date:
    """A real date from `YYYY-MM-DD`. Raises InvalidValue for anything else."""
    try:
        found = date.fromisoformat(text)
        # Weeks (2026-W01-1) and dates without hyphens are ISO dates too.
        if found.isoformat() == text:
            return found
    except ValueError:
        pass
    raise InvalidValue(f"{field} must be a real date, written YYYY-MM-DD", field)


def _field_type(name: str) -> FieldType:
    try:
        return FieldType(name)
    except ValueError as error:
        raise InvalidValue(f"type must be one of {', '.join(FieldType)}", "type") from error


def _clean_choices(choices: Sequence[str], kind: FieldType) -> list[str]:
    if kind is not FieldType.CHOICE:
        if choices:
            raise InvalidValue("choices belong to the type choice only", "choices")
        return []
    cleaned = [clean_text(choice, "choices") for choice in choices]
    present = [choice for choice in cleaned if choice]
    if not present or len(present) != len(choices) or len(set(present)) != len(present):
        raise InvalidValue("choices must be different texts, at least one", "choices")
    if len(present) > MAX_CHOICES:
        raise InvalidValue(f"choices must be at most {MAX_CHOICES}", "choices")
    return present


def _clean_searchable(searchable: bool, kind: FieldType) -> bool:
    if searchable and kind not in SEARCHABLE_TYPES:
        raise InvalidValue(
            f"searchable belongs to {', '.join(SEARCHABLE_TYPES)} only", "searchable"
        )
    return searchable


def _clean_pattern(pattern: str | None, kind: FieldType) -> str | None:
    if pattern is None:
        return None
    if kind not in TEXT_TYPES:
        raise InvalidValue(f"pattern belongs to {', '.join(TEXT_TYPES)} only", "pattern")
    if len(pattern) > MAX_PATTERN:
        raise InvalidValue(f"pattern must have at most {MAX_PATTERN} characters", "pattern")
    _matcher(pattern)
    return pattern or None


def _matcher(pattern: str) -> Callable[[str], object]:
    # RE2 matches in linear time: an administrator's pattern cannot stall a function.
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.log_errors = False
    try:
        matcher: Callable[[str], object] = re2.compile(pattern, options).fullmatch
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        raise InvalidValue(f"pattern is no regular expression: {reason}", "pattern") from error
    return matcher


def _clean_string(definition: FieldDefinition, value: Any) -> str | None:
    if not isinstance(value, str):
        raise InvalidValue(f"{definition.key} must be text", definition.key)
    text = clean_text(value, definition.key)
    if text and definition.pattern and not _matcher(definition.pattern)(text):
        raise InvalidValue(
            f"{definition.key} must match the pattern {definition.pattern}", definition.key
        )
    return text


def _clean_email(definition: FieldDefinition, value: Any) -> str | None:
    text = _clean_string(definition, value)
    if text and not EMAIL.fullmatch(text):
        raise InvalidValue(f"{definition.key} must be an e-mail address", definition.key)
    return text


def _clean_phone(definition: FieldDefinition, value: Any) -> str | None:
    text = _clean_string(definition, value)
    if text and not PHONE.fullmatch(text):
        raise InvalidValue(
            f"{definition.key} must be a phone number: digits, spaces and + ( ) . / -",
            definition.key,
        )
    return text


def _clean_choice(definition: FieldDefinition, value: Any) -> str | None:
    text = _clean_string(definition, value)
    if text and text not in definition.choices:
        raise InvalidValue(
            f"{definition.key} must be one of {_some_of(definition)}", definition.key
        )
    return text


def _some_of(definition: FieldDefinition) -> str:
    """The choices; of many the first. Each refused row of an import has them in its sentence."""
    named, count = definition.choices[:MOST_NAMED], len(definition.choices)
    return ", ".join(named) + (f" or others, {count} in all" if count > MOST_NAMED else "")


def _clean_date(definition: FieldDefinition, value: Any) -> str | None:
    text = _clean_string(definition, value)
    return clean_date(text, definition.key).isoformat() if text else None


def _clean_integer(definition: FieldDefinition, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_INTEGER:
        raise InvalidValue(
            f"{definition.key} must be a whole number of at most 15 digits", definition.key
        )
    return value


def _clean_number(definition: FieldDefinition, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise InvalidValue(
            f"{definition.key} must be a number, a whole one of at most 15 digits", definition.key
        )
    return value


def _clean_boolean(definition: FieldDefinition, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidValue(f"{definition.key} must be true or false", definition.key)
    return value


def _is_finite(value: int | float) -> bool:
    return abs(value) <= (MAX_INTEGER if isinstance(value, int) else 1.7976931348623157e308)


def _type_or_text(value: Value) -> FieldType:
    # A newer release at another location may know a type that this one doesn't.
    return FieldType(value) if value in list(FieldType) else FieldType.TEXT


_CLEANERS: Mapping[FieldType, Callable[[FieldDefinition, Any], Value]] = {
    FieldType.TEXT: _clean_string,
    FieldType.NUMBER: _clean_number,
    FieldType.INTEGER: _clean_integer,
    FieldType.BOOLEAN: _clean_boolean,
    FieldType.DATE: _clean_date,
    FieldType.CHOICE: _clean_choice,
    FieldType.EMAIL: _clean_email,
    FieldType.PHONE: _clean_phone,
}
