"""The shapes of request bodies. Only shapes: the rules for values are the domain's."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, to_builtins


class CustomerInput(Struct, forbid_unknown_fields=True):
    """A whole customer, for POST and PUT."""

    surname: str
    name: str | None = None
    dob: str | None = None
    document_number: str | None = None
    extra_fields: dict[str, Any] = {}


class CustomerPatch(Struct, forbid_unknown_fields=True):
    """Some values of a customer (JSON Merge Patch, RFC 7396): null empties a value."""

    surname: str | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    dob: str | UnsetType | None = UNSET
    document_number: str | UnsetType | None = UNSET
    extra_fields: dict[str, Any] | UnsetType = UNSET


class RestoreInput(Struct, forbid_unknown_fields=True):
    """The audit entry whose values come back, and which of them; nothing for a deleted customer."""

    origin: str | None = None
    seq: int | None = None
    fields: list[str] = []


class FieldInput(Struct, forbid_unknown_fields=True):
    """A whole field definition, for PUT."""

    label: str
    type: str
    choices: list[str] = []
    required: bool = False
    pattern: str | None = None
    active: bool = True
    searchable: bool = False


class NewField(FieldInput, forbid_unknown_fields=True, kw_only=True):
    """A whole field definition with its key, for POST."""

    key: str


class FieldPatch(Struct, forbid_unknown_fields=True):
    """Some properties of a field definition; null for `pattern` takes it away."""

    label: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    choices: list[str] | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    pattern: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    searchable: bool | UnsetType = UNSET


def values_of(shape: Struct) -> dict[str, Any]:
    """What was given, by name; what was left out of a patch is not in it."""
    values: dict[str, Any] = to_builtins(shape)
    return values
