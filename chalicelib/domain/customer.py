"""Customers: the rules for what may be written, and the view that callers get."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from msgspec import Struct

from chalicelib.domain.errors import InvalidValue, TooLarge
from chalicelib.domain.field import TEXTS, Definitions, clean_date, clean_extra_value
from chalicelib.domain.record import Record, Value, Values
from chalicelib.domain.retention import RetentionPolicy
from chalicelib.domain.text import clean_text, moment

EXTRA = "extra."
MAX_DOCUMENT_NUMBER = 64
MAX_CUSTOMER_BYTES = 120 * 1024
EARLIEST_BIRTH = date(1850, 1, 1)
CUSTOMER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Customer(Struct, frozen=True):
    """A customer as callers see one: hidden values are not in here.

    `duplicate_of` is the customer to whom the document number belongs, where that is another one.
    """

    id: str
    surname: str
    name: str | None
    dob: str | None
    document_number: str | None
    extra_fields: Mapping[str, Value]
    version: int
    created_at: str
    updated_at: str
    expires_on: str
    origin: str
    duplicate_of: str | None = None


def view(
    record: Record,
    definitions: Definitions,
    retention: RetentionPolicy,
    duplicate_of: str | None = None,
) -> Customer:
    """The customer in a record, with the values of active fields only."""
    return Customer(
        id=record.id,
        surname=str(record.value("surname") or ""),
        name=_text(record.value("name")),
        dob=_text(record.value("dob")),
        document_number=_text(record.value("document_number")),
        extra_fields=_visible_extras(record, definitions),
        version=record.version,
        created_at=moment(record.created.wall),
        updated_at=moment(record.updated_at),
        expires_on=retention.expires_on(record.updated_at).isoformat(),
        origin=record.home,
        duplicate_of=duplicate_of,
    )


def is_visible_value(name: str, definitions: Definitions) -> bool:
    """Whether a register may be shown and written: only active fields' values may."""
    if not name.startswith(EXTRA):
        return True
    definition = definitions.get(name.removeprefix(EXTRA))
    return definition is not None and definition.active


def clean_whole(
    values: Mapping[str, Any], definitions: Definitions, today: date, held: Record | None = None
) -> Values:
    """The registers of a customer that is written whole: what is left out is emptied.

    Goes by what is `held` and raises as `clean_part`.
    """
    extras = values.get("extra_fields", {})
    _refuse_unknown(extras, definitions)
    whole = {
        **{name: values.get(name) for name in TEXTS},
        "extra_fields": {key: extras.get(key) for key in definitions if definitions[key].active},
    }
    return clean_part(whole, definitions, today, held)


def clean_part(
    values: Mapping[str, Any], definitions: Definitions, today: date, held: Record | None = None
) -> Values:
    """The registers of the fields that are given, None for those that are emptied.

    A dynamic value that the record `held` has already is left out: its field may have another type
    by now, or be required. Raises InvalidValue, which names the field.
    """
    extras = values.get("extra_fields", {})
    _refuse_unknown(extras, definitions)
    cleaned: dict[str, Value] = {
        field: clean(values[field]) for field, clean in _cleaners(today).items() if field in values
    }
    for key, value in extras.items():
        if held is None or not held.holds(EXTRA + key, value):
            cleaned[EXTRA + key] = _clean_extra(key, value, definitions)
    return cleaned


def in_body(registers: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names of registers as the API's bodies hold them. Raises InvalidValue."""
    texts = {name: value for name, value in registers.items() if name in TEXTS}
    for name, value in texts.items():
        if not isinstance(value, str | None):
            raise InvalidValue(f"{name} must be text", name)
    extras = {name.removeprefix(EXTRA): registers[name] for name in registers if name not in TEXTS}
    return {**texts, "extra_fields": extras}


def refuse_too_large(record: Record) -> None:
    """Raises TooLarge where the values exceed 120 KB of JSON in UTF-8."""
    values = {name: register.value for name, register in record.values.items()}
    if len(json.dumps(values, ensure_ascii=False).encode()) > MAX_CUSTOMER_BYTES:
        raise TooLarge("the customer must have at most 120 KB")


def _visible_extras(record: Record, definitions: Definitions) -> dict[str, Value]:
    visible: dict[str, Value] = {}
    for key, definition in definitions.items():
        value = record.value(EXTRA + key)
        if definition.active and value is not None:
            visible[key] = value
    return visible


def _refuse_unknown(extras: Mapping[str, Any], definitions: Definitions) -> None:
    for key in extras:
        if key not in definitions or not definitions[key].active:
            raise InvalidValue(f"there is no field {key[:64]!r}", key)


def _clean_extra(key: str, value: Any, definitions: Definitions) -> Value:
    cleaned = clean_extra_value(definitions[key], value)
    if cleaned is None and definitions[key].required:
        raise InvalidValue(f"{key} is required", key)
    return cleaned


def _cleaners(today: date) -> Mapping[str, Callable[[str | None], Value]]:
    return {
        "surname": _clean_surname,
        "name": _clean_name,
        "dob": partial(_clean_dob, today),
        "document_number": _clean_document_number,
    }


def _clean_surname(text: str | None) -> str:
    surname = clean_text(text or "", "surname")
    if surname is None:
        raise InvalidValue("surname is required", "surname")
    return surname


def _clean_name(text: str | None) -> str | None:
    return clean_text(text or "", "name")


def _clean_dob(today: date, text: str | None) -> str | None:
    trimmed = clean_text(text or "", "dob")
    if trimmed is None:
        return None
    born = clean_date(trimmed, "dob")
    if not EARLIEST_BIRTH <= born <= today:
        raise InvalidValue("dob must be a day from 1850 until today", "dob")
    return born.isoformat()


def _clean_document_number(text: str | None) -> str | None:
    return clean_text(text or "", "document_number", MAX_DOCUMENT_NUMBER)


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None
