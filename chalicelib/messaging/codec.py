"""Events as they travel: CloudEvents 1.0 in JSON (structured mode).

`id` is `customer/origin/seq`, so that a duplicate is known by it; `data` holds the audit entry
and the whole record as its origin knew it. `traceparent` (CloudEvents' extension for tracing)
leads back to the request that made the change.
"""

import json
from typing import Annotated, Literal

import msgspec

from chalicelib.domain.audit import entry_from_document, entry_to_document, hash_of
from chalicelib.domain.change import Event
from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.record import Value, record_from_document, record_to_document
from chalicelib.domain.text import moment

TYPE = "sins.record.changed"

# What names a record and an origin becomes part of the tables' keys, as do sequences and stamps.
ORIGIN = "[a-z0-9]{1,64}-[a-z0-9]{1,64}"
RECORD_ID = "[a-z0-9_-]{1,64}"
RecordId = Annotated[str, msgspec.Meta(pattern=rf"^{RECORD_ID}\Z")]
Origin = Annotated[str, msgspec.Meta(pattern=rf"^{ORIGIN}\Z")]
# As many digits as `MAX_WALL` and `MAX_COUNTER` leave.
StampText = Annotated[str, msgspec.Meta(pattern=rf"^[0-9]{{1,14}}\.[0-9]{{1,6}}\.{ORIGIN}\Z")]
Sequence = Annotated[int, msgspec.Meta(ge=1, lt=10**10)]


class EntryShape(msgspec.Struct):
    """What `entry_from_document` reads. The rules for values are the writers'."""

    kind: str
    record_id: RecordId
    origin: Origin
    seq: Sequence
    action: str
    actor: str
    role: str
    request_id: str
    trace_id: str
    stamp: StampText
    life: str | None
    differences: dict[str, tuple[Value, Value, StampText | None]]
    previous_hash: str
    hash: str


class RecordShape(msgspec.Struct):
    """What `record_from_document` reads; fields nobody knows here are kept."""

    kind: str
    id: RecordId
    created: StampText
    life: tuple[str, StampText]
    values: dict[str, tuple[Value, StampText]]


class ContentShape(msgspec.Struct):
    entry: EntryShape
    record: RecordShape


class EventShape(msgspec.Struct):
    """What is read of an event: anything else a newer version says is passed over."""

    specversion: Literal["1.0"]
    type: Literal["sins.record.changed"]
    data: ContentShape
    via: Origin | Literal[""] = ""


def encode_key(event: Event) -> bytes:
    """`customer|origin`: compaction keeps the last event of each origin for each customer.

    What is sent again for another origin must not take the place of what that one sends.
    """
    again = f"|{event.via}" if event.via else ""
    return f"{event.subject}|{event.entry.origin}{again}".encode()


def encode(event: Event) -> bytes:
    """The event as bytes."""
    envelope: dict[str, object] = {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/sins/{event.entry.location}",
        "type": TYPE,
        "subject": event.subject,
        "time": moment(event.entry.stamp.wall),
        "datacontenttype": "application/json",
        "data": {
            "entry": entry_to_document(event.entry),
            "record": record_to_document(event.record),
        },
    }
    if event.via:
        envelope["via"] = event.via
    if event.entry.caller.trace_id:
        envelope["traceparent"] = _traceparent(event)
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def decode(data: bytes | None) -> Event:
    """The event in some bytes. Raises UnreadableEvent, which says what is wrong."""
    shape = _parse(data)
    content = msgspec.to_builtins(shape.data)
    event = Event(
        entry_from_document(content["entry"]), record_from_document(content["record"]), shape.via
    )
    _check(event)
    return event


def _traceparent(event: Event) -> str:
    """W3C Trace Context: the request's trace; the change is the span, named by its hash."""
    return f"00-{event.entry.caller.trace_id}-{event.entry.hash[:16]}-01"


def _parse(data: bytes | None) -> EventShape:
    if not data:
        raise UnreadableEvent("the record is empty")
    try:
        return msgspec.json.decode(data, type=EventShape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableEvent(f"no event: {error}") from error


def _check(event: Event) -> None:
    entry, record = event.entry, event.record
    if (entry.kind, entry.record_id) != (record.kind, record.id):
        raise UnreadableEvent("entry and record are not of one customer")
    if entry.stamp.origin != entry.origin:
        raise UnreadableEvent("the entry has a stamp of another origin")
    if hash_of(entry) != entry.hash:
        raise UnreadableEvent("the entry does not match its hash")
