"""Sending to the topics.

The settings are the ones that lose nothing: kafka-python's idempotent default can wedge for good
after an outage of the broker, `flush` returns normally over a record that failed, and its buffer
has no bound. So: one request in flight, every future checked, one small piece after the other,
and nothing left behind when `send` returns.
"""

import time
import zlib
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

from chalicelib.domain.change import Event
from chalicelib.messaging.codec import encode, encode_key
from chalicelib.messaging.connection import connection
from chalicelib.settings import Settings

MAX_BLOCK_MILLISECONDS = 2_500
# For one piece; and after so long no other one is begun, as a relay's lease ends after thrice that.
SEND_SECONDS = 10
# What a slow line takes in that time. One record may be larger.
PIECE_BYTES = 1_000_000
# The protocol of every broker since Kafka 2.1; asking for it would cost a round trip.
API_VERSION = (2, 1)

# A key and a value.
Record = tuple[bytes, bytes]


class KafkaSender:
    """One connection to the broker. Connects when it first sends. Safe for several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: Any = None
        self._lock = Lock()

    def send(self, topic: str, records: Sequence[Record]) -> list[Exception | None]:
        """Sends keys with values and waits; for each None, or why it was not acknowledged."""
        reasons: list[Exception | None] = []
        end, away = time.monotonic() + SEND_SECONDS, None
        for piece in _pieces(records):
            reasons += [away for _ in piece] if away else self._send_piece(topic, piece)
            # Who waits for one piece in vain would wait for all others too.
            away = next((one for one in reasons if one and _is_passing(one)), None)
            if time.monotonic() > end:
                away = away or TimeoutError("no time was left for it")
        return reasons

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _send_piece(self, topic: str, piece: Sequence[Record]) -> list[Exception | None]:
        from kafka.errors import KafkaError

        with self._lock:
            try:
                futures = [self._send(topic, key, value) for key, value in piece]
                self._producer.flush(timeout=SEND_SECONDS)
            except KafkaError as error:
                self._drop()
                return [error for _ in piece]
            reasons = [_reason(future) for future in futures]
            if any(reasons):
                self._drop()
            return reasons

    def _send(self, topic: str, key: bytes, value: bytes) -> Any:
        if self._producer is None:
            self._producer = self._connect()
        partition = partition_of(key, sorted(self._producer.partitions_for(topic)))
        return self._producer.send(topic, key=key, value=value, partition=partition)

    def _connect(self) -> Any:
        from kafka import KafkaProducer

        return KafkaProducer(
            **connection(self._settings),
            client_id=f"{self._settings.location}-relay",
            acks="all",
            enable_idempotence=False,
            max_in_flight_requests_per_connection=1,
            # A topic made in passing has one partition and forgets: `infra/topics.py` makes it.
            allow_auto_create_topics=False,
            api_version=API_VERSION,
            max_block_ms=MAX_BLOCK_MILLISECONDS,
            request_timeout_ms=5_000,
            delivery_timeout_ms=8_000,
            linger_ms=0,
            compression_type="gzip",
        )

    def _drop(self) -> None:
        # What a failed producer still holds must not be sent behind the relay's back later.
        if self._producer is not None:
            self._producer.close(timeout=0)
            self._producer = None


class KafkaEventProducer:
    """See `ports.Producer`."""

    def __init__(self, settings: Settings, sender: KafkaSender) -> None:
        self._topic = settings.kafka_topic
        self._sender = sender

    def send(self, events: Sequence[Event]) -> list[Exception | None]:
        return self._sender.send(self._topic, [(encode_key(one), encode(one)) for one in events])


def _pieces(records: Sequence[Record]) -> Iterator[list[Record]]:
    piece, size = list[Record](), 0
    for key, value in records:
        if piece and size + len(value) > PIECE_BYTES:
            yield piece
            piece, size = [], 0
        piece.append((key, value))
        size += len(value)
    if piece:
        yield piece


def _is_passing(reason: Exception) -> bool:
    """Whether the broker is at fault, and not the record: kafka-python's errors tell."""
    return bool(getattr(reason, "retriable", True))


def _reason(future: Any) -> Exception | None:
    if not future.is_done:
        return TimeoutError("no acknowledgement in time")
    exception: Exception | None = future.exception
    return exception


def partition_of(key: bytes, partitions: Sequence[int]) -> int:
    """By customer alone, whatever the origin, so that a customer's events stay in order."""
    customer = key.partition(b"|")[0]
    return partitions[zlib.crc32(customer) % len(partitions)]
