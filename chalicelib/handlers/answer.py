"""Answers: what a function says, and the response that it becomes."""

import hashlib
from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar

import msgspec
from chalice.app import Response

from chalicelib.domain.errors import SinsError
from chalicelib.handlers.problem import problem, problem_headers, status_of

_JSON = "application/json"
# No browser keeps an answer, nor takes it for anything but what it says it is.
_FOR_EACH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
Body = TypeVar("Body")


class Answer(msgspec.Struct, Generic[Body], frozen=True):
    """What a function answers; `version` becomes the ETag, else the body's digest does."""

    status: ClassVar[int] = 200
    # What `content_type` may be.
    media_types: ClassVar[tuple[str, ...]] = (_JSON,)
    # What `headers` may hold.
    own_headers: ClassVar[tuple[str, ...]] = ()

    body: Body
    version: int | None = None
    headers: Mapping[str, str] | None = None
    content_type: str = _JSON


class Created(Answer[Body], frozen=True):
    """It is there now. The headers hold its `Location`."""

    status = 201
    own_headers = ("Location",)


class NoContent(Answer[None], frozen=True):
    """It is done, and there is nothing to say."""

    status = 204


class Rows(Answer[str], frozen=True):
    """Customers as rows. Headers may hold a `Link` to the next page, and how many are left out."""

    media_types = ("text/csv", "application/x-ndjson")
    own_headers = ("Link", "X-Unreadable")


class File(Answer[str], frozen=True):
    """A file of the page."""

    media_types: ClassVar[tuple[str, ...]] = ("text/html", "text/css", "text/javascript")


class Html(File, frozen=True):
    """A page."""

    media_types = ("text/html",)


def respond(answer: Answer[Body], request_id: str) -> Response:
    """The response with its ETag."""
    body = _encoded(answer)
    tag = str(answer.version) if answer.version is not None else _digest(body)
    headers: dict[str, str | list[str]] = {
        "Content-Type": answer.content_type,
        "ETag": f'"{tag}"',
        "X-Request-Id": request_id,
        **_FOR_EACH,
        **(answer.headers or {}),
    }
    return Response(body=body, status_code=answer.status, headers=headers)


def _encoded(answer: Answer[Body]) -> str:
    if answer.content_type != _JSON:
        return str(answer.body)
    return "" if answer.body is None else msgspec.json.encode(answer.body).decode()


def respond_problem(error: SinsError, request_id: str) -> Response:
    """The response to an error."""
    return Response(
        body=msgspec.json.encode(problem(error, request_id)).decode(),
        status_code=status_of(type(error)),
        headers={**problem_headers(error), "X-Request-Id": request_id, **_FOR_EACH},
    )


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:32]
