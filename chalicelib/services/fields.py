"""Creating, reading, changing and deleting field definitions."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller
from chalicelib.domain.change import Change
from chalicelib.domain.errors import AlreadyExists, NotFound, StillInUse, VersionConflict
from chalicelib.domain.field import clean_definition, clean_key, definition_of
from chalicelib.domain.record import Kind, Record, Values
from chalicelib.domain.text import moment
from chalicelib.services.registry import Registry
from chalicelib.services.writing import Expected, IdempotencyKey, create_once, rewrite


class Field(Struct, frozen=True):
    """A field definition as callers see one; `id` is its key."""

    id: str
    key: str
    label: str
    type: str
    choices: tuple[str, ...]
    required: bool
    pattern: str | None
    active: bool
    searchable: bool
    version: int
    created_at: str
    updated_at: str
    origin: str


def create_field(
    key: str,
    values: Mapping[str, Any],
    caller: Caller,
    registry: Registry,
    idempotency: IdempotencyKey | None = None,
) -> Field:
    """A new definition; of a request that comes again the one it made, as read now.

    A key that was deleted may come again. Raises InvalidValue, AlreadyExists, IdempotencyMismatch,
    and NotFound where what the request made is gone.
    """

    def make() -> tuple[Change, Field]:
        change = _creation(clean_key(key), clean_definition(values), caller, registry)
        return change, _view(change.record)

    try:
        read = partial(read_field, registry=registry)
        return create_once(make, read, registry, idempotency)
    except VersionConflict:
        raise AlreadyExists(f"the field {key} exists already", "key") from None
    finally:
        registry.catalog.forget()


def read_field(key: str, registry: Registry) -> Field:
    """One definition, active or not. Raises NotFound."""
    return _view(_load(key, registry))


def list_fields(registry: Registry) -> list[Field]:
    """Every definition, active or not, in the order of key."""
    records = registry.store.records.all(Kind.FIELD)
    return sorted((_view(record) for record in records if record.is_live), key=lambda f: f.key)


def replace_field(
    key: str,
    values: Mapping[str, Any],
    caller: Caller,
    registry: Registry,
    expected: Expected = None,
) -> Field:
    """Every property as given. Raises NotFound, InvalidValue, StaleVersion."""
    return _change(key, lambda _record: clean_definition(values), caller, registry, expected)


def patch_field(
    key: str,
    values: Mapping[str, Any],
    caller: Caller,
    registry: Registry,
    expected: Expected = None,
) -> Field:
    """The properties that are given. Raises as `replace_field`."""

    def given(record: Record) -> Values:
        cleaned = clean_definition({**asdict(definition_of(record)), **values})
        # What the others are read as is not what somebody here wrote.
        return {name: cleaned[name] for name in values}

    return _change(key, given, caller, registry, expected)


def delete_field(
    key: str, caller: Caller, registry: Registry, expected: Expected = None, force: bool = False
) -> int:
    """Hides the definition and every value of it; its version now.

    Raises NotFound, StaleVersion, StillInUse.
    """
    _load(key, registry)
    if not force:
        _refuse_used(key, registry)
    record = rewrite(
        lambda: _load(key, registry),
        lambda record: changes.delete(record, registry.author(caller)),
        registry,
        expected,
    )
    registry.catalog.forget()
    return record.version


def _refuse_used(key: str, registry: Registry) -> None:
    """Raises StillInUse, also where more customers are there than a request can look through."""
    usage = registry.store.records.usage_of(key)
    if usage.customers:
        count = f"{'' if usage.is_whole else 'at least '}{usage.customers}"
        raise StillInUse(f"customers with a value for {key}: {count}; force=true deletes it", "key")
    if not usage.is_whole:
        raise StillInUse(
            f"of {usage.looked_through} customers nobody has a value for {key}, and there are more "
            "than are looked through while somebody waits; force=true deletes it",
            "key",
        )


def _creation(key: str, properties: Values, caller: Caller, registry: Registry) -> Change:
    record = registry.store.records.get(Kind.FIELD, key)
    if record is None:
        return changes.create(Kind.FIELD, key, properties, registry.author(caller))
    if record.is_live:
        raise AlreadyExists(f"the field {key} exists already", "key")
    return changes.restore(record, properties, registry.author(caller))


def _change(
    key: str,
    properties: Callable[[Record], Values],
    caller: Caller,
    registry: Registry,
    expected: Expected,
) -> Field:
    record = rewrite(
        lambda: _load(key, registry),
        lambda record: changes.update(record, properties(record), registry.author(caller)),
        registry,
        expected,
    )
    registry.catalog.forget()
    return _view(record)


def _load(key: str, registry: Registry) -> Record:
    record = registry.store.records.get(Kind.FIELD, key)
    if record is None or not record.is_live:
        raise NotFound("there is no such field")
    return record


def _view(record: Record) -> Field:
    definition = definition_of(record)
    return Field(
        id=definition.key,
        key=definition.key,
        label=definition.label,
        type=definition.type.value,
        choices=definition.choices,
        required=definition.required,
        pattern=definition.pattern,
        active=definition.active,
        searchable=definition.searchable,
        version=record.version,
        created_at=moment(record.created.wall),
        updated_at=moment(record.updated_at),
        origin=record.home,
    )
