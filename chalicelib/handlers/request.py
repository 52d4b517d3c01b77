"""Requests as the functions read them: each reader raises the error that names the mistake."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, get_args

import msgspec
from chalice.app import Request
from msgspec.structs import fields

from chalicelib import bootstrap
from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import (
    InvalidValue,
    MalformedRequest,
    PreconditionRequired,
    TooLarge,
    UnsupportedMediaType,
)
from chalicelib.handlers.inputs import Upload
from chalicelib.handlers.mistakes import invalid
from chalicelib.services.writing import Expected, IdempotencyKey

Input = TypeVar("Input", bound=msgspec.Struct)
File = TypeVar("File", bound=Upload)
MAX_BODY_BYTES = 256 * 1024
MAX_IDEMPOTENCY_KEY = 200
# Entity tags as in RFC 9110. A bare number is none, and yet what people send who forget the quotes:
# it matches nothing, and the answer to that shows the tag.
_TAG = r'(?:(?:W/)?"[!#-~\x80-\xff]*"|[0-9]+)'
_TAGS = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_VERSION_TAG = re.compile(r'(?<!W/)"([1-9][0-9]{0,14})"')
_JSON = "application/json"
_JSON_TYPES = (_JSON, "application/merge-patch+json")


class HttpRequest:
    """One request, who sent it, and the parts that a function may hand to a service."""

    def __init__(self, raw: Request, caller: Caller, parts: bootstrap.Parts) -> None:
        self._raw = raw
        self.caller = caller
        self.parts = parts
        self.registry = parts.registry

    @property
    def ends_with_slash(self) -> bool:
        """Whether the address was sent with a slash at its end; `/` alone does not count."""
        return len(path := self._raw.context.get("path") or "") > 1 and path.endswith("/")

    def body(self, shape: type[Input]) -> Input:
        """The JSON body in a msgspec shape.

        Raises MalformedRequest, UnsupportedMediaType, TooLarge, InvalidValue.
        """
        if self._media_type(_JSON) not in _JSON_TYPES:
            raise UnsupportedMediaType(f"send {_JSON}")
        data = self._data()
        if not data.strip():
            raise MalformedRequest("the body is empty: send JSON")
        try:
            body = msgspec.json.decode(data, type=shape)
            _refuse_repeated_names(data)
            return body
        except msgspec.ValidationError as error:
            raise invalid(error) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedRequest(f"the body is no JSON: {error}") from error
        except RecursionError as error:
            raise MalformedRequest("the body is nested too deeply") from error

    def upload(self, kind: type[File]) -> File:
        """The body as a file. Raises UnsupportedMediaType, TooLarge."""
        media_type = self._media_type()
        if media_type not in kind.media_types:
            raise UnsupportedMediaType(f"send {' or '.join(kind.media_types)}")
        return kind(media_type, self._data())

    def query(self, shape: type[Input]) -> Input:
        """The query parameters in a msgspec shape; of one that comes more often, the last.

        Raises InvalidValue.
        """
        given: Mapping[str, str] = self._raw.query_params or {}
        values = {name: str(given[name]) for name in given}
        for name in _whole_numbers(shape) & values.keys():
            # msgspec would also take 1e1.
            if not re.fullmatch(r"-?[0-9]+", values[name]):
                raise InvalidValue(f"{name} must be a whole number", name)
        try:
            return msgspec.convert(values, shape, strict=False)
        except msgspec.ValidationError as error:
            raise invalid(error) from error

    def expected(self) -> Expected:
        """The versions that `If-Match` accepts; None is any (no header, or `*`).

        Raises PreconditionRequired, MalformedRequest.
        """
        header = self._raw.headers.get("if-match")
        tags = (header or "").strip()
        if not tags and self.parts.settings.require_if_match:
            raise PreconditionRequired("send If-Match with the ETag of what you read")
        if header is None or tags == "*":
            return None
        if not _TAGS.fullmatch(tags):
            raise MalformedRequest(
                "If-Match must be an ETag with its quotes, several with commas between, or *",
                "If-Match",
            )
        # A tag that is not ours matches no version, nor does a weak one.
        return frozenset(int(tag) for tag in _VERSION_TAG.findall(tags))

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

    def _media_type(self, default: str = "") -> str:
        """What the body is said to be, without parameters."""
        content_type: str = self._raw.headers.get("content-type", default)
        return content_type.partition(";")[0].strip().lower()

    def _data(self) -> bytes:
        data = self._bytes()
        if len(data) > MAX_BODY_BYTES:
            raise TooLarge(f"a body must have at most {MAX_BODY_BYTES} bytes")
        return data

    def _bytes(self) -> bytes:
        body = self._raw.raw_body
        return body.encode() if isinstance(body, str) else body


def _refuse_repeated_names(data: bytes) -> None:
    """Raises MalformedRequest for JSON in which an object has a name twice."""

    def once(pairs: list[tuple[str, Any]]) -> None:
        counts = Counter(name for name, _ in pairs)
        if len(counts) < len(pairs):
            [(repeated, _)] = counts.most_common(1)
            raise MalformedRequest(f"the body has {repeated[:64]!r} more than once", repeated)

    json.loads(data, object_pairs_hook=once)


@cache
def _whole_numbers(shape: type) -> frozenset[str]:
    """The fields of a query's shape that hold whole numbers."""
    return frozenset(field.name for field in fields(shape) if _holds_numbers(field.type))


def _holds_numbers(kind: Any) -> bool:
    return kind is int or any(_holds_numbers(part) for part in get_args(kind))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
