"""The document at /openapi.json, made of what the routes' functions say of themselves.

OpenAPI 3.1. Nothing is written here that a signature, a shape or a docstring says already.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, get_args, get_origin

from msgspec.json import schema_components

from chalicelib.domain import errors
from chalicelib.domain.access import GRANTS
from chalicelib.domain.errors import SinsError
from chalicelib.handlers.inputs import PageQuery
from chalicelib.handlers.operation import Operation
from chalicelib.handlers.problem import PROBLEM_JSON, Problem, status_of
from chalicelib.handlers.request import MAX_BODY_BYTES, MAX_IDEMPOTENCY_KEY
from chalicelib.settings import Settings

# Of the contract: it grows when something is taken away or means something else.
VERSION = "1"
DESCRIPTION = f"""\
The registry at one location.

- A slash at the end of a path changes nothing.
- Lists come in pages. Send `next` of one page as `cursor` to get the one after it.
- Unknown query parameters are ignored; unknown values of a body are refused, and names that come
  twice.
- A body has at most {MAX_BODY_BYTES // 1024} KB.
- Errors are problem details (RFC 9457). Rely on `code`: it never changes. An unknown path is
  answered with 404. A method that a path does not take is answered with 405 and `Allow`; behind
  AWS's gateway with 404 too, as it does not tell the two apart.
- Send `X-Request-Id` to name a request in the log, or find the name that it was given in the
  answer. Send `traceparent` (W3C Trace Context) to follow it further.
"""
REF = "#/components/schemas/{name}"
Json = dict[str, Any]

HEADERS: Mapping[str, Json] = {
    "ETag": {
        "description": "The version of the record, or a digest of the answer.",
        "schema": {"type": "string", "pattern": '^"[^"]*"$'},
    },
    "X-Request-Id": {
        "description": "The request, as the log knows it.",
        "schema": {"type": "string", "minLength": 1},
    },
    "Location": {"description": "The path of what was made.", "schema": {"type": "string"}},
    "Link": {
        "description": "The next page, as `rel=next` (RFC 8288); absent at the end.",
        "required": False,
        "schema": {"type": "string"},
    },
    "X-Unreadable": {
        "description": "How many customers the page leaves out, because their rows cannot be read. "
        "Repair sees to them: an export later has them. Absent where none is left out.",
        "required": False,
        "schema": {"type": "string", "pattern": "^[1-9][0-9]*$"},
    },
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {"description": "How to say who asks.", "schema": {"type": "string"}},
}
# What comes with an error of that status.
ERROR_HEADERS = {401: ("WWW-Authenticate",), 503: ("Retry-After",)}
IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A second request with this key and the same body creates nothing, for 24 "
    "hours: it is answered with what the first one created, as it is by then. An import that comes "
    "again makes nobody twice, and tells what it finds then.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY},
}
SCHEMES: Mapping[str, Mapping[str, Json]] = {
    "header": {
        "role": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Role",
            "description": f"One of {', '.join(GRANTS)}.",
        },
        "actor": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Actor",
            "description": "Who asks, percent-encoded; it is written down.",
        },
    },
    "oidc": {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token that names the person and the role.",
        }
    },
}
# Who asks need not be named where headers are trusted.
SECURITY: Mapping[str, list[Json]] = {
    "header": [{"role": []}, {"role": [], "actor": []}],
    "oidc": [{"token": []}],
}


def document(operations: Iterable[Operation], settings: Settings) -> Json:
    """The whole document, for a location with these settings."""
    operations = list(operations)
    schemas: Json = {}
    responses: Json = {}
    paths: dict[str, Json] = {}
    problem_schema(schemas)
    for operation in operations:
        methods = paths.setdefault(operation.path, {})
        methods[operation.method.lower()] = _described(operation, settings, schemas, responses)
    return {
        "openapi": "3.1.0",
        "info": {"title": "SINS", "version": VERSION, "description": DESCRIPTION},
        "servers": [{"url": "./"}],
        "tags": _tags(operations),
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": dict(sorted(responses.items())),
            "headers": {name: {"required": True, **header} for name, header in HEADERS.items()},
            "parameters": {
                "If-Match": _if_match(settings),
                "Idempotency-Key": IDEMPOTENCY_KEY,
            },
            "securitySchemes": SCHEMES[settings.auth_mode],
        },
    }


def _described(operation: Operation, settings: Settings, schemas: Json, responses: Json) -> Json:
    summary, _, more = (operation.view.__doc__ or "").partition("\n")
    described = {
        "operationId": operation.view.__name__,
        "tags": [_tag(operation)],
        "summary": summary,
        "description": " ".join(more.split()),
        **_security(operation, settings),
        "parameters": list(_parameters(operation, schemas)),
        "requestBody": _request_body(operation, schemas),
        "responses": {
            **_success(operation, schemas),
            **_refusals(operation, settings, responses),
        },
    }
    return {name: value for name, value in described.items() if value not in ("", [], None)}


def _security(operation: Operation, settings: Settings) -> Json:
    if operation.permission is None:
        return {}
    return {
        "security": SECURITY[settings.auth_mode],
        "x-permission": operation.permission,
        "x-roles": [role for role, grants in GRANTS.items() if operation.permission in grants],
    }


def _parameters(operation: Operation, schemas: Json) -> Iterator[Json]:
    for name, kind in operation.path_values.items():
        yield _parameter(name, "path", _schema(kind, schemas), required=True)
    if "query" in operation.takes:
        shape = _schema(operation.takes["query"], schemas)
        # Its fields are the parameters: as a whole nobody sees it.
        whole = schemas.pop(shape["$ref"].rpartition("/")[2])
        for name, schema in whole["properties"].items():
            yield _parameter(name, "query", schema, name in whole["required"])
    for name, header in (("expected", "If-Match"), ("idempotency", "Idempotency-Key")):
        if name in operation.takes:
            yield {"$ref": f"#/components/parameters/{header}"}


def _parameter(name: str, place: str, schema: Json, required: bool) -> Json:
    description = schema.pop("description", "")
    parameter = {"name": name, "in": place, "required": required, "schema": schema}
    return {**parameter, "description": description} if description else parameter


def _if_match(settings: Settings) -> Json:
    return {
        "name": "If-Match",
        "in": "header",
        "required": settings.require_if_match,
        "description": "The ETag of the version that is replaced, with its quotes; several with "
        "commas between; or `*` for any. A weak one (`W/`) matches none.",
        "schema": {"type": "string"},
    }


def _request_body(operation: Operation, schemas: Json) -> Json | None:
    if "upload" in operation.takes:
        # A file is what it is: no JSON that a schema could describe.
        files = operation.takes["upload"].media_types
        content = {media: {"schema": {"contentMediaType": media}} for media in files}
        return {"required": True, "content": content}
    if "body" not in operation.takes:
        return None
    schema = _schema(operation.takes["body"], schemas)
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _success(operation: Operation, schemas: Json) -> Json:
    kind = get_origin(operation.answers) or operation.answers
    headers = ["ETag", "X-Request-Id", *kind.own_headers]
    response = {"description": HTTPStatus(kind.status).phrase, "headers": _headers(headers)}
    if kind.status != HTTPStatus.NO_CONTENT:
        schema = _schema(_body_of(operation.answers), schemas)
        response["content"] = {media: {"schema": schema} for media in kind.media_types}
    return {str(kind.status): response}


def _body_of(answers: Any) -> Any:
    """The type of the body: `Answer[Health]` says it, a file is text."""
    return next(iter(get_args(answers)), str)


def _refusals(operation: Operation, settings: Settings, responses: Json) -> Json:
    """References by status. Operations that refuse alike share a response."""
    codes: dict[int, list[type[SinsError]]] = {}
    for error in errors_of(operation, settings):
        codes.setdefault(status_of(error), []).append(error)
    refusals = {}
    for status, kinds in sorted(codes.items()):
        name = "-".join(kind.code for kind in kinds)
        responses[name] = _refusal(status, kinds)
        refusals[str(status)] = {"$ref": f"#/components/responses/{name}"}
    return refusals


def errors_of(operation: Operation, settings: Settings) -> Iterable[type[SinsError]]:
    """What can go wrong, by what the operation takes."""
    takes = operation.takes
    changes = "expected" in takes or "idempotency" in takes
    reads_pages = issubclass(takes.get("query", object), PageQuery)
    causes: Iterable[tuple[object, *tuple[type[SinsError], ...]]] = (
        (operation.permission is not None, errors.Unauthenticated, errors.Forbidden),
        (operation.path_values, errors.NotFound),
        ("body" in takes, errors.MalformedRequest),
        ("body" in takes or "upload" in takes, errors.UnsupportedMediaType, errors.TooLarge),
        ("body" in takes or "query" in takes, errors.InvalidValue),
        (reads_pages, errors.MalformedRequest),
        ("expected" in takes, errors.MalformedRequest, errors.StaleVersion),
        ("expected" in takes and settings.require_if_match, errors.PreconditionRequired),
        ("idempotency" in takes, errors.MalformedRequest),
        # Another file is another import.
        (
            {"idempotency", "body"} <= takes.keys(),
            errors.IdempotencyMismatch,
            errors.NotFound,
        ),
        (True, *operation.raises),
        (operation.permission is not None, errors.Unavailable),
        (changes, errors.Joining, errors.Damaged),
        (True, SinsError),
    )
    found = (error for holds, *raised in causes if holds for error in raised)
    return list(dict.fromkeys(found))


def _refusal(status: int, kinds: list[type[SinsError]]) -> Json:
    meanings = [f"`{kind.code}`: {_meaning(kind)}" for kind in kinds]
    codes = {"type": "object", "properties": {"code": {"enum": [kind.code for kind in kinds]}}}
    return {
        "description": " ".join(meanings),
        "headers": _headers(["X-Request-Id", *ERROR_HEADERS.get(status, ())]),
        "content": {
            PROBLEM_JSON: {"schema": {"allOf": [{"$ref": REF.format(name="Problem")}, codes]}}
        },
    }


def problem_schema(schemas: Json) -> None:
    """The shape of errors, with every code and what it means."""
    _schema(Problem, schemas)
    code = schemas["Problem"]["properties"]["code"]
    code["oneOf"] = [
        {"const": kind.code, "description": _meaning(kind)} for kind in every_error(SinsError)
    ]


def every_error(kind: type[SinsError]) -> Iterator[type[SinsError]]:
    """An error and all that are more exact than it."""
    yield kind
    for exact in kind.__subclasses__():
        yield from every_error(exact)


def _meaning(kind: type[SinsError]) -> str:
    return " ".join((kind.__doc__ or "").split())


def _headers(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _schema(kind: Any, schemas: Json) -> Json:
    """The schema of a type; what it refers to is added to the others."""
    (schema,), found = schema_components([kind], ref_template=REF)
    schemas.update({name: one for name, one in found.items() if name not in schemas})
    return schema


def _tags(operations: Iterable[Operation]) -> list[Json]:
    modules = {_tag(one): sys.modules[one.view.__module__] for one in operations}
    return [
        {"name": tag, "description": (module.__doc__ or "").partition(":")[2].strip()}
        for tag, module in modules.items()
    ]


def _tag(operation: Operation) -> str:
    """The operations of one module belong together."""
    return operation.view.__module__.rpartition(".")[2].replace("_", " ")
