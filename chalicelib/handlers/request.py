"""Requests as the functions read them: each reader raises the error that names the mistake."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from chalice.app import Request

from chalicelib import bootstrap
from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import (
    InvalidValue,
    MalformedRequest,
    PreconditionRequired,
    TooLarge,
    UnsupportedMediaType,
)
from chalicelib.services.writing import Expected, IdempotencyKey

Input = TypeVar("Input")
MAX_BODY_BYTES = 256 * 1024
MAX_IDEMPOTENCY_KEY = 200
_VERSION_TAG = re.compile(r'(?:W/)?"(\d{1,15})"')
_JSON = "application/json"
_JSON_TYPES = (_JSON, "application/merge-patch+json")


class HttpRequest:
    """One request, who sent it, and the parts that a function may hand to a service."""

    def __init__(self, raw: Request, caller: Caller, parts: bootstrap.Parts) -> None:
        self._raw = raw
        self.caller = caller
        self.parts = parts
        self.registry = parts.registry

    def body(self, shape: type[Input]) -> Input:
        """The JSON body in a msgspec shape.

        Raises MalformedRequest, UnsupportedMediaType, TooLarge, InvalidValue.
        """
        if self.media_type(_JSON) not in _JSON_TYPES:
            raise UnsupportedMediaType(f"send {_JSON}")
        data = self.data()
        try:
            return msgspec.json.decode(data, type=shape)
        except msgspec.ValidationError as error:
            raise _invalid(error) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedRequest(f"the body is no JSON: {error}") from error
        except RecursionError as error:
            raise MalformedRequest("the body is nested too deeply") from error

    def media_type(self, default: str = "") -> str:
        """What the body is said to be, without parameters."""
        content_type: str = self._raw.headers.get("content-type", default)
        return content_type.partition(";")[0].strip().lower()

    def data(self) -> bytes:
        """The body as it came. Raises TooLarge."""
        data = self._bytes()
        if len(data) > MAX_BODY_BYTES:
            raise TooLarge(f"a body must have at most {MAX_BODY_BYTES} bytes")
        return data

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
