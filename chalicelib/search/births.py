"""Births: customers by date of birth."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chalicelib.domain.matching import dob_similarity
from chalicelib.search.postings import Numbers, Postings

# Days are counted from here. No customer was born before; day 0 is nobody's.
FIRST = date(1850, 1, 1)
UNKNOWN = 0
DAYS = 100_000


class Births(Struct, frozen=True):
    """The day on which each customer was born, and who was born on each day."""

    days: Numbers
    born: Postings

    @classmethod
    def of_days(cls, days: Numbers) -> "Births":
        return cls(days, Postings.of_pairs(days, np.arange(len(days), dtype=np.uint32), DAYS))

    def similarities(self, asked: Sequence[str]) -> NDArray[np.uint8]:
        """For each day how alike it and the asked dates are, in hundredths."""
        found = np.zeros(DAYS, np.uint8)
        for day in asked:
            for other in {day, *_one_edit_away(day)}:
                number = day_number(other)
                found[number] = max(found[number], round(100 * dob_similarity(day, other)))
        found[UNKNOWN] = 0
        return found

    def born_on(self, days: Iterable[int]) -> list[Numbers]:
        """Whoever was born on each of these days."""
        return [self.born.of(day) for day in days if day != UNKNOWN]


def day_number(iso: str) -> int:
    """The number of an ISO date, or UNKNOWN for what is none."""
    try:
        number = (date.fromisoformat(iso) - FIRST).days + 1
    except ValueError:
        return UNKNOWN
    return number if 0 < number < DAYS else UNKNOWN


def iso_date(number: int) -> str:
    """The date of a day's number; '' for UNKNOWN."""
    return (FIRST + timedelta(days=int(number) - 1)).isoformat() if number else ""


def _one_edit_away(iso: str) -> Iterator[str]:
    """The dates that differ in one digit, or in two neighbours that changed places."""
    for at, digit in enumerate(iso):
        if digit == "-":
            continue
        for other in "0123456789":
            yield iso[:at] + other + iso[at + 1 :]
        yield iso[:at] + iso[at + 1 : at + 2] + digit + iso[at + 2 :]
