"""Retention: how long a customer may be kept, and from when nobody may see it."""

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from chalicelib.domain.record import Record

DAY = 24 * 60 * 60 * 1000


class RetentionPolicy(Struct, frozen=True):
    """A customer is kept `days` whole days after the day of its last change, in UTC."""

    days: int

    def expires_on(self, updated_at: int) -> date:
        """The first day on which the customer is gone (`updated_at` in milliseconds)."""
        return day_of(updated_at) + timedelta(days=self.days)

    def is_expired(self, record: Record, now: int) -> bool:
        return record.updated_at < self.due_before(now)

    def due_before(self, now: int) -> int:
        """Whatever was last changed before this moment has expired, in milliseconds."""
        return (now // DAY - self.days + 1) * DAY

    def is_due(self, record: Record, now: int, location: str) -> bool:
        """Whether this location erases the record now.

        The home location does it at once; the others a day later, in case home is gone.
        """
        if record.is_erased:
            return False
        grace = 0 if record.home == location else DAY
        return record.updated_at < self.due_before(now - grace)


def day_of(milliseconds: int) -> date:
    """The UTC day of a moment."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date()
