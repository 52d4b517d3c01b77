"""Checks that the audit trail of a location is the one that was written.

1. Every chain is walked as the table is read, against the head that its record names. An entry
   has to lie under the key, and beside the index values, that its content asks for.
2. Every record is asked for the ends of its chains, so that a chain that is gone is missed. One
   that cannot be read does not tell where its chains end, and is a fault of its own.

The location may be at work meanwhile: what looks wrong is read again on its own, until nobody
wrote in between.
"""

import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby, islice
from typing import Any

from msgspec import Struct

from chalicelib.domain.audit import (
    NO_RECORD,
    AuditEntry,
    first_fault,
    hash_of,
    parse_trail_key,
    trail_key,
)
from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.record import Head, Kind, Record
from chalicelib.services.ports import Records
from chalicelib.storage.client import Tables, text
from chalicelib.storage.tables import AuditItem
from chalicelib.storage.trail import audit_key, entry_to_item, raw_to_entry
from local.target import target
from local.terminal import harmless

BATCH = 500
ATTEMPTS = 10

RawItem = dict[str, Any]
Heads = Mapping[str, Head]


class Chain(Struct, frozen=True):
    """The entries of one record that were written at one origin."""

    kind: Kind
    record_id: str
    origin: str

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}, origin {self.origin}"


class Fault(Struct, frozen=True):
    """What is not as it was written: the first such entry of a chain, or a record's row."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def verify(location: str | None = None) -> None:
    """Prints what was checked and the first fault. Exits with 1 if there is one."""
    with target(location) as here:
        verification = Verification(here.tables, here.registry.store.records)
        fault = verification.first_fault()
        print(_report(here.settings.location, verification, fault))
    if fault:
        sys.exit(1)


class Verification:
    """One walk over a location's audit trail. `entries` and `chains` count by origin."""

    def __init__(self, tables: Tables, records: Records) -> None:
        self._tables = tables
        self._records = records
        self.entries: Counter[str] = Counter()
        self.chains: Counter[str] = Counter()

    def first_fault(self) -> Fault | None:
        """The first fault in the order in which the tables are read."""
        return next(chain(self._faulty_chains(), self._faulty_records()), None)

    def _faulty_chains(self) -> Iterator[Fault]:
        items = self._items_with_heads()
        for key, pairs in groupby(items, lambda pair: _chain_of(pair[0])):
            if self._suspects(key, pairs):
                yield from self._settled_fault(key)

    def _suspects(self, key: Chain, pairs: Iterator[tuple[RawItem, Head | None]]) -> bool:
        first, head = next(pairs)
        walk = _Walk(chain([first], (item for item, _ in pairs)))
        suspected = walk.fault(head)
        self.entries[key.origin] += walk.read
        self.chains[key.origin] += 1
        return suspected is not None

    def _faulty_records(self) -> Iterator[Fault]:
        for kind in Kind:
            unreadable = list[str]()
            records = self._records.all(kind, unreadable.append)
            while batch := list(islice(records, BATCH)):
                yield from self._lost_in(batch)
            for record_id in unreadable:
                yield Fault(f"{kind} {record_id}", "the record cannot be read")

    def _items_with_heads(self) -> Iterator[tuple[RawItem, Head | None]]:
        pages = self._tables.pages("scan", AuditItem, ConsistentRead=True)
        items = (item for page in pages for item in page["Items"])
        while batch := list(islice(items, BATCH)):
            keys = [_chain_of(item) for item in batch]
            heads = self._heads(keys)
            for item, key in zip(batch, keys, strict=True):
                yield item, heads.get((key.kind, key.record_id), {}).get(key.origin)

    def _heads(self, keys: Iterable[Chain]) -> dict[tuple[Kind, str], Heads]:
        wanted: dict[Kind, dict[str, None]] = {kind: {} for kind in Kind}
        for key in keys:
            wanted[key.kind][key.record_id] = None
        return {
            (kind, record.id): record.heads
            for kind, ids in wanted.items()
            for record in self._records.get_many(kind, list(ids))
        }

    def _lost_in(self, records: list[Record]) -> Iterator[Fault]:
        ends = {
            Chain(record.kind, record.id, origin): head
            for record in records
            for origin, head in record.heads.items()
        }
        keys = [audit_key(c.kind, c.record_id, c.origin, end.seq) for c, end in ends.items()]
        found = {_chain_of(item.serialize()) for item in self._tables.get_many(AuditItem, keys)}
        for key in (key for key in ends if key not in found):
            yield from self._settled_fault(key)
        for record in (record for record in records if not record.heads):
            key = Chain(record.kind, record.id, record.created.origin)
            yield Fault(str(key), "entry 1 is missing")

    def _settled_fault(self, key: Chain) -> Iterator[Fault]:
        """The fault of one chain, unless it was only somebody's write in between."""
        what = None
        for _ in range(ATTEMPTS):
            before = self._heads([key])
            head = before.get((key.kind, key.record_id), {}).get(key.origin)
            what = _Walk(self._items_of(key)).fault(head)
            if what is None or self._heads([key]) == before:
                break
        # Of a record that is there and cannot be read, `_faulty_records` tells.
        if what and not (what == NO_RECORD and self._is_unreadable(key)):
            yield Fault(str(key), what)

    def _is_unreadable(self, key: Chain) -> bool:
        unreadable = list[str]()
        self._records.get_many(key.kind, [key.record_id], unreadable.append)
        return bool(unreadable)

    def _items_of(self, key: Chain) -> Iterator[RawItem]:
        # No origin is the beginning of another one: incarnations are of one length.
        pages = self._tables.pages(
            "query",
            AuditItem,
            KeyConditionExpression="trail = :trail AND begins_with(link, :origin)",
            ExpressionAttributeValues={
                ":trail": text(trail_key(key.kind, key.record_id)),
                ":origin": text(key.origin),
            },
            ConsistentRead=True,
        )
        return (item for page in pages for item in page["Items"])


class _Misplaced(Exception):
    """An entry lies where another one belongs."""


class _Walk:
    """Reads the items of one chain, and knows where it is when something is wrong."""

    def __init__(self, items: Iterable[RawItem]) -> None:
        self._items = iter(items)
        self._number = ""
        self._latest: deque[AuditEntry] = deque(maxlen=2)
        self.read = 0

    def fault(self, head: Head | None) -> str | None:
        """What is wrong with the first bad entry, or None where all is well."""
        try:
            what = first_fault(self._entries(), head)
        except _Misplaced as error:
            return str(error)
        except (UnreadableEvent, ValueError, TypeError):
            return f"entry {self._number} cannot be read"
        return (self._earlier_fault(head) or what) if what else None

    def _entries(self) -> Iterator[AuditEntry]:
        for item in self._items:
            self.read += 1
            self._number = _number_of(item)
            entry = raw_to_entry(item)
            self._check_place(entry, item)
            self._latest.append(entry)
            yield entry

    def _check_place(self, entry: AuditEntry, item: RawItem) -> None:
        expected = entry_to_item(entry).serialize()
        wrong = [name for name in expected if name != "entry" and item.get(name) != expected[name]]
        if {"trail", "link"}.intersection(wrong):
            raise _Misplaced(f"entry {self._number} is another than its key says")
        if wrong:
            raise _Misplaced(f"entry {self._number} was changed ({', '.join(wrong)})")

    def _earlier_fault(self, head: Head | None) -> str | None:
        """Blames the entry before, where the one that does not follow it is itself vouched for.

        Whoever changes an entry and gives it a fitting hash breaks the link to the next one.
        """
        if len(self._latest) < 2 or _follows(*self._latest):
            return None
        suspect, latest = self._latest
        voucher = self._voucher(head)
        vouched_for = voucher == latest.hash == hash_of(latest) and latest.seq == suspect.seq + 1
        return f"entry {suspect.seq} was changed" if vouched_for else None

    def _voucher(self, head: Head | None) -> str | None:
        """The hash that the next entry, or else the record, has of the latest one."""
        try:
            following = next(self._entries(), None)
        except (_Misplaced, UnreadableEvent, ValueError, TypeError):
            return None
        if following:
            return following.previous_hash
        return head.hash if head else None


def _follows(entry: AuditEntry, following: AuditEntry) -> bool:
    return following.previous_hash == entry.hash


def _chain_of(item: RawItem) -> Chain:
    trail, link = item["trail"]["S"], item["link"]["S"]
    origin = link.rpartition("#")[0] or link
    return Chain(*parse_trail_key(trail), origin)


def _number_of(item: RawItem) -> str:
    number = item["link"]["S"].rpartition("#")[2]
    return number.lstrip("0") if number.isdecimal() else repr(number)


def _report(location: str, checked: Verification, fault: Fault | None) -> str:
    entries, chains = checked.entries, checked.chains
    lines = [
        f"{location}: {entries.total():,} entries in {chains.total():,} chains were checked.",
        *(f"  {key}: {entries[key]:,} entries in {chains[key]:,} chains" for key in chains),
        f"{location}: {fault or 'nothing was changed, removed or reordered'}.",
    ]
    # Whoever changes an entry may write into it what hides the line about it.
    return "\n".join(map(harmless, lines))
