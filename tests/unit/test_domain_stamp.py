"""Stamps: hybrid logical clocks."""

from itertools import pairwise

import pytest

from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.stamp import MAX_COUNTER, Stamp, location_of, next_stamp
from tests.fakes import NOW, stamp

HERE = "loc1-00000001"


def test_the_first_stamp_is_the_time() -> None:
    assert next_stamp(NOW, None, HERE) == Stamp(NOW, 0, HERE)


def test_a_clock_that_advanced_gives_its_time() -> None:
    assert next_stamp(NOW + 1, stamp(NOW, 7), HERE) == Stamp(NOW + 1, 0, HERE)


@pytest.mark.parametrize("now", [NOW, NOW - 1, 0])
def test_a_clock_that_stands_or_goes_back_is_counted_past(now: int) -> None:
    assert next_stamp(now, stamp(NOW, 7, "loc2-00000009"), HERE) == Stamp(NOW, 8, HERE)


def test_a_counter_that_is_full_moves_the_time_on() -> None:
    full = stamp(NOW, MAX_COUNTER - 1)
    assert next_stamp(NOW, full, HERE) == Stamp(NOW + 1, 0, HERE)
    assert next_stamp(NOW, full, HERE) > full


def test_stamps_are_ordered_by_time_then_counter_then_origin() -> None:
    ordered = [
        Stamp(9, 99, "z"),
        Stamp(10, 0, "a"),
        Stamp(10, 0, "b"),
        Stamp(10, 9, "a"),
        Stamp(10, 10, "a"),
        Stamp(100, 0, "a"),
    ]
    assert all(one < other for one, other in pairwise(ordered))


def test_a_stamp_is_read_as_it_was_written() -> None:
    written = Stamp(NOW, 12, "loc1-00.00")
    assert Stamp.parse(str(written)) == written


@pytest.mark.parametrize(
    "text", ["", "1.2", "x.0.loc1-1", "1.x.loc1-1", None, 7, ["1", "0", "loc1-1"]]
)
def test_what_is_no_stamp_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableEvent):
        Stamp.parse(text)


@pytest.mark.parametrize("text", ["-1.0.a", "1.-1.a", f"{10**14}.0.a"])
def test_a_stamp_that_no_clock_can_have_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableEvent):
        Stamp.parse(text)


def test_an_origin_names_its_location() -> None:
    assert location_of("loc1-00000001") == "loc1"
