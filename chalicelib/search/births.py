"""Births: customers by date of birth."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

import numpy as np
from msgspec import Struct

from chalicelib.domain.likeness import ONE_EDIT, one_edit_away
from chalicelib.search.arrays import Floats, Ints, in_any
from chalicelib.search.postings import Postings

# Days are counted from here. No customer was born before; day 0 is nobody's.
BEFORE = date(1850, 1, 1).toordinal() - 1
UNKNOWN = 0
DAYS = 100_000


class Births(Struct, frozen=True):
    """The day on which each customer was born, and who was born on each day."""

    days: Ints
    born: Postings

    @classmethod
    def of_days(cls, days: Ints) -> "Births":
        return cls(days, Postings.of_pairs(days, np.arange(len(days), dtype=np.uint32), DAYS))

    def spread(self, similarities: Mapping[int, float], rows: Ints) -> Floats:
        """How alike the days of these rows are; 0 for others than these."""
        if not similarities:
            return np.zeros(len(rows))
        # A byte a day: memory of eight times the size is asked of the system anew each time.
        places = np.zeros(DAYS, np.uint8)
        places[[*similarities]] = range(1, len(similarities) + 1)
        return np.array([0.0, *similarities.values()]).take(places.take(self.days.take(rows)))

    def on_dates(self, dates: Iterable[str]) -> Ints:
        """Whoever was born on one of these ISO dates, ascending."""
        return in_any(self.born_on(map(day_number, dict.fromkeys(dates))))

    def born_on(self, days: Iterable[int]) -> list[Ints]:
        """Whoever was born on each of these days."""
        return [self.born.of(day) for day in days if day != UNKNOWN]


@lru_cache
def days_like(*dates: str) -> Mapping[int, float]:
    """The days like one of these ISO dates, by number, and how alike they are."""
    alike: dict[int, float] = {}
    for one in dates:
        alike |= dict.fromkeys(map(day_number, one_edit_away(one)), ONE_EDIT)
    alike |= dict.fromkeys(map(day_number, dates), 1.0)
    alike.pop(UNKNOWN, None)
    return alike


def day_number(iso: str) -> int:
    """The number of an ISO date, or UNKNOWN for what is none."""
    try:
        number = date.fromisoformat(iso).toordinal() - BEFORE
    except ValueError:
        return UNKNOWN
    return number if 0 < number < DAYS else UNKNOWN
