"""The `changes` table: what the relay has to send, and what a warm index has yet to read."""

import heapq
import json
import logging
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.change import Event
from chalicelib.domain.outbox import ChangeNotice, OutboxMessage
from chalicelib.domain.record import Kind, Record
from chalicelib.domain.replay import is_whole, replay
from chalicelib.ids import moment_of, new_id_at
from chalicelib.storage.client import Tables, expiry, text
from chalicelib.storage.records import DynamoRecords
from chalicelib.storage.tables import CHANGES_SHARDS, ChangeItem
from chalicelib.storage.trail import DynamoAuditTrail, place_of

LOGGER = logging.getLogger("sins")
DAY_SECONDS = 24 * 60 * 60


class DynamoOutbox:
    """See `ports.Outbox`."""

    def __init__(self, tables: Tables, records: DynamoRecords, trail: DynamoAuditTrail) -> None:
        self._tables = tables
        self._records = records
        self._trail = trail

    def pending(self, limit: int) -> list[OutboxMessage]:
        return list(islice(self._pending(limit), limit))

    def depth(self) -> int:
        return sum(
            page["Count"]
            for shard in range(CHANGES_SHARDS)
            for page in self._tables.pages(
                "query", ChangeItem, Select="COUNT", **_pending_in(shard)
            )
        )

    def events(self, messages: Sequence[OutboxMessage]) -> dict[OutboxMessage, Event]:
        places = {one: place_of(one.kind, one.record_id, one.origin, one.seq) for one in messages}
        entries = self._trail.at(places.values())
        records = {
            (kind, record.id): record
            for kind in Kind
            for record in self._records.get_many(kind, _ids(messages, kind))
        }
        events: dict[OutboxMessage, Event] = {}
        for message, place in places.items():
            entry = entries.get(place)
            record = records.get((message.kind, message.record_id)) or self._told(message)
            if entry and record:
                events[message] = Event(entry, record)
            else:
                LOGGER.warning(
                    "entry %s of %s waits: it is lost or cannot be read", *reversed(place)
                )
        return events

    def _told(self, message: OutboxMessage) -> Record | None:
        """A record that was lost, as its trail tells it: the others have to hear all the same."""
        entries = self._trail.of(message.kind, message.record_id)
        return replay(entries) if is_whole(entries, {}) else None

    def mark_sent(self, messages: Sequence[OutboxMessage], now: int) -> None:
        # A whole put: nobody else writes these items, and 100 go in one request. As a batch
        # DynamoDB Local would commit them one by one, which takes two to four times as long.
        expires = now // 1000 + DAY_SECONDS
        self._tables.put_together([message_to_item(message, None, expires) for message in messages])

    def add_again(self, messages: Sequence[OutboxMessage], now: int) -> None:
        fresh = [replace(message, id=new_id_at(now)) for message in messages]
        self._tables.put_many([message_to_item(one, str(one.shard), None) for one in fresh])

    def changes_since(self, moment: int) -> Iterator[ChangeNotice]:
        shards = [self._since(shard, moment) for shard in range(CHANGES_SHARDS)]
        items = heapq.merge(*shards, key=lambda item: item.id)
        return (notice for item in items for notice in item_to_notices(item))

    def _since(self, shard: int, moment: int) -> Iterator[ChangeItem]:
        return self._tables.query(
            ChangeItem,
            KeyConditionExpression="#shard = :shard AND id > :moment",
            ExpressionAttributeNames={"#shard": "shard"},
            ExpressionAttributeValues={
                ":shard": text(str(shard)),
                ":moment": text(first_id_at(moment)),
            },
            ConsistentRead=True,
        )

    def _pending(self, limit: int) -> Iterator[OutboxMessage]:
        for shard in range(CHANGES_SHARDS):
            items = self._tables.query(ChangeItem, Limit=limit, **_pending_in(shard))
            yield from map(item_to_message, items)


def message_to_item(message: OutboxMessage, pending: str | None, expires: int | None) -> ChangeItem:
    return ChangeItem(
        shard=str(message.shard),
        id=message.id,
        kind=message.kind.value,
        record_id=message.record_id,
        origin=message.origin,
        seq=message.seq,
        pending=pending,
        expires_at=expires and expiry(expires),
    )


def shard_of(record_id: str) -> int:
    """Where everything about a record is sent from, in its order."""
    return zlib.crc32(record_id.encode()) % CHANGES_SHARDS


def applied_to_item(item_id: str, applied: Sequence[AuditEntry], expires: int) -> ChangeItem:
    """What tells of events that one transaction applied."""
    listed = [[one.kind, one.record_id, one.origin, one.seq] for one in applied]
    return ChangeItem(
        shard=str(shard_of(applied[0].record_id)),
        id=item_id,
        applied=json.dumps(listed, separators=(",", ":")),
        expires_at=expiry(expires),
    )


def item_to_notices(item: ChangeItem) -> list[ChangeNotice]:
    """Every record that the item tells of."""
    own: list[Any] = [item.kind, item.record_id, item.origin, item.seq]
    listed = json.loads(item.applied) if item.applied else [own]
    at = moment_of(item.id)
    return [
        ChangeNotice(item.id, Kind(kind), record_id, origin, int(seq), at)
        for kind, record_id, origin, seq in listed
    ]


def item_to_message(item: ChangeItem) -> OutboxMessage:
    return OutboxMessage(
        shard=int(item.shard),
        id=item.id,
        kind=Kind(item.kind),
        record_id=item.record_id,
        origin=item.origin,
        seq=int(item.seq),
    )


def first_id_at(moment: int) -> str:
    """Below every UUIDv7 made at this millisecond or later, above every earlier one."""
    digits = f"{max(0, moment):012x}"
    return f"{digits[:8]}-{digits[8:]}-"


def _pending_in(shard: int) -> dict[str, object]:
    return {
        "IndexName": "pending_index",
        "KeyConditionExpression": "pending = :shard",
        "ExpressionAttributeValues": {":shard": text(str(shard))},
    }


def _ids(messages: Sequence[OutboxMessage], kind: Kind) -> list[str]:
    return list(dict.fromkeys(m.record_id for m in messages if m.kind is kind))
