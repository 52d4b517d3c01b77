"""Times as callers write them."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.errors import InvalidValue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def interval(since: str, until: str) -> tuple[int | None, int | None]:
    """Both in milliseconds, None where it is empty. Raises InvalidValue."""
    first, last = _time(since, "since"), _time(until, "until")
    if first is not None and last is not None and first > last:
        raise InvalidValue(f"since ({since}) is after until ({until})", "since")
    return first, last


def _time(text: str, name: str) -> int | None:
    """Milliseconds from an RFC 3339 time or an ISO date, UTC where it names no zone."""
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return (aware - _EPOCH) // timedelta(milliseconds=1)
    except ValueError as error:
        raise InvalidValue(
            f"{name} must be a date or a time, like 2026-01-31T12:00:00Z", name
        ) from error
