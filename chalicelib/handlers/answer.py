"""Answers: what a function says, and the response that it becomes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from chalice.app import Response

from chalicelib.domain.errors import SinsError
from chalicelib.handlers.problem import problem, problem_headers, status_of

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function answers; `version` becomes the ETag, else the body's digest does."""

    body: Any = None
    status: int = 200
    version: int | None = None
    headers: Mapping[str, str] | None = None
    content_type: str = _JSON


def respond(answer: Answer, request_id: str) -> Response:
    """The response with its ETag."""
    body = _encoded(answer)
    tag = str(answer.version) if answer.version is not None else _digest(body)
    headers: dict[str, str | list[str]] = {
        "Content-Type": answer.content_type,
        "ETag": f'"{tag}"',
        "X-Request-Id": request_id,
        "Cache-Control": "no-store",
        **(answer.headers or {}),
    }
    return Response(body=body, status_code=answer.status, headers=headers)


def _encoded(answer: Answer) -> str:
    if answer.content_type != _JSON:
        return str(answer.body)
    return "" if answer.body is None else msgspec.json.encode(answer.body).decode()


def respond_problem(error: SinsError, request_id: str) -> Response:
    """The response to an error."""
    return Response(
        body=json.dumps(problem(error, request_id), ensure_ascii=False),
        status_code=status_of(error),
        headers={**problem_headers(error), "X-Request-Id": request_id, "Cache-Control": "no-store"},
    )


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:32]
