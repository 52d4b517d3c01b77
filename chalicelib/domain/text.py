"""Text as people type it, brought into the one form that is stored."""

import unicodedata
from datetime import UTC, datetime

from chalicelib.domain.errors import InvalidValue

MAX_TEXT = 200
# NFC makes one character of so many at most.
_MOST_PARTS = 4
# What stands for a letter that some program could not read: gateways put it into a file that is
# not UTF-8, and tell nobody.
_UNREAD = "\ufffd"
# What nobody sees: characters that only steer how others are drawn, all kinds of space, and some
# letters and signs that are drawn as nothing (Hangul fillers, an empty Braille cell).
_UNSEEN = ("Cf", "Zs", "Zl", "Zp")
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"


def clean_text(text: str, field: str, limit: int = MAX_TEXT) -> str | None:
    """NFC, trimmed; None where nothing is left that anybody sees.

    Raises InvalidValue for control characters, lone surrogates, more than `limit` characters, and
    where a letter was lost before.
    """
    cleaned = _composed(text.strip(), limit)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in cleaned):
        raise InvalidValue(f"{field} must not hold control characters", field)
    if _UNREAD in cleaned:
        raise InvalidValue(
            f"{field} has {_UNREAD} in place of a letter that could not be read: send it as UTF-8",
            field,
        )
    if len(cleaned) > limit:
        raise InvalidValue(f"{field} must have at most {limit} characters", field)
    return cleaned if any(map(_is_seen, cleaned)) else None


def sendable(text: str) -> str:
    """The text as any answer and file can hold it: half a letter that somebody sent is escaped."""
    return text.encode(errors="backslashreplace").decode()


def _composed(text: str, limit: int) -> str:
    """NFC; what is too long in any form stays as it is.

    Many marks on one letter are brought into order in quadratic time: a body has room for minutes.
    """
    is_too_long = len(text) > limit * _MOST_PARTS
    return text if is_too_long else unicodedata.normalize("NFC", text)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN and character not in _BLANK


def moment(milliseconds: int) -> str:
    """A moment as people and machines read it: RFC 3339, UTC, with milliseconds."""
    when = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
