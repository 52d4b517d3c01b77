"""/api/customers/fields: field definitions."""

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import AlreadyExists, StillInUse
from chalicelib.handlers.answer import Answer, Created, NoContent
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import (
    DeletionQuery,
    FieldInput,
    FieldKey,
    FieldPatch,
    NewField,
    values_of,
)
from chalicelib.handlers.outputs import FieldOutput, Fields, shaped
from chalicelib.handlers.request import HttpRequest
from chalicelib.services import fields
from chalicelib.services.writing import Expected, IdempotencyKey

blueprint = Blueprint(__name__)
FIELDS = "/api/customers/fields"
FIELD = FIELDS + "/{key}"


@endpoint(blueprint, "POST", FIELDS, Permission.WRITE_FIELDS, raises=(AlreadyExists,))
def create_field(
    request: HttpRequest, body: NewField, idempotency: IdempotencyKey | None
) -> Created[FieldOutput]:
    """Adds a field to every customer, at every location. A deleted key may come again."""
    values = values_of(body)
    key = values.pop("key")
    made = fields.create_field(key, values, request.caller, request.registry, idempotency)
    location = {"Location": f"{FIELDS}/{made.id}"}
    return Created(shaped(FieldOutput, made), version=made.version, headers=location)


@endpoint(blueprint, "GET", FIELDS, Permission.READ_FIELDS)
def list_fields(request: HttpRequest) -> Answer[Fields]:
    """Lists every field definition, active or not, in one page."""
    found = fields.list_fields(request.registry)
    return Answer(Fields([shaped(FieldOutput, one) for one in found], None))


@endpoint(blueprint, "GET", FIELD, Permission.READ_FIELDS)
def read_field(request: HttpRequest, key: FieldKey) -> Answer[FieldOutput]:
    """Reads a field definition."""
    return _answer(fields.read_field(key, request.registry))


@endpoint(blueprint, "PUT", FIELD, Permission.WRITE_FIELDS)
def replace_field(
    request: HttpRequest, key: FieldKey, body: FieldInput, expected: Expected
) -> Answer[FieldOutput]:
    """Replaces every property of a field definition."""
    values = values_of(body)
    return _answer(fields.replace_field(key, values, request.caller, request.registry, expected))


@endpoint(blueprint, "PATCH", FIELD, Permission.WRITE_FIELDS)
def patch_field(
    request: HttpRequest, key: FieldKey, body: FieldPatch, expected: Expected
) -> Answer[FieldOutput]:
    """Changes some properties of a field definition."""
    values = values_of(body)
    return _answer(fields.patch_field(key, values, request.caller, request.registry, expected))


@endpoint(blueprint, "DELETE", FIELD, Permission.WRITE_FIELDS, raises=(StillInUse,))
def delete_field(
    request: HttpRequest, key: FieldKey, expected: Expected, query: DeletionQuery
) -> NoContent:
    """Deletes a field definition, and hides every value of it.

    Without `force` it is kept where customers have a value for it, and where there are too many
    customers to look through.
    """
    version = fields.delete_field(
        key, request.caller, request.registry, expected, force=query.force
    )
    return NoContent(None, version=version)


def _answer(field: fields.Field) -> Answer[FieldOutput]:
    return Answer(shaped(FieldOutput, field), version=field.version)
