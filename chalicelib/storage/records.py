"""Customers and field definitions in their tables."""

import heapq
import json
import logging
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from chalicelib.domain.customer import EXTRA
from chalicelib.domain.document import number_of
from chalicelib.domain.errors import Unreadable, UnreadableEvent
from chalicelib.domain.field import Usage
from chalicelib.domain.page import Page
from chalicelib.domain.record import (
    Head,
    Kind,
    Record,
    record_from_document,
    record_to_document,
)
from chalicelib.storage.client import SCAN_PAGE, RawItem, Tables, text
from chalicelib.storage.tables import LISTING_SHARDS, CustomerItem, FieldItem

LOGGER = logging.getLogger("sins")
# Of a scan that somebody waits for, each at most 1 MB: a partition of a table gives 12 MB a second,
# so the whole of a million customers takes longer than a gateway waits.
MOST_PAGES = 100
# The bytes that DynamoDB takes in the hash key of an index.
LONGEST_KEY = 2048
Item = CustomerItem | FieldItem
# What `raw_to_record` goes by; the rest is for the indexes.
READ = ("state", "heads", "version")
KEY = {Kind.CUSTOMER: "id", Kind.FIELD: "key"}
MODEL: dict[Kind, type[CustomerItem] | type[FieldItem]] = {
    Kind.CUSTOMER: CustomerItem,
    Kind.FIELD: FieldItem,
}


class DynamoRecords:
    """See `ports.Records`."""

    def __init__(
        self, tables: Tables, scan_page: int = SCAN_PAGE, most_pages: int = MOST_PAGES
    ) -> None:
        self._tables = tables
        self._scan_page = scan_page
        self._most_pages = most_pages

    def get(self, kind: Kind, record_id: str) -> Record | None:
        item = self._tables.raw(MODEL[kind], record_key(kind, record_id), only=READ)
        return raw_to_record(item) if item else None

    def get_many(
        self,
        kind: Kind,
        record_ids: Sequence[str],
        on_unreadable: Callable[[str], None] = lambda _: None,
    ) -> list[Record]:
        # DynamoDB refuses a key that is asked for twice.
        keys = [record_key(kind, record_id) for record_id in dict.fromkeys(record_ids)]
        found = self._tables.raw_many(MODEL[kind], keys, only=(*READ, KEY[kind]))
        by_id = {record.id: record for record in _readable(kind, found, on_unreadable)}
        return [by_id[record_id] for record_id in record_ids if record_id in by_id]

    def all(
        self, kind: Kind, on_unreadable: Callable[[str], None] = lambda _: None
    ) -> Iterator[Record]:
        found = self._tables.raw_scan(MODEL[kind], only=(*READ, KEY[kind]))
        return _readable(kind, found, on_unreadable)

    def live_ids(self, after: str, limit: int) -> list[str]:
        shards = [self._listing(shard, after, limit) for shard in range(LISTING_SHARDS)]
        return list(islice(heapq.merge(*shards), limit))

    def due_ids(self, before: int, after: str, limit: int) -> Page[str]:
        shards = [self._due(shard, before, after, limit) for shard in range(LISTING_SHARDS)]
        positions = list(islice(heapq.merge(*shards), limit))
        ids = [position.partition("#")[2] for position in positions]
        return Page(ids, positions[-1] if len(positions) == limit else "")

    def claiming(self, number: str, at_most: int) -> list[str]:
        if not _fits_index(number):
            # DynamoDB refuses even to look for it.
            return []
        pages = self._tables.pages(
            "query",
            CustomerItem,
            IndexName="document",
            KeyConditionExpression="document = :number",
            ExpressionAttributeValues={":number": text(number)},
            Limit=at_most,
        )
        return list(islice((item["id"]["S"] for page in pages for item in page["Items"]), at_most))

    def usage_of(self, key: str) -> Usage:
        pages = self._tables.pages(
            "scan",
            CustomerItem,
            ConsistentRead=True,
            Limit=self._scan_page,
            Select="COUNT",
            FilterExpression="contains(used, :key) AND attribute_exists(listing_shard)",
            ExpressionAttributeValues={":key": text(key)},
        )
        found = Usage(0, 0, is_whole=True)
        for page in islice(pages, self._most_pages):
            found = Usage(
                found.customers + page["Count"],
                found.looked_through + page["ScannedCount"],
                is_whole="LastEvaluatedKey" not in page,
            )
            if found.customers:
                break
        return found

    def _listing(self, shard: int, after: str, limit: int) -> Iterator[str]:
        # DynamoDB takes no empty key; a space is below every id.
        pages = self._tables.pages(
            "query",
            CustomerItem,
            IndexName="listing",
            KeyConditionExpression="listing_shard = :shard AND id > :after",
            ExpressionAttributeValues={":shard": text(str(shard)), ":after": text(after or " ")},
            Limit=limit,
        )
        for page in pages:
            yield from (item["id"]["S"] for item in page["Items"])

    def _due(self, shard: int, before: int, after: str, limit: int) -> Iterator[str]:
        pages = self._tables.pages(
            "query",
            CustomerItem,
            IndexName="due",
            KeyConditionExpression="due_shard = :shard AND due_position BETWEEN :after AND :end",
            ExpressionAttributeValues={
                ":shard": text(str(shard)),
                ":after": text(after or " "),
                ":end": text(due_position(before, "")),
            },
            Limit=limit,
        )
        for page in pages:
            positions = (item["due_position"]["S"] for item in page["Items"])
            # BETWEEN includes its ends; the last position of the page before must not come again.
            yield from (position for position in positions if position != after)


def record_key(kind: Kind, record_id: str) -> RawItem:
    return {KEY[kind]: text(record_id)}


def record_to_item(record: Record) -> Item:
    """The item that holds the record, with what the indexes need."""
    state, heads = _state(record), _heads(record)
    if record.kind is Kind.FIELD:
        return FieldItem(key=record.id, state=state, heads=heads, version=record.version)
    shard = str(zlib.crc32(record.id.encode()) % LISTING_SHARDS)
    return CustomerItem(
        id=record.id,
        state=state,
        heads=heads,
        version=record.version,
        used=_used(record),
        listing_shard=shard if record.is_live else None,
        due_shard=None if record.is_erased else shard,
        document=_indexed_number(record) if record.is_live else None,
        due_position=None if record.is_erased else due_position(record.updated_at, record.id),
    )


def raw_to_record(item: RawItem) -> Record:
    """The record that `record_to_item` wrote. Raises Unreadable for anything else."""
    try:
        heads = {origin: Head(*end) for origin, end in json.loads(item["heads"]["S"]).items()}
        state, version = json.loads(item["state"]["S"]), int(item["version"]["N"])
        return record_from_document(state, version, heads)
    except (UnreadableEvent, KeyError, ValueError, TypeError, AttributeError) as error:
        message = "this record's row cannot be read; repair sees to it"
        version = item.get("version", {}).get("N", "")
        raise Unreadable(message, int(version) if version.isdecimal() else 0) from error


def _readable(
    kind: Kind, items: Iterable[RawItem], on_unreadable: Callable[[str], None] = lambda _: None
) -> Iterator[Record]:
    for item in items:
        try:
            yield raw_to_record(item)
        except Unreadable:
            record_id = item[KEY[kind]]["S"]
            LOGGER.warning("the row of %s %s cannot be read", kind, record_id)
            on_unreadable(record_id)


def _indexed_number(record: Record) -> str | None:
    number = number_of(record)
    return number if _fits_index(number) else None


def _fits_index(number: str) -> bool:
    # Nobody types one so long, but a location of another release may send it.
    return 0 < len(number.encode()) <= LONGEST_KEY


def due_position(updated_at: int, record_id: str) -> str:
    return f"{updated_at:015d}#{record_id}"


def _state(record: Record) -> str:
    return json.dumps(record_to_document(record), ensure_ascii=False, separators=(",", ":"))


def _heads(record: Record) -> str:
    heads = {origin: [head.seq, head.hash] for origin, head in record.heads.items()}
    return json.dumps(heads, separators=(",", ":"))


def _used(record: Record) -> set[str] | None:
    keys = {
        name.removeprefix(EXTRA)
        for name, register in record.values.items()
        if name.startswith(EXTRA) and register.value is not None
    }
    return keys or None
