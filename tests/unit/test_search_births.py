"""Days like a date: the calendar's parts against a comparison of every day."""

from datetime import date

import numpy as np
import pytest

from chalicelib.domain.likeness import dob_similarity
from chalicelib.search.births import BEFORE, DAYS, Births, Days, day_number, days_like

ALL_DAYS = [date.fromordinal(BEFORE + number).isoformat() for number in range(1, DAYS)]


@pytest.mark.parametrize("day", ["1984-02-29", "2000-10-11", "1999-12-31", "1980-13-05"])
def test_the_days_like_a_date_are_those_that_the_score_calls_alike(day: str) -> None:
    alike = {day_number(other): dob_similarity(day, other) for other in ALL_DAYS}
    wanted = {number: similarity for number, similarity in alike.items() if similarity}
    assert _by_number(days_like(day)) == wanted


def test_a_day_like_two_dates_counts_as_the_nearer_one() -> None:
    alike = _by_number(days_like("1984-02-29", "1984-02-28"))
    assert alike[day_number("1984-02-29")] == alike[day_number("1984-02-28")] == 1


def test_births_are_alike_by_day_and_by_year_from_its_first_day_to_its_last() -> None:
    said = {"1850": 0.5, "1979": 0.5, "1984-02-29": 1.0, "1979-12-31": 1.0, "1112-10-20": 1.0}
    days = ["", *ALL_DAYS]
    births = Births.of_days(np.array([*map(day_number, days)], np.uint32))
    rows = np.arange(len(days), dtype=np.uint32)
    wanted = [max(said.get(day, 0.0), said.get(day[:4], 0.0)) for day in days]
    assert births.alike(said, rows).tolist() == wanted


def _by_number(days: Days) -> dict[int, float]:
    return dict(zip(days.numbers.tolist(), days.similarities.tolist(), strict=True))


def test_a_day_has_a_number_and_a_number_its_day() -> None:
    assert [day_number(day) for day in ALL_DAYS] == list(range(1, DAYS))
    assert date.fromisoformat(ALL_DAYS[0]) == date(1850, 1, 1)
    assert [day_number(other) for other in ("", "1849-12-31", "1980-02-30", "9999-01-01")] == [
        0
    ] * 4
