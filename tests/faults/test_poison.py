"""A record that is no event becomes one dead letter, and the partition goes on."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller, seal
from chalicelib.domain.change import Author, Event
from chalicelib.domain.notes import DeadLetter
from chalicelib.domain.record import Kind
from chalicelib.domain.stamp import Stamp
from chalicelib.ids import new_id
from chalicelib.messaging.codec import encode
from chalicelib.storage.system import MAX_LETTER_BYTES
from tests.faults import invariants
from tests.faults.rig import Location, Rig, partition_for

NOW = 1_795_000_000_000


def event(**values: Any) -> Event:
    author = Author(Caller("mallory", "service_agent", "poison", "trace"), "loc9-abcd", NOW)
    values = {"surname": "Poison", **values}
    change = changes.create(Kind.CUSTOMER, new_id(), values, author)
    return Event(change.entry, change.record)


def resealed(**entry: Any) -> bytes:
    """An event with an entry that says something impossible under a hash that is right."""
    original = event()
    return encode(replace(original, entry=seal(replace(original.entry, **entry))))


def without(part: str) -> bytes:
    envelope = json.loads(encode(event()))
    del envelope["data"][part]
    return json.dumps(envelope).encode()


def tampered(**entry: Any) -> bytes:
    envelope = json.loads(encode(event()))
    envelope["data"]["entry"].update(entry)
    return json.dumps(envelope).encode()


def nested_too_deep() -> bytes:
    return b"[" * 100_000


def lone_surrogate() -> bytes:
    return encode(event()).replace(b"Poison", rb"\ud800")


def value_of_no_type() -> bytes:
    return encode(event()).replace(b'"Poison"', b'{"nested": {"deeply": true}}')


POISON: Mapping[str, Callable[[], bytes | None]] = {
    "what is not JSON": lambda: b"\xff\xfenot JSON",
    "an empty value": lambda: b"",
    "a null value": lambda: None,
    "900 KB of bytes": lambda: b"\x00\xff" * 450_000,
    "JSON of another shape": lambda: b'{"hello": "world"}',
    "an event without its record": lambda: without("record"),
    "an event without its entry": lambda: without("entry"),
    "an entry that was tampered with": lambda: tampered(actor="somebody else"),
    "a hash that was tampered with": lambda: tampered(hash="0" * 64),
    "a sequence below one": lambda: resealed(seq=0),
    "an origin that is no origin": lambda: resealed(origin="#"),
    "a stamp too long for a key": lambda: resealed(stamp=Stamp(NOW, 0, "x" * 3000)),
    "JSON nested too deep": nested_too_deep,
    "half a character": lone_surrogate,
    "a value of no known type": value_of_no_type,
    "a value too large for a table": lambda: encode(event(name="x" * 450_000)),
}


@pytest.mark.parametrize("kind", POISON)
def test_poison_becomes_one_dead_letter_and_the_partition_goes_on(rig: Rig, kind: str) -> None:
    value = POISON[kind]()
    # A customer whose events take the same partition, behind the poison.
    customer_id = rig.locations[0].create(surname="Behind")
    place = rig.send_raw(value, partition_for(customer_id))
    rig.poison.add(place)
    rig.locations[0].patch(customer_id, name="Arrived")
    rig.settle()
    assert all(arrived(here, customer_id) for here in rig)
    for here in rig:
        (letter,) = [one for one in letters(here) if (one.partition, one.offset) == place]
        assert (letter.value or b"") == (value or b"")[:MAX_LETTER_BYTES]
        assert letter.reason
    invariants.check(rig)


def test_the_status_counts_dead_letters(rig: Rig) -> None:
    rig.poison.add(rig.send_raw(b"one more", 0))
    rig.settle()
    assert all(here.status()["dead_letters"] == len(rig.poison) for here in rig)


def arrived(here: Location, customer_id: str) -> bool:
    return here.read(customer_id).get("name") == "Arrived"


def letters(here: Location) -> list[DeadLetter]:
    return here.registry.store.system.dead_letters("", 1000).items
