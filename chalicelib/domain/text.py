"""Text as people type it, brought into the one form that is stored."""

import unicodedata
from datetime import UTC, datetime

from chalicelib.domain.errors import InvalidValue

MAX_TEXT = 200


def clean_text(text: str, field: str, limit: int = MAX_TEXT) -> str | None:
    """NFC, trimmed; None where nothing is left.

    Raises InvalidValue for control characters, lone surrogates and more than `limit` characters.
    """
    cleaned = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in cleaned):
        raise InvalidValue(f"{field} must not hold control characters", field)
    if len(cleaned) > limit:
        raise InvalidValue(f"{field} must have at most {limit} characters", field)
    return cleaned or None


def moment(milliseconds: int) -> str:
    """A moment as people and machines read it: RFC 3339, UTC, with milliseconds."""
    when = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
