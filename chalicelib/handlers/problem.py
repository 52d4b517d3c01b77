"""Errors as callers see them: problem+json (RFC 9457) with a stable code.

The status is looked up along the error's class hierarchy at the moment it is answered.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain import errors
from chalicelib.domain.errors import SinsError
from chalicelib.domain.text import sendable

STATUS: dict[type[SinsError], tuple[int, str]] = {
    errors.MalformedRequest: (400, "The request cannot be read"),
    errors.Unauthenticated: (401, "Who are you?"),
    errors.Forbidden: (403, "Not allowed"),
    errors.NotFound: (404, "Not found"),
    errors.MethodNotAllowed: (405, "Method not allowed"),
    errors.AlreadyExists: (409, "It exists already"),
    errors.StillInUse: (409, "It is still in use"),
    errors.VersionConflict: (409, "Somebody else was first"),
    errors.StaleVersion: (412, "The version was replaced"),
    errors.TooLarge: (413, "Too large"),
    errors.UnsupportedMediaType: (415, "This type is not read here"),
    errors.InvalidValue: (422, "A value is wrong"),
    errors.UnreadableEvent: (422, "It cannot be read"),
    errors.IdempotencyMismatch: (422, "The key was used for something else"),
    errors.PreconditionRequired: (428, "If-Match is required"),
    errors.Unavailable: (503, "Not available right now"),
    SinsError: (500, "Something went wrong here"),
}
PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 1


def status_of(kind: type[SinsError]) -> int:
    return _lookup(kind)[0]


class Problem(Struct):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Meta(description="What is wrong, for people.")]
    code: Annotated[str, Meta(description="What is wrong, for programs. It never changes.")]
    request_id: Annotated[str, Meta(description="The request, as the log knows it.")]
    field: Annotated[str | UnsetType, Meta(description="The value that is wrong.")] = UNSET


def problem(error: SinsError, request_id: str) -> Problem:
    """The body of the answer to an error."""
    status, title = _lookup(type(error))
    return Problem(
        type="about:blank",
        title=title,
        status=status,
        detail=sendable(error.message),
        code=error.code,
        request_id=request_id,
        field=sendable(error.field or "") or UNSET,
    )


def problem_headers(error: SinsError) -> dict[str, str]:
    """What an error adds to the headers."""
    headers = {"Content-Type": PROBLEM_JSON}
    if isinstance(error, errors.Unavailable):
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if isinstance(error, errors.MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def _lookup(kind: type) -> tuple[int, str]:
    return next(STATUS[parent] for parent in kind.__mro__ if parent in STATUS)
