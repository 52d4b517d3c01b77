"""Cursors: where a walk over pages goes on, opaque to callers."""

import base64
import json

from chalicelib.domain.errors import MalformedRequest

# In bytes; a table's keys may have no more than 1024.
MAX_POSITION = 1000


def encode_cursor(collection: str, position: str) -> str | None:
    """None at the end of the walk, where `position` is empty."""
    if not position:
        return None
    return (
        base64.urlsafe_b64encode(json.dumps([collection, position]).encode()).decode().rstrip("=")
    )


def decode_cursor(collection: str, cursor: str) -> str:
    """The position; '' for no cursor. Raises MalformedRequest for one that is from elsewhere."""
    if not cursor:
        return ""
    match _content(cursor):
        case [found, str(position)] if found == collection and _is_key(position):
            return position
    raise foreign_cursor()


def foreign_cursor() -> MalformedRequest:
    return MalformedRequest("this cursor does not come from this list", "cursor")


def _content(cursor: str) -> object:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None


def _is_key(position: str) -> bool:
    """Whether a table can be asked to go on from there."""
    try:
        return 1 <= len(position.encode()) <= MAX_POSITION
    except UnicodeEncodeError:
        return False
