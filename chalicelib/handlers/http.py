"""What every HTTP function has in common, in the order in which it happens.

1. `endpoint` gives the request an id and finds out who asks. Nobody gets further without a role
   that has the permission the route names.
2. The function is called with the input that its signature names (`operation.py`), calls one
   service, and returns an `Answer`.
3. The answer or the error becomes a response with ETag and request id, and one line in the log.
   Refusals are written to the access log.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import unquote

from chalice.app import Blueprint, Request, Response

from chalicelib import bootstrap
from chalicelib.domain.access import AccessEntry, Permission, require
from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import Forbidden, NotFound, SinsError, Unauthenticated
from chalicelib.handlers.answer import Answer, respond, respond_problem
from chalicelib.handlers.auth import ANONYMOUS, authenticate
from chalicelib.handlers.operation import View, operation_of
from chalicelib.handlers.request import HttpRequest
from chalicelib.log import LOGGER, fields
from chalicelib.settings import Settings

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
# A trace of nothing but zeros is none (W3C Trace Context).
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def endpoint(
    blueprint: Blueprint,
    method: str,
    path: str,
    permission: Permission | None,
    raises: tuple[type[SinsError], ...] = (),
) -> Callable[[View], View]:
    """Registers a function for a method and path. `permission` None is open to everybody.

    `raises` are the errors that do not follow from the function's signature.
    """

    def register(view: View) -> View:
        operation = operation_of(view, method, path, permission, raises)

        @wraps(view)
        def read(request: HttpRequest, **path_values: str) -> Answer[Any]:
            return view(request, **operation.inputs(request, path_values))

        def call(**path_values: str) -> Response:
            return _handle(blueprint.current_request, read, permission, path_values)

        call.operation = operation  # type: ignore[attr-defined]
        blueprint.route(path, methods=[method], name=view.__name__, content_types=["*/*"])(call)
        return view

    return register


def _handle(
    raw: Request, view: View, permission: Permission | None, path_values: Mapping[str, str]
) -> Response:
    started = time.perf_counter_ns()
    parts = bootstrap.parts()
    request_id = _request_id(raw)
    caller = Caller(ANONYMOUS, "", request_id, _trace_id(raw))
    try:
        if permission is not None:
            caller = _identify(raw, caller, parts.settings)
            require(permission, caller)
        values = {name: _unquoted(value) for name, value in path_values.items()}
        response = respond(view(HttpRequest(raw, caller, parts), **values), request_id)
    except (Unauthenticated, Forbidden) as error:
        response = _refuse(error, raw, caller, parts)
    except SinsError as error:
        response = respond_problem(error, request_id)
    except Exception:  # noqa: BLE001 (whatever it is, the caller gets an answer)
        where = fields(http__request__id=request_id, labels__location=parts.settings.location)
        LOGGER.exception("a function failed", extra=where)
        response = respond_problem(SinsError("something went wrong here"), request_id)
    _log(raw, caller, response, view.__name__, time.perf_counter_ns() - started, parts.settings)
    return response


def _identify(raw: Request, caller: Caller, settings: Settings) -> Caller:
    actor, role = authenticate(raw.headers, settings)
    return Caller(actor, role.value, caller.request_id, caller.trace_id)


def _refuse(error: SinsError, raw: Request, caller: Caller, parts: bootstrap.Parts) -> Response:
    registry = parts.registry
    # What was asked for: `raw.path` is the route.
    path = raw.context.get("path") or raw.path
    entry = AccessEntry(caller, raw.method, path, error.code, registry.clock())
    try:
        registry.store.access.add(entry)
    except SinsError as unlogged:
        return respond_problem(unlogged, caller.request_id)
    return respond_problem(error, caller.request_id)


def _log(
    raw: Request, caller: Caller, response: Response, function: str, took: int, settings: Settings
) -> None:
    LOGGER.info(
        "%s %s %s",
        raw.method,
        raw.path,
        response.status_code,
        extra=fields(
            http__request__id=caller.request_id,
            http__request__method=raw.method,
            http__response__status_code=response.status_code,
            url__path=raw.path,
            trace__id=caller.trace_id,
            user__name=caller.actor,
            user__roles=caller.role or None,
            labels__location=settings.location,
            faas__name=function,
            event__duration=took,
        ),
    )


def _request_id(raw: Request) -> str:
    given = raw.headers.get("x-request-id", "")
    if _REQUEST_ID.fullmatch(given):
        return str(given)
    return str(raw.context.get("requestId") or secrets.token_hex(16))


def _trace_id(raw: Request) -> str:
    """The caller's trace (W3C Trace Context), or a new one."""
    found = _TRACEPARENT.fullmatch(raw.headers.get("traceparent", ""))
    return found.group(1) if found else secrets.token_hex(16)


def _unquoted(segment: str) -> str:
    try:
        text = unquote(segment, errors="strict")
    except UnicodeDecodeError as error:
        raise NotFound("the path is not UTF-8") from error
    if not text.isprintable():
        raise NotFound("the path holds control characters")
    return text
