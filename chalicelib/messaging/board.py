"""The board: a small compacted topic on which each location tells what it holds.

It is read each time it is needed, every few minutes; nobody follows it. A key is told again and
again, and only what was told last counts, so the end of the topic is enough.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.domain.digest import (
    Digest,
    Listing,
    digest_from_document,
    digest_to_document,
    listing_from_document,
    listing_to_document,
)
from chalicelib.domain.errors import Unavailable, UnreadableEvent
from chalicelib.messaging.codec import ORIGIN, RECORD_ID
from chalicelib.messaging.connection import connection
from chalicelib.messaging.producer import KafkaSender
from chalicelib.settings import Settings

DIGEST = "sins.digest.taken"
LISTING = "sins.bucket.listed"
# Digests come every few minutes, and between them as many listings as there are differences: the
# end is what was told in an hour, however much that is.
RECENT_SECONDS = 60 * 60
# And no less than this, so that who fell silent hours ago is not forgotten in quiet times. All of
# the topic may be much more: a broker may be slow to compact it.
RECENT = 500
POLL_MILLISECONDS = 200
LONGEST_READ = 10.0
_KEY = re.compile(f"(field:)?{RECORD_ID}")
_READERS: Mapping[str, Callable[[Any], Digest | Listing]] = {
    DIGEST: digest_from_document,
    LISTING: listing_from_document,
}


class KafkaBoard:
    """See `ports.Board`."""

    def __init__(self, settings: Settings, sender: KafkaSender) -> None:
        self._settings = settings
        self._sender = sender

    def tell(self, *notices: Digest | Listing) -> None:
        records = [(encode_key(notice), encode(notice)) for notice in notices]
        reasons = self._sender.send(self._settings.kafka_digests_topic, records)
        failures = [reason for reason in reasons if reason is not None]
        if failures:
            raise Unavailable(f"the broker did not take a digest: {failures[0]!r}")

    def told(self) -> list[Digest | Listing]:
        from kafka.errors import KafkaError

        try:
            last = dict(_read(self._settings))
        except KafkaError as error:
            raise Unavailable(f"the broker did not tell the digests: {error!r}") from error
        return [notice for value in last.values() if (notice := decode(value))]


def encode_key(notice: Digest | Listing) -> bytes:
    """By location and not by origin: a wiped one takes the place of what it was."""
    bucket = f"|{notice.bucket}" if isinstance(notice, Listing) else ""
    return f"{notice.location}{bucket}".encode()


def encode(notice: Digest | Listing) -> bytes:
    """The notice as CloudEvents 1.0 in JSON."""
    envelope = {
        "specversion": "1.0",
        "id": f"{notice.origin}/{notice.at}",
        "source": f"/sins/{notice.location}",
        "datacontenttype": "application/json",
        **_content(notice),
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


def decode(value: bytes | None) -> Digest | Listing | None:
    """The notice in some bytes; None for whatever else lies on the topic."""
    try:
        envelope = json.loads(value or b"{}")
        notice = _READERS[envelope["type"]](envelope["data"])
    except (UnreadableEvent, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return None
    return notice if _is_named(notice) else None


def _is_named(notice: Digest | Listing) -> bool:
    """Whether its names are such as locations and records have: they are looked up in tables."""
    keys = notice.hashes if isinstance(notice, Listing) else ()
    return re.fullmatch(ORIGIN, notice.origin) is not None and all(map(_KEY.fullmatch, keys))


def _content(notice: Digest | Listing) -> dict[str, Any]:
    if isinstance(notice, Digest):
        return {"type": DIGEST, "data": digest_to_document(notice)}
    return {"type": LISTING, "data": listing_to_document(notice)}


def _read(settings: Settings) -> Iterator[tuple[bytes, bytes | None]]:
    """Keys and values from the end of the topic, in their order."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(
        **connection(settings),
        client_id=f"{settings.location}-board",
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=5_000,
        # In pure Python: half a second for a megabyte, and more than the rest of the reading.
        check_crcs=False,
    )
    try:
        yield from _tail(consumer, TopicPartition(settings.kafka_digests_topic, 0))
    finally:
        consumer.close()


def _tail(consumer: Any, partition: Any) -> Iterator[tuple[bytes, bytes | None]]:
    if partition.partition not in (consumer.partitions_for_topic(partition.topic) or ()):
        return
    consumer.assign([partition])
    begin = consumer.beginning_offsets([partition])[partition]
    end = consumer.end_offsets([partition])[partition]
    consumer.seek(partition, max(begin, min(end - RECENT, _recent(consumer, partition, end))))
    deadline = time.monotonic() + LONGEST_READ
    while consumer.position(partition) < end:
        if time.monotonic() > deadline:
            # A consumer whose broker died polls in silence.
            raise Unavailable("the broker fell silent while it told the digests")
        for records in consumer.poll(POLL_MILLISECONDS).values():
            yield from ((record.key or b"", record.value) for record in records)


def _recent(consumer: Any, partition: Any, end: int) -> int:
    since = int((time.time() - RECENT_SECONDS) * 1000)
    found = consumer.offsets_for_times({partition: since})[partition]
    return int(found.offset) if found else end
