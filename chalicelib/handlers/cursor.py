"""Cursors: where a walk over pages goes on, opaque to callers."""

import base64
import json

from chalicelib.domain.errors import MalformedRequest


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
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found, position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        found, position = None, None
    if found != collection or not isinstance(position, str) or not position or len(position) > 500:
        raise MalformedRequest("this cursor does not come from this list", "cursor")
    return position
