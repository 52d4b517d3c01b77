"""Digests: whether two locations hold the same, told without sending what they hold.

A record's hash covers its shared state and the ends of its audit chains. Records fall into
buckets by their key; a bucket's hash is the sum of its records' hashes, so that the order in which
they are read does not matter. Two locations compare buckets, then the records of those
that differ: one level of a Merkle tree, as in Dynamo's anti-entropy (DeCandia and others, 2007).

A write on its way makes buckets differ too. So a bucket says since when it is what it is, and
counts as divergent only where both sides stood still meanwhile.
"""

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from chalicelib.domain.audit import trail_key
from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.record import Record, record_to_document
from chalicelib.domain.stamp import location_of

BUCKETS = 1024
# No two clocks that are right are so far apart: a stamp that is ahead by a day is none of just now.
AHEAD = 24 * 60 * 60 * 1000
_BYTES = 8
_SIZE = 2 ** (8 * _BYTES)
# Made once: `json.dumps` would make an encoder for each record.
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Bucket(Struct, frozen=True):
    """The sum of its records' hashes, and the first moment at which a digest found this one.

    A location's first digest finds everything at moment 0: nobody knows since when it was so.
    `latest` is the last change of any of its records, as their stamps say it.
    """

    hash: str
    since: int
    latest: int


class Digest(Struct, frozen=True):
    """What one location held `at` a moment (milliseconds). Buckets without records are left out.

    How much it had yet to send and could not apply goes with it, for the others to show, and
    whether it takes writes already. One that is `behind` was still applying old events, and
    differs for no other reason. `heard` says by origin which of the others' digests it knew before
    this one was taken: the moments at which they were, by their own clocks.
    """

    origin: str
    at: int
    records: int
    buckets: Mapping[int, Bucket]
    outbox_depth: int = 0
    dead_letters: int = 0
    joined: bool = True
    behind: bool = False
    heard: Mapping[str, int] = {}

    @property
    def location(self) -> str:
        return location_of(self.origin)

    def answers(self, origin: str, at: int) -> bool:
        """Whether it was taken after its location had the digest of that origin and moment."""
        return self.heard.get(origin, -1) >= at

    @property
    def whole(self) -> str:
        """One number for everything. Equal numbers: equal registries."""
        return _text(sum(int(bucket.hash, 16) for bucket in self.buckets.values()))


class Listing(Struct, frozen=True):
    """The records of one bucket as one location holds them: each one's hash by its key."""

    origin: str
    at: int
    bucket: int
    hashes: Mapping[str, str]

    @property
    def location(self) -> str:
        return location_of(self.origin)


def key_of(record: Record) -> str:
    """The record's name among customers and fields alike."""
    return trail_key(record.kind, record.id)


def bucket_of(key: str) -> int:
    return zlib.crc32(key.encode()) % BUCKETS


def hash_of(record: Record) -> str:
    """Equal where two locations hold the same state and end the same chains."""
    return _text(_number(record))


def make_digest(
    records: Iterable[Record], origin: str, at: int, previous: Digest | None = None
) -> Digest:
    """The digest of all records; `previous` tells which buckets stood still."""
    sums: dict[int, int] = defaultdict(int)
    latest: dict[int, int] = defaultdict(int)
    count = 0
    for record in records:
        number = bucket_of(key_of(record))
        sums[number] += _number(record)
        latest[number] = max(latest[number], record.updated_at)
        count += 1
    before = previous.buckets if previous else {}
    since = at if previous else 0
    buckets = {
        number: _bucket(_text(total), before.get(number), since, latest[number])
        for number, total in sums.items()
    }
    return Digest(origin, at, count, buckets)


def list_bucket(records: Iterable[Record], bucket: int, origin: str, at: int) -> Listing:
    """The listing of one bucket, out of records that may fall into others too."""
    mine = ((key_of(record), record) for record in records)
    return Listing(
        origin, at, bucket, {key: hash_of(one) for key, one in mine if bucket_of(key) == bucket}
    )


def differing(mine: Digest, theirs: Digest) -> set[int]:
    """The buckets that are not the same on both sides, for whatever reason."""
    return {number for number, _ in _hashes(mine) ^ _hashes(theirs)}


def divergent(mine: Digest, theirs: Digest, patience: int) -> set[int]:
    """The buckets that differ although neither side changed for `patience` milliseconds.

    No bucket at all where one side is behind: what it lacks is on its way.
    """
    return set() if mine.behind or theirs.behind else _standing_apart(mine, theirs, patience)


def unheard(mine: Digest, theirs: Digest, patience: int) -> set[int]:
    """The buckets in which the other side may hold changes that should long be here.

    Where this side is behind, any difference counts at once: there may be more to come.
    """
    return differing(mine, theirs) if mine.behind else _standing_apart(mine, theirs, patience)


def _standing_apart(mine: Digest, theirs: Digest, patience: int) -> set[int]:
    ended = min(mine.at, theirs.at)
    return {
        number
        for number in differing(mine, theirs)
        if ended - max(_since(mine, number), _since(theirs, number)) >= patience
    }


def has_caught_up(mine: Digest, theirs: Digest, slack: int) -> bool:
    """Whether a location that joins holds what another one did; `mine` was taken after `theirs`.

    What either side changed since theirs was taken makes buckets differ too: those with a change
    after `slack` milliseconds before it do not count. All the rest has to be the same; where
    there is no rest, everything.
    """
    apart = differing(mine, theirs)
    moving = {
        number
        for digest in (mine, theirs)
        for number, bucket in digest.buckets.items()
        if theirs.at - slack < bucket.latest < theirs.at + AHEAD
    }
    return not apart - moving if theirs.buckets.keys() - moving else not apart


def digest_to_document(digest: Digest) -> dict[str, Any]:
    """The plain form in which digests are kept and sent."""
    return {
        "origin": digest.origin,
        "at": digest.at,
        "records": digest.records,
        "outbox_depth": digest.outbox_depth,
        "dead_letters": digest.dead_letters,
        "joined": digest.joined,
        "behind": digest.behind,
        "heard": dict(digest.heard),
        "buckets": {
            str(number): [bucket.hash, bucket.since, bucket.latest]
            for number, bucket in digest.buckets.items()
        },
    }


def digest_from_document(document: Mapping[str, Any]) -> Digest:
    """The digest that `digest_to_document` wrote. Raises UnreadableEvent for anything else."""
    try:
        return Digest(
            origin=str(document["origin"]),
            at=int(document["at"]),
            records=int(document["records"]),
            outbox_depth=int(document["outbox_depth"]),
            dead_letters=int(document["dead_letters"]),
            joined=bool(document["joined"]),
            # A peer of an older release is there too; it hears nobody.
            behind=bool(document.get("behind", False)),
            heard={str(by): int(at) for by, at in document.get("heard", {}).items()},
            buckets={
                int(number): Bucket(_text(int(found, 16)), int(since), int(latest))
                for number, (found, since, latest) in document["buckets"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UnreadableEvent(f"no digest: {error!r}") from error


def listing_to_document(listing: Listing) -> dict[str, Any]:
    """The plain form in which listings are sent."""
    return {
        "origin": listing.origin,
        "at": listing.at,
        "bucket": listing.bucket,
        "hashes": dict(listing.hashes),
    }


def listing_from_document(document: Mapping[str, Any]) -> Listing:
    """The listing that `listing_to_document` wrote. Raises UnreadableEvent for anything else."""
    try:
        return Listing(
            origin=str(document["origin"]),
            at=int(document["at"]),
            bucket=int(document["bucket"]),
            hashes={str(key): str(found) for key, found in document["hashes"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UnreadableEvent(f"no listing: {error!r}") from error


def _number(record: Record) -> int:
    heads = {origin: [head.seq, head.hash] for origin, head in record.heads.items()}
    document = {**record_to_document(record), "heads": heads}
    return int.from_bytes(hashlib.sha256(_canonical(document).encode()).digest()[:_BYTES])


def _text(number: int) -> str:
    return f"{number % _SIZE:0{2 * _BYTES}x}"


def _bucket(found: str, before: Bucket | None, since: int, latest: int) -> Bucket:
    # What was found in the future was found by a clock that ran ahead: it stands still since now.
    if before and before.hash == found and before.since <= since:
        return before
    return Bucket(found, since, latest)


def _hashes(digest: Digest) -> set[tuple[int, str]]:
    return {(number, bucket.hash) for number, bucket in digest.buckets.items()}


def _since(digest: Digest, number: int) -> int:
    """Records are never removed: a bucket without any never had one.

    A stamp of the future is no moment at which anything changed.
    """
    bucket = digest.buckets.get(number)
    if bucket is None:
        return 0
    return max(bucket.since, bucket.latest) if bucket.latest <= digest.at else bucket.since
