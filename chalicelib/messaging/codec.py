"""Events as they travel: CloudEvents 1.0 in JSON (structured mode).

`id` is `customer/origin/seq`, so that a duplicate is known by it; `data` holds the audit entry
and the whole record as its origin knew it.
"""

import json
from typing import Any

from chalicelib.domain.audit import entry_from_document, entry_to_document, hash_of, trail_key
from chalicelib.domain.change import Event
from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.record import record_from_document, record_to_document
from chalicelib.domain.text import moment

TYPE = "sins.record.changed"


def encode_key(event: Event) -> bytes:
    """`customer|origin`: compaction keeps the last event of each origin for each customer."""
    return f"{_subject(event)}|{event.entry.origin}".encode()


def encode(event: Event) -> bytes:
    """The event as bytes."""
    envelope = {
        "specversion": "1.0",
        "id": f"{_subject(event)}/{event.entry.origin}/{event.entry.seq}",
        "source": f"/sins/{event.entry.location}",
        "type": TYPE,
        "subject": _subject(event),
        "time": moment(event.entry.stamp.wall),
        "datacontenttype": "application/json",
        "data": {
            "entry": entry_to_document(event.entry),
            "record": record_to_document(event.record),
        },
    }
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def decode(data: bytes | None) -> Event:
    """The event in some bytes. Raises UnreadableEvent, which says what is wrong."""
    envelope = _parse(data)
    if envelope.get("specversion") != "1.0" or envelope.get("type") != TYPE:
        raise UnreadableEvent(f"no event of type {TYPE}")
    content = envelope.get("data")
    if not isinstance(content, dict) or not {"entry", "record"} <= content.keys():
        raise UnreadableEvent("the event holds no entry and record")
    event = Event(entry_from_document(content["entry"]), record_from_document(content["record"]))
    _check(event)
    return event


def _subject(event: Event) -> str:
    return trail_key(event.entry.kind, event.entry.record_id)


def _parse(data: bytes | None) -> dict[str, Any]:
    if not data:
        raise UnreadableEvent("the record is empty")
    try:
        envelope = json.loads(data)
    except ValueError as error:
        raise UnreadableEvent(f"no JSON: {error}") from error
    if not isinstance(envelope, dict):
        raise UnreadableEvent("no JSON object")
    return envelope


def _check(event: Event) -> None:
    entry, record = event.entry, event.record
    if (entry.kind, entry.record_id) != (record.kind, record.id):
        raise UnreadableEvent("entry and record are not of one customer")
    if hash_of(entry) != entry.hash:
        raise UnreadableEvent("the entry does not match its hash")
