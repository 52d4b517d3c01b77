"""/api/customers/fields: field definitions."""

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import NotFound
from chalicelib.domain.field import KEY
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import FieldInput, FieldPatch, NewField, values_of
from chalicelib.handlers.request import HttpRequest
from chalicelib.services import fields

blueprint = Blueprint(__name__)
FIELDS = "/api/customers/fields"
FIELD = FIELDS + "/{key}"


@endpoint(blueprint, "POST", FIELDS, Permission.WRITE_FIELDS)
def create_field(request: HttpRequest) -> Answer:
    values = values_of(request.body(NewField))
    key = values.pop("key")
    body = fields.create_field(key, values, request.caller, request.registry, request.idempotency())
    return Answer(
        body, status=201, version=body["version"], headers={"Location": f"{FIELDS}/{body['id']}"}
    )


@endpoint(blueprint, "GET", FIELDS, Permission.READ_FIELDS)
def list_fields(request: HttpRequest) -> Answer:
    return Answer({"items": fields.list_fields(request.registry), "next": None})


@endpoint(blueprint, "GET", FIELD, Permission.READ_FIELDS)
def read_field(request: HttpRequest, key: str) -> Answer:
    field = fields.read_field(_known(key), request.registry)
    return Answer(field, version=field.version)


@endpoint(blueprint, "PUT", FIELD, Permission.WRITE_FIELDS)
def replace_field(request: HttpRequest, key: str) -> Answer:
    field = fields.replace_field(
        _known(key),
        values_of(request.body(FieldInput)),
        request.caller,
        request.registry,
        request.expected(),
    )
    return Answer(field, version=field.version)


@endpoint(blueprint, "PATCH", FIELD, Permission.WRITE_FIELDS)
def patch_field(request: HttpRequest, key: str) -> Answer:
    field = fields.patch_field(
        _known(key),
        values_of(request.body(FieldPatch)),
        request.caller,
        request.registry,
        request.expected(),
    )
    return Answer(field, version=field.version)


@endpoint(blueprint, "DELETE", FIELD, Permission.WRITE_FIELDS)
def delete_field(request: HttpRequest, key: str) -> Answer:
    version = fields.delete_field(
        _known(key),
        request.caller,
        request.registry,
        request.expected(),
        force=request.query_flag("force"),
    )
    return Answer(status=204, version=version)


def _known(key: str) -> str:
    """The key, if it can be one: anything else never reaches a table. Raises NotFound."""
    if not KEY.fullmatch(key):
        raise NotFound("there is no such field")
    return key
