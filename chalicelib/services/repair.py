"""Repair: finding the records that two locations hold differently, and making them equal.

1. What could not be read here is put back from its own audit trail.
2. Digests name the buckets that differ although nothing is on its way.
3. Each location lists its records of those buckets, those first that others have listed, and reads
   what the others listed. It lists a bucket again only where its records have changed or the board
   has forgotten it, so that few listings tell of many buckets.
4. A record that differs is held against its own audit trail first: where it does not follow from
   it, the table was damaged, and the trail says what was there.
5. Then its whole trail is sent again, for whoever lacks a part of it.

Nothing here decides who is right: trails only grow, and once all have the same trail, the same
record follows from it everywhere. Whatever is cut off midway is done by the next run.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import asdict, replace

from chalicelib.domain import audit
from chalicelib.domain import change as changes
from chalicelib.domain.audit import AuditEntry, Caller, parse_trail_key
from chalicelib.domain.change import Event
from chalicelib.domain.digest import (
    BUCKETS,
    Digest,
    Listing,
    bucket_of,
    divergent,
    hash_of,
    key_of,
    list_bucket,
)
from chalicelib.domain.errors import Damaged, TooLarge, Unavailable, VersionConflict
from chalicelib.domain.notes import Fact, Note
from chalicelib.domain.record import Record, record_to_document
from chalicelib.domain.replay import corrected, ends_of, is_whole, replay
from chalicelib.services.digest import PATIENCE, everything, own_digest, peers, unreadable_keys
from chalicelib.services.ports import Board, Producer
from chalicelib.services.registry import Registry

LOGGER = logging.getLogger("sins")
# What one run takes on. The next one goes on behind it, so that what nobody can repair is not all
# that is ever tried. Where many customers are in each bucket, fewer buckets are listed.
BUCKETS_A_RUN = 32
LISTED_A_RUN = 4_000
RECORDS_A_RUN = 500
# So many events of a trail, each with the whole record, are sent at once.
TOGETHER = 10
# So many in one run that cannot be sent: the broker may be away, and each would be waited for.
MOST_UNSENT = 3

Place = TypeVar("Place", int, str)
# By bucket and key.
Held = Mapping[int, Mapping[str, Record]]
Told = Sequence[Digest | Listing]


class Repaired(Struct, frozen=True):
    """What one run found and did: divergent buckets, records that differ, mended, sent again.

    `unsent` are those that should have been sent again and could not be.
    """

    divergent: int = 0
    differing: int = 0
    mended: int = 0
    sent_again: int = 0
    unsent: int = 0


def repair_differences(
    caller: Caller, registry: Registry, board: Board, producer: Producer
) -> Repaired:
    """One run. Raises Unavailable where the broker is away, or did not take all of it."""
    # Their own trails tell what was there, also where there is no other location.
    mended = sum(_mend(key, caller, registry) for key in unreadable_keys(registry))
    told = board.told()
    buckets = _divergent_buckets(told, registry)
    repaired = Repaired(mended=mended)
    if buckets:
        last = registry.store.system.noted(Note.REPAIR).get("last", {})
        compared = _compared(int(str(last.get("bucket", -1))), buckets, told, registry)
        held = _held_in([*compared, *_unlisted(buckets, told, registry)], registry)
        _list(held, told, registry, board)
        differing = set(_differing(held, told, registry))
        wanted = _behind(str(last.get("key", "")), differing)[:RECORDS_A_RUN]
        mended += sum(_mend(key, caller, registry) for key in wanted)
        sent, unsent, last_key = _send_all_again(wanted, registry, producer)
        repaired = Repaired(len(buckets), len(wanted), mended, sent, unsent)
        reached: Fact = {"bucket": compared[-1] if compared else -1, "key": last_key}
        found: Fact = {"differing": len(differing), "at": registry.clock()}
        registry.store.system.note(Note.REPAIR, {"last": {**asdict(repaired), **found, **reached}})
    if repaired.unsent:
        raise Unavailable(f"{repaired.unsent} records could not be sent again")
    return repaired


def _behind(place: Place, all_of_them: Iterable[Place]) -> list[Place]:
    """In their order, beginning behind the place: those up to it come last."""
    return sorted(all_of_them, key=lambda one: (one <= place, one))


def _divergent_buckets(told: Told, registry: Registry) -> set[int]:
    mine = own_digest(told, registry)
    if mine is None:
        return set()
    return {
        bucket for theirs in peers(told, registry) for bucket in divergent(mine, theirs, PATIENCE)
    }


def _compared(place: int, buckets: set[int], told: Told, registry: Registry) -> list[int]:
    """Those whose records the others have listed, so that it shows which of them differ."""
    listed = buckets & _listed(told, registry).keys()
    return _behind(place, listed)[: _buckets_a_run(told, registry)]


def _unlisted(buckets: set[int], told: Told, registry: Registry) -> list[int]:
    """Those that the board lacks from here; first those that somebody waits for."""
    awaited = _listed(told, registry)
    missing = buckets - _own_listings(told, registry).keys()
    in_order = sorted(missing, key=lambda bucket: (bucket not in awaited, bucket))
    return in_order[: _buckets_a_run(told, registry)]


def _buckets_a_run(told: Told, registry: Registry) -> int:
    mine = own_digest(told, registry)
    in_each = mine.records // BUCKETS + 1 if mine else 1
    return max(1, min(BUCKETS_A_RUN, LISTED_A_RUN // in_each))


def _own_listings(told: Told, registry: Registry) -> dict[int, Listing]:
    origin = registry.store.origin
    return {one.bucket: one for one in told if isinstance(one, Listing) and one.origin == origin}


def _listed(told: Told, registry: Registry) -> dict[int, list[Listing]]:
    """What the other locations listed, by bucket."""
    listed: dict[int, list[Listing]] = defaultdict(list)
    for one in told:
        if isinstance(one, Listing) and one.location != registry.location:
            listed[one.bucket].append(one)
    return dict(listed)


def _held_in(buckets: Iterable[int], registry: Registry) -> Held:
    held: dict[int, dict[str, Record]] = {bucket: {} for bucket in buckets}
    for record in everything(registry):
        key = key_of(record)
        if (bucket := bucket_of(key)) in held:
            held[bucket][key] = record
    return held


def _list(held: Held, told: Told, registry: Registry, board: Board) -> None:
    """Tells what is held here, bucket by bucket, where the board does not have it so."""
    now, origin = registry.clock(), registry.store.origin
    listed = {bucket: one.hashes for bucket, one in _own_listings(told, registry).items()}
    listings = [list_bucket(found.values(), bucket, origin, now) for bucket, found in held.items()]
    board.tell(*[one for one in listings if one.hashes != listed.get(one.bucket)])


def _differing(held: Held, told: Told, registry: Registry) -> Iterator[str]:
    """The keys of the records that anybody else lists otherwise, or that only one side lists."""
    listed = _listed(told, registry)
    for bucket in held.keys() & listed.keys():
        mine = {key: hash_of(record) for key, record in held[bucket].items()}
        theirs = [one.hashes for one in listed[bucket]]
        for key in mine.keys() | {key for hashes in theirs for key in hashes}:
            if {hashes.get(key) for hashes in theirs} != {mine.get(key)}:
                yield key


def _mend(key: str, caller: Caller, registry: Registry) -> bool:
    """Puts the record in order where it is not what its own trail tells."""
    kind, record_id = parse_trail_key(key)
    record, version = registry.stored(kind, record_id)
    told = _told(record, _untampered(registry.store.trail.of(kind, record_id)))
    if told is None or (record and _is_same(record, told)):
        return False
    try:
        registry.store.commit(changes.repair(version, told, registry.author(caller)))
    except VersionConflict:
        # Somebody is writing it: the next run looks again.
        return False
    except (Damaged, TooLarge) as error:
        LOGGER.warning("the %s %s cannot be mended: %s", kind, record_id, error)
        return False
    return True


def _told(record: Record | None, entries: Sequence[AuditEntry]) -> Record | None:
    """The record as its trail tells it.

    A trail with a gap (compaction, or lost tables) tells its ends, and the values that it names.
    """
    if is_whole(entries, record.heads if record else {}):
        return replay(entries)
    if record is None:
        return None
    ends = ends_of(entries).items()
    newer = {origin: end for origin, end in ends if not record.has_taken(origin, end.seq)}
    return replace(corrected(record, entries), heads={**record.heads, **newer})


def _untampered(entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """Nobody goes by an entry that was tampered with, nor passes it on."""
    return [entry for entry in entries if audit.hash_of(entry) == entry.hash]


def _is_same(record: Record, told: Record) -> bool:
    return record_to_document(record) == record_to_document(told) and record.heads == told.heads


def _send_all_again(
    keys: Iterable[str], registry: Registry, producer: Producer
) -> tuple[int, int, str]:
    """How many were sent again, how many could not be, and the last that was tried."""
    sent, unsent, key = 0, 0, ""
    for key in keys:
        try:
            sent += _send_again(key, registry, producer)
        except Unavailable as error:
            LOGGER.warning("%s cannot be sent again: %s", key, error)
            unsent += 1
        if unsent == MOST_UNSENT:
            break
    return sent, unsent, key


def _send_again(key: str, registry: Registry, producer: Producer) -> bool:
    """Sends the record's whole trail once more, for whoever lacks a part of it."""
    kind, record_id = parse_trail_key(key)
    record, _ = registry.stored(kind, record_id)
    if record is None:
        return False
    origin = registry.store.origin
    entries = _untampered(registry.store.trail.of(kind, record_id))
    for start in range(0, len(entries), TOGETHER):
        together = entries[start : start + TOGETHER]
        reasons = producer.send([Event(entry, record, via=origin) for entry in together])
        failures = [reason for reason in reasons if reason is not None]
        if failures:
            raise Unavailable(f"the broker did not take {len(failures)} events: {failures[0]!r}")
    return True
