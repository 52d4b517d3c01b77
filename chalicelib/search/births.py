"""Births: customers by date of birth."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from operator import itemgetter

import numpy as np
from msgspec import Struct

from chalicelib.domain.likeness import dobs_like
from chalicelib.search.arrays import Floats, Ints
from chalicelib.search.postings import Postings

# Days are counted from here. No customer was born before; day 0 is nobody's.
BEFORE = date(1850, 1, 1).toordinal() - 1
UNKNOWN = 0
DAYS = 100_000


class Days(Struct, frozen=True):
    """Days by number, and how alike each is to what was typed."""

    numbers: Ints
    similarities: Floats

    def __len__(self) -> int:
        return len(self.numbers)


class Births(Struct, frozen=True):
    """The day on which each customer was born, and who was born on each day."""

    days: Ints
    born: Postings

    @classmethod
    def of_days(cls, days: Ints) -> "Births":
        return cls(days, Postings.of_pairs(days, np.arange(len(days), dtype=np.uint32), DAYS))

    def spread(self, days: Days, rows: Ints) -> Floats:
        """How alike the days of these rows are; 0 for others than these."""
        if not len(days):
            return np.zeros(len(rows))
        # A byte a day: memory of eight times the size is asked of the system anew each time.
        places = np.zeros(DAYS, np.uint8)
        places[days.numbers] = np.arange(1, len(days) + 1)
        return np.append(0.0, days.similarities).take(places.take(self.days.take(rows)))

    def alike(self, said: Mapping[str, float], rows: Ints) -> Floats:
        """How alike the births of these rows are to what is said of each ISO date, or of a year."""
        days, found = self.days.take(rows), np.zeros(len(rows))
        for date_or_year, value in said.items():
            first, last = _first_and_last(date_or_year)
            if last != UNKNOWN:
                np.maximum(found, value * ((days >= first) & (days <= last)), out=found)
        return found

    def on_dates(self, dates: Iterable[str]) -> Ints:
        """Whoever was born on one of these ISO dates, ascending."""
        numbers = {*map(day_number, dates)} - {UNKNOWN}
        return np.sort(self.born_on(np.array([*numbers], np.uint32)))

    def born_on(self, days: Ints) -> Ints:
        """Whoever was born on one of these days, which all differ."""
        return self.born.all_of(days)


def _first_and_last(date_or_year: str) -> tuple[int, int]:
    """Of a day both are that day."""
    is_year = len(date_or_year) == 4
    days = [f"{date_or_year}-01-01", f"{date_or_year}-12-31"] if is_year else [date_or_year] * 2
    return day_number(days[0]), day_number(days[1])


@lru_cache
def days_like(*dates: str) -> Days:
    """The days like one of these ISO dates."""
    like = [pair for one in dates for pair in dobs_like(one).items()]
    # What is like several of them counts as the nearer one, which comes last.
    alike = {day_number(dob): similarity for dob, similarity in sorted(like, key=itemgetter(1))}
    alike.pop(UNKNOWN, None)
    return Days(np.array([*alike], np.uint32), np.array([*alike.values()]))


def day_number(iso: str) -> int:
    """The number of an ISO date, or UNKNOWN for what is none."""
    try:
        number = date.fromisoformat(iso).toordinal() - BEFORE
    except ValueError:
        return UNKNOWN
    return number if 0 < number < DAYS else UNKNOWN
