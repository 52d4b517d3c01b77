"""Births: customers by date of birth."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from operator import itemgetter

import numpy as np
from msgspec import Struct

from chalicelib.domain.likeness import dobs_like
from chalicelib.search.arrays import Flags, Floats, Ints
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

    def are_in(self, years: Iterable[str], rows: Ints) -> Flags:
        """For each of these rows whether it was born in one of the years."""
        days, found = self.days.take(rows), np.zeros(len(rows), np.bool_)
        for year in years:
            first, last = day_number(f"{year}-01-01"), day_number(f"{year}-12-31")
            found |= (days >= first) & (days <= last)
        return found

    def on_dates(self, dates: Iterable[str]) -> Ints:
        """Whoever was born on one of these ISO dates, ascending."""
        numbers = {*map(day_number, dates)} - {UNKNOWN}
        return np.sort(self.born_on(np.array([*numbers], np.uint32)))

    def born_on(self, days: Ints) -> Ints:
        """Whoever was born on one of these days, which all differ."""
        return self.born.all_of(days)


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
