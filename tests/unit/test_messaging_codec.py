"""Events on the wire: what was written is read, and what no location writes is not."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import Difference, seal
from chalicelib.domain.change import Event
from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.record import Register
from chalicelib.domain.stamp import MAX_COUNTER, MAX_WALL, Stamp
from chalicelib.messaging.codec import decode, encode
from tests.fakes import NOW, customer, customer_id, event_of, stamp

ORIGIN = "loc1-00000001"
# Each would be part of a key, which has at most a kilobyte.
TOO_LONG = {
    "origin": Stamp(NOW, 0, "x" * 3000),
    "origin of two parts": Stamp(NOW, 0, f"{'x' * 65}-1"),
    "counter": Stamp(NOW, MAX_COUNTER, ORIGIN),
    "endless counter": Stamp(NOW, int("9" * 1200), ORIGIN),
}
EVENT = event_of(customer(1))


def with_entry(**changed: object) -> Event:
    return replace(EVENT, entry=seal(replace(EVENT.entry, **changed)))


def with_record(**changed: object) -> Event:
    return replace(EVENT, record=replace(EVENT.record, **changed))


PLACES: dict[str, Callable[[Stamp], Event]] = {
    "entry": lambda at: with_entry(stamp=at, origin=ORIGIN),
    "difference": lambda at: with_entry(differences={"name": Difference("A", "B", at)}),
    "created": lambda at: with_record(created=at),
    "life": lambda at: with_record(life=Register(EVENT.record.life.value, at)),
    "value": lambda at: with_record(values={"name": Register("A", at)}),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_largest_stamp_is_read_wherever_it_stands(place: str) -> None:
    event = PLACES[place](stamp(MAX_WALL - 1, MAX_COUNTER - 1))
    assert decode(encode(event)) == event


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("long", TOO_LONG)
def test_a_stamp_too_long_for_a_key_is_unreadable(place: str, long: str) -> None:
    with pytest.raises(UnreadableEvent):
        decode(encode(PLACES[place](TOO_LONG[long])))


def test_an_entry_has_a_stamp_of_its_own_origin() -> None:
    with pytest.raises(UnreadableEvent, match="another origin"):
        decode(encode(with_entry(stamp=stamp(NOW, 0, "loc2-00000001"))))


UNREADABLE = {
    "a null value": None,
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": encode(EVENT).replace(b"Anna", b"\xff"),
    "endless": b"[" * 100_000,
    "an entry and a record of two customers": encode(with_record(id=customer_id(2))),
    "an entry that was changed": encode(Event(replace(EVENT.entry, seq=2), EVENT.record)),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_no_location_writes_is_unreadable(data: bytes | None) -> None:
    with pytest.raises(UnreadableEvent):
        decode(data)
