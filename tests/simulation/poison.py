"""Bytes on the topic that no location can apply."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from chalicelib.domain import change as changes
from chalicelib.domain.audit import seal
from chalicelib.domain.change import Change, Event
from chalicelib.domain.record import Kind
from chalicelib.messaging.codec import encode
from tests.fakes import author, event_of
from tests.simulation.broker import Broker
from tests.simulation.location import TOO_LARGE


def _change(record_id: str) -> Change:
    return changes.create(Kind.CUSTOMER, record_id, {"surname": "Poison"}, author("loc9"))


def _resealed(**entry: object) -> bytes:
    event = event_of(_change("poison"))
    return encode(Event(seal(replace(event.entry, **entry)), event.record))


def _tampered(broker: Broker) -> bytes:
    """A real event with another actor, where there is one yet."""
    values = [message.value for message in broker if message.value and message.key[:6] != b"poison"]
    value = values[-1] if values else TAMPERED
    return value.replace(b'"actor":"', b'"actor":"not ')


TAMPERED = encode(event_of(_change("poison")))
IMPOSSIBLE = _resealed(seq=0)
LARGE = encode(event_of(_change(TOO_LARGE)))

POISON: Mapping[str, Callable[[Broker], bytes | None]] = {
    "no JSON": lambda _broker: b"\xff\xfenot JSON",
    "null": lambda _broker: None,
    "of another shape": lambda _broker: b'{"hello": "world"}',
    "tampered with": _tampered,
    "impossible": lambda _broker: IMPOSSIBLE,
    "too large": lambda _broker: LARGE,
}
