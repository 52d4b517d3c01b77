"""What every HTTP function has in common, in the order in which it happens.

1. `endpoint` gives the request an id and finds out who asks. Nobody gets further without a role
   that has the permission the route names.
2. The function reads its input from `HttpRequest`, calls one service, and returns an `Answer`.
3. The answer or the error becomes a response with ETag and request id, and one line in the log.
   Refusals are written to the access log.
"""

import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

import msgspec
from chalice.app import Blueprint, Request, Response

from chalicelib import bootstrap
from chalicelib.domain.access import AccessEntry, Permission, require
from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import (
    Forbidden,
    InvalidValue,
    MalformedRequest,
    NotFound,
    PreconditionRequired,
    SinsError,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
)
from chalicelib.handlers.auth import ANONYMOUS, authenticate
from chalicelib.handlers.problem import problem, problem_headers, status_of
from chalicelib.log import LOGGER, fields
from chalicelib.services.writing import Expected, IdempotencyKey
from chalicelib.settings import Settings

Input = TypeVar("Input")
View = Callable[..., "Answer"]
MAX_BODY_BYTES = 256 * 1024
MAX_IDEMPOTENCY_KEY = 200
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_VERSION_TAG = re.compile(r'(?:W/)?"(\d{1,15})"')
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function answers; `version` becomes the ETag, else the body's digest does."""

    body: Any = None
    status: int = 200
    version: int | None = None
    headers: Mapping[str, str] | None = None
    content_type: str = _JSON


class HttpRequest:
    """A request as the functions read it: every reader raises the error that names the mistake."""

    def __init__(self, raw: Request, caller: Caller, parts: bootstrap.Parts) -> None:
        self._raw = raw
        self.caller = caller
        self.parts = parts
        self.registry = parts.registry

    def body(self, shape: type[Input]) -> Input:
        """The JSON body in a msgspec shape.

        Raises MalformedRequest, UnsupportedMediaType, TooLarge, InvalidValue.
        """
        content_type = self._raw.headers.get("content-type", _JSON)
        if content_type.partition(";")[0].strip().lower() not in (
            _JSON,
            "application/merge-patch+json",
        ):
            raise UnsupportedMediaType(f"send {_JSON}")
        data = self._bytes()
        if len(data) > MAX_BODY_BYTES:
            raise TooLarge(f"a body must have at most {MAX_BODY_BYTES} bytes")
        try:
            return msgspec.json.decode(data, type=shape)
        except msgspec.ValidationError as error:
            raise _invalid(error) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedRequest(f"the body is no JSON: {error}") from error
        except RecursionError as error:
            raise MalformedRequest("the body is nested too deeply") from error

    def query(self, name: str, default: str = "") -> str:
        """A query parameter; the last one where it comes more than once."""
        parameters: Mapping[str, str] = self._raw.query_params or {}
        return str(parameters[name]) if name in parameters else default

    def query_number(self, name: str, default: int, lowest: int, highest: int) -> int:
        text = self.query(name, str(default))
        if not re.fullmatch(r"-?[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
            raise InvalidValue(f"{name} must be a whole number, {lowest} to {highest}", name)
        return int(text)

    def query_flag(self, name: str) -> bool:
        text = self.query(name, "false").lower()
        if text not in ("true", "false", "1", "0"):
            raise InvalidValue(f"{name} must be true or false", name)
        return text in ("true", "1")

    def expected(self) -> Expected:
        """The versions that `If-Match` accepts; None is any (no header, or `*`)."""
        header = self._raw.headers.get("if-match", "").strip()
        if not header and self.parts.settings.require_if_match:
            raise PreconditionRequired("send If-Match with the ETag of what you read")
        if header in ("", "*"):
            return None
        # A tag that is not ours matches no version.
        return frozenset(int(tag) for tag in _VERSION_TAG.findall(header))

    def idempotency(self) -> IdempotencyKey | None:
        """`Idempotency-Key`, scoped to the caller and the route. Raises MalformedRequest."""
        key = self._raw.headers.get("idempotency-key")
        if key is None:
            return None
        if not 1 <= len(key) <= MAX_IDEMPOTENCY_KEY:
            raise MalformedRequest(
                f"Idempotency-Key must have 1 to {MAX_IDEMPOTENCY_KEY} characters",
                "Idempotency-Key",
            )
        scope = json.dumps([self.caller.actor, self.caller.role, self._raw.path, key])
        return IdempotencyKey(_digest(scope.encode()), _digest(self._bytes()))

    def _bytes(self) -> bytes:
        body = self._raw.raw_body
        return body.encode() if isinstance(body, str) else body


def endpoint(
    blueprint: Blueprint, method: str, path: str, permission: Permission | None
) -> Callable[[View], View]:
    """Registers a function for a method and path. `permission` None is open to everybody."""

    def register(view: View) -> View:
        def call(**path_values: str) -> Response:
            return _handle(blueprint.current_request, view, permission, path_values)

        call.permission = permission  # type: ignore[attr-defined]
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
        response = _response(view(HttpRequest(raw, caller, parts), **values), request_id)
    except (Unauthenticated, Forbidden) as error:
        response = _refuse(error, raw, caller, parts)
    except SinsError as error:
        response = _error_response(error, request_id)
    except Exception:  # noqa: BLE001 (whatever it is, the caller gets an answer)
        LOGGER.exception("a function failed", extra=fields(http__request__id=request_id))
        response = _error_response(SinsError("something went wrong here"), request_id)
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
        return _error_response(unlogged, caller.request_id)
    return _error_response(error, caller.request_id)


def _response(answer: Answer, request_id: str) -> Response:
    body = _encoded(answer)
    tag = (
        f'"{answer.version}"' if answer.version is not None else f'"{_digest(body.encode())[:32]}"'
    )
    headers: dict[str, str | list[str]] = {
        "Content-Type": answer.content_type,
        "ETag": tag,
        "X-Request-Id": request_id,
        "Cache-Control": "no-store",
        **(answer.headers or {}),
    }
    return Response(body=body, status_code=answer.status, headers=headers)


def _encoded(answer: Answer) -> str:
    if answer.content_type != _JSON:
        return str(answer.body)
    return "" if answer.body is None else msgspec.json.encode(answer.body).decode()


def _error_response(error: SinsError, request_id: str) -> Response:
    return Response(
        body=json.dumps(problem(error, request_id), ensure_ascii=False),
        status_code=status_of(error),
        headers={**problem_headers(error), "X-Request-Id": request_id, "Cache-Control": "no-store"},
    )


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
        return unquote(segment, errors="strict")
    except UnicodeDecodeError as error:
        raise NotFound("the path is not UTF-8") from error


def _invalid(error: msgspec.ValidationError) -> InvalidValue:
    """Names the field: msgspec puts it in a JSON path at the end, or in backticks."""
    text = str(error)
    at = re.search(r" - at `\$\.?([^`[]*)[^`]*`$", text)
    unknown = re.search(r"unknown field `([^`]*)`|required field `([^`]*)`", text)
    name = (unknown.group(1) or unknown.group(2)) if unknown else (at.group(1) if at else "")
    sentence = text[: at.start()] if at else text
    return InvalidValue(f"{name}: {sentence}" if name else sentence, name or None)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
