"""The audit trail and the access log: both only ever grow."""

import heapq
import json
import secrets
import zlib
from collections.abc import Iterator
from itertools import islice

from chalicelib.domain.access import AccessEntry
from chalicelib.domain.audit import (
    AuditEntry,
    AuditFilter,
    entry_from_document,
    entry_to_document,
    trail_key,
)
from chalicelib.domain.page import Page
from chalicelib.domain.record import Kind
from chalicelib.domain.retention import day_of
from chalicelib.storage.client import RawItem, Tables, projection, text
from chalicelib.storage.tables import ACCESS_SHARDS, AUDIT_SHARDS, AccessItem, AuditItem

MAX_DETAIL = 8_000
# What an entry is read from; its key is in it too.
READ = ("entry",)
# A path may be kilobytes of whatever a stranger sends.
MAX_RESOURCE = 500


class DynamoAuditTrail:
    """See `ports.AuditTrail`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def of(self, kind: Kind, record_id: str) -> list[AuditEntry]:
        items = self._tables.query(
            AuditItem,
            KeyConditionExpression="trail = :trail",
            ExpressionAttributeValues={":trail": text(trail_key(kind, record_id))},
            ConsistentRead=True,
            **projection(READ),
        )
        return sorted(map(item_to_entry, items), key=lambda entry: entry.stamp)

    def newest(self, wanted: AuditFilter, before: str, limit: int) -> Page[AuditEntry]:
        if _until(wanted, before) < _since(wanted):
            # DynamoDB refuses an interval that ends before it begins.
            return Page([], "")
        shards = [self._newest(shard, wanted, before) for shard in range(AUDIT_SHARDS)]
        positions = list(islice(heapq.merge(*shards, reverse=True), limit))
        keys = [_key_at(position) for position in positions]
        by_key = {_position(entry): entry for entry in map(item_to_entry, self._get(keys))}
        return Page(
            [by_key[position] for position in positions],
            positions[-1] if len(positions) == limit else "",
        )

    def all(self) -> Iterator[AuditEntry]:
        # Chains lie together: a scan walks partition by partition, each in the order of its key.
        return map(item_to_entry, self._tables.scan(AuditItem, only=READ))

    def _get(self, keys: list[RawItem]) -> list[AuditItem]:
        return self._tables.get_many(AuditItem, keys, only=READ)

    def _newest(self, shard: int, wanted: AuditFilter, before: str) -> Iterator[str]:
        pages = self._tables.pages(
            "query",
            AuditItem,
            IndexName="time",
            ScanIndexForward=False,
            **_newest_conditions(shard, wanted, before),
        )
        for page in pages:
            positions = (item["time_position"]["S"] for item in page["Items"])
            # BETWEEN includes its ends; the last position of the page before must not come again.
            yield from (position for position in positions if position != before)


class DynamoAccessLog:
    """See `ports.AccessLog`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, entry: AccessEntry) -> None:
        # Drawn: what a caller sends must not decide where it is written.
        shard = secrets.randbelow(ACCESS_SHARDS)
        self._tables.put(
            AccessItem(
                day=f"{day_of(entry.at).isoformat()}#{shard}",
                at=f"{entry.at:015d}#{secrets.token_hex(6)}",
                actor=entry.caller.actor,
                role=entry.caller.role,
                action=entry.action,
                resource=entry.resource[:MAX_RESOURCE],
                outcome=entry.outcome,
                request_id=entry.caller.request_id,
                detail=entry.detail[:MAX_DETAIL] or None,
            )
        )


def entry_to_item(entry: AuditEntry) -> AuditItem:
    position = _position(entry)
    return AuditItem(
        trail=trail_key(entry.kind, entry.record_id),
        link=link_of(entry.origin, entry.seq),
        entry=json.dumps(entry_to_document(entry), ensure_ascii=False, separators=(",", ":")),
        actor=entry.caller.actor,
        action=entry.action.value,
        time_shard=str(zlib.crc32(position.encode()) % AUDIT_SHARDS),
        time_position=position,
    )


def item_to_entry(item: AuditItem) -> AuditEntry:
    return entry_from_document(json.loads(item.entry))


def link_of(origin: str, seq: int) -> str:
    """The range key of an entry; padded, so that a chain is read in its order."""
    return f"{origin}#{seq:010d}"


def audit_key(kind: Kind, record_id: str, origin: str, seq: int) -> RawItem:
    return {"trail": text(trail_key(kind, record_id)), "link": text(link_of(origin, seq))}


def _position(entry: AuditEntry) -> str:
    trail, link = trail_key(entry.kind, entry.record_id), link_of(entry.origin, entry.seq)
    return f"{entry.stamp.wall:015d}.{entry.stamp.counter:06d}#{trail}#{link}"


def _key_at(position: str) -> RawItem:
    _, trail, link = position.split("#", 2)
    return {"trail": text(trail), "link": text(link)}


def _newest_conditions(shard: int, wanted: AuditFilter, before: str) -> dict[str, object]:
    values = {
        ":shard": text(str(shard)),
        ":since": text(_since(wanted)),
        ":until": text(_until(wanted, before)),
    }
    filters = {"actor": wanted.actor, "action": wanted.action}
    present = {name: value for name, value in filters.items() if value is not None}
    conditions: dict[str, object] = {
        "KeyConditionExpression": "time_shard = :shard AND time_position BETWEEN :since AND :until",
        "ExpressionAttributeValues": values,
    }
    if present:
        values.update({f":{name}": text(value) for name, value in present.items()})
        conditions["FilterExpression"] = " AND ".join(f"#{name} = :{name}" for name in present)
        conditions["ExpressionAttributeNames"] = {f"#{name}": name for name in present}
    return conditions


def _since(wanted: AuditFilter) -> str:
    return f"{max(0, wanted.since or 0):015d}"


def _until(wanted: AuditFilter, before: str) -> str:
    until = f"{wanted.until + 1:015d}" if wanted.until is not None else "9"
    return min(before, until) if before else until
