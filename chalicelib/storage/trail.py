"""The audit trail: it only ever grows."""

import json
import logging
import zlib
from collections.abc import Iterable, Iterator, Sequence

from chalicelib.domain.audit import (
    AuditEntry,
    AuditFilter,
    entry_from_document,
    entry_to_document,
    trail_key,
)
from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.page import PageOfReadable
from chalicelib.domain.record import Kind
from chalicelib.storage.client import RawItem, Tables, projection, text
from chalicelib.storage.newest import MOST_PASSED, newest_in_shard, newest_of
from chalicelib.storage.tables import AUDIT_SHARDS, AuditItem

LOGGER = logging.getLogger("sins")
# What an entry is read from, and its key: what cannot be read has to be named.
KEY = ("trail", "link")
READ = (*KEY, "entry")

# The key of an entry: its trail, and its link there.
Place = tuple[str, str]


class DynamoAuditTrail:
    """See `ports.AuditTrail`."""

    def __init__(self, tables: Tables, most_passed: int = MOST_PASSED) -> None:
        self._tables = tables
        self._most_passed = most_passed

    def of(self, kind: Kind, record_id: str) -> list[AuditEntry]:
        pages = self._tables.pages(
            "query",
            AuditItem,
            KeyConditionExpression="trail = :trail",
            ExpressionAttributeValues={":trail": text(trail_key(kind, record_id))},
            ConsistentRead=True,
            **projection(READ),
        )
        items = (item for page in pages for item in page["Items"])
        return sorted((entry for _, entry in _readable(items)), key=lambda entry: entry.stamp)

    def newest(self, wanted: AuditFilter, before: str, limit: int) -> PageOfReadable[AuditEntry]:
        if _until(wanted, before) < _since(wanted):
            # DynamoDB refuses an interval that ends before it begins.
            return PageOfReadable([], "", 0)
        positions, after = self._positions(wanted, before, limit)
        places = [_place_at(position) for position in positions]
        entries = self.at(places)
        found = [entries[place] for place in places if place in entries]
        return PageOfReadable(found, after, len(places) - len(found))

    def all(self) -> Iterator[AuditEntry]:
        # Chains lie together: a scan walks partition by partition, each in the order of its key.
        return (entry for _, entry in _readable(self._tables.raw_scan(AuditItem, only=READ)))

    def are_there(self, entries: Sequence[AuditEntry]) -> list[bool]:
        places = [place_of(one.kind, one.record_id, one.origin, one.seq) for one in entries]
        keys = [_key(place) for place in dict.fromkeys(places)]
        found = self._tables.raw_many(AuditItem, keys, only=KEY)
        there = {_place(item) for item in found}
        return [place in there for place in places]

    def at(self, places: Iterable[Place]) -> dict[Place, AuditEntry]:
        """Those of the entries at these places that are there and can be read."""
        # DynamoDB refuses a key that is asked for twice.
        keys = [_key(place) for place in dict.fromkeys(places)]
        return dict(_readable(self._tables.raw_many(AuditItem, keys, only=READ)))

    def _positions(self, wanted: AuditFilter, before: str, limit: int) -> tuple[list[str], str]:
        """The newest positions, and where to go on."""
        shards = (self._newest(shard, wanted, before, limit) for shard in range(AUDIT_SHARDS))
        return newest_of(shards, before, limit)

    def _newest(
        self, shard: int, wanted: AuditFilter, before: str, limit: int
    ) -> tuple[list[str], str]:
        """Some positions of a shard, and down to where it was looked at: '' for all of it."""
        is_filtered = wanted.actor is not None or wanted.action is not None
        items, end = newest_in_shard(
            self._tables,
            AuditItem,
            "time_position",
            IndexName="time",
            Limit=self._most_passed if is_filtered else limit + 1,
            **_newest_conditions(shard, wanted, before),
        )
        return [item["time_position"]["S"] for item in items], end


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


def raw_to_entry(item: RawItem) -> AuditEntry:
    """The entry that `entry_to_item` wrote. Raises UnreadableEvent for anything else."""
    try:
        written = item["entry"]["S"]
        document = json.loads(written)
        if "\\u" in written:
            # Half a letter can be read, but neither be sent nor shown.
            json.dumps(document, ensure_ascii=False).encode()
        return entry_from_document(document)
    except (KeyError, ValueError, TypeError) as error:
        raise UnreadableEvent(f"no audit entry: {error!r}") from error


def _readable(items: Iterable[RawItem]) -> Iterator[tuple[Place, AuditEntry]]:
    """Entries by their places; what is no entry, or another's, is named in the log."""
    for item in items:
        place = _place(item)
        try:
            yield place, _entry_at(place, item)
        except (UnreadableEvent, ValueError, TypeError):
            LOGGER.warning("the audit entry %s of %s cannot be read", place[1], place[0])


def _place(item: RawItem) -> Place:
    return item["trail"]["S"], item["link"]["S"]


def _entry_at(place: Place, item: RawItem) -> AuditEntry:
    entry = raw_to_entry(item)
    if place_of(entry.kind, entry.record_id, entry.origin, entry.seq) != place:
        raise UnreadableEvent("the entry is another than its key says")
    return entry


def link_of(origin: str, seq: int) -> str:
    """The range key of an entry; padded, so that a chain is read in its order."""
    return f"{origin}#{seq:010d}"


def place_of(kind: Kind, record_id: str, origin: str, seq: int) -> Place:
    return trail_key(kind, record_id), link_of(origin, seq)


def audit_key(kind: Kind, record_id: str, origin: str, seq: int) -> RawItem:
    return _key(place_of(kind, record_id, origin, seq))


def _key(place: Place) -> RawItem:
    trail, link = place
    return {"trail": text(trail), "link": text(link)}


def _position(entry: AuditEntry) -> str:
    trail, link = place_of(entry.kind, entry.record_id, entry.origin, entry.seq)
    return f"{entry.stamp.wall:015d}.{entry.stamp.counter:06d}#{trail}#{link}"


def _place_at(position: str) -> Place:
    _, trail, link = position.split("#", 2)
    return trail, link


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
