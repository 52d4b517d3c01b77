"""Births: customers by date of birth."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

import numpy as np
from msgspec import Struct

from chalicelib.domain.likeness import ONE_EDIT
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

    def similarities(self, asked: Collection[str]) -> dict[int, float]:
        """The days like one of these dates, and how alike they are."""
        found: dict[int, float] = {}
        for day in asked:
            found |= dict.fromkeys(map(day_number, _one_edit_away(day)), ONE_EDIT)
        found |= dict.fromkeys(map(day_number, asked), 1.0)
        found.pop(UNKNOWN, None)
        return found

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


def day_number(iso: str) -> int:
    """The number of an ISO date, or UNKNOWN for what is none."""
    try:
        number = date.fromisoformat(iso).toordinal() - BEFORE
    except ValueError:
        return UNKNOWN
    return number if 0 < number < DAYS else UNKNOWN


def _one_edit_away(iso: str) -> Iterator[str]:
    """What differs in one digit, or in two neighbours that changed places.

    The date itself is among them, and some that are no dates.
    """
    year, month, day = iso.split("-")
    yield from (f"{other}-{month}-{day}" for other in _other_digits(year) if "18" < other < "22")
    yield from (f"{year}-{other}-{day}" for other in _other_digits(month) if other <= "12")
    yield from (f"{year}-{month}-{other}" for other in _other_digits(day) if other <= "31")


def _other_digits(digits: str) -> Iterator[str]:
    for at, digit in enumerate(digits):
        before, behind = digits[:at], digits[at + 1 :]
        yield from (before + other + behind for other in "0123456789")
        yield before + behind[:1] + digit + behind[1:]
