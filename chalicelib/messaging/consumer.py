"""Reading the topic, for where no event source does it (AWS calls the function itself)."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.messaging.connection import connection
from chalicelib.settings import Settings

MAX_RECORDS = 100


def open_consumer(settings: Settings, origin: str) -> Any:
    """A kafka-python consumer of the whole topic that keeps its place under the origin's name.

    So a location that lost its tables reads everything. It takes every partition and joins no
    group: a location has one reader, a broker may keep a killed member's place for good, and a join
    that outlasts one poll is never completed. Raises LookupError before the topic is there.
    """
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(
        **connection(settings),
        group_id=f"{origin}-applier",
        client_id=f"{settings.location}-applier",
        enable_auto_commit=False,
        # It says so where its place is gone, and does not go on elsewhere in silence.
        auto_offset_reset="none",
        max_poll_records=MAX_RECORDS,
        # A topic made in passing has one partition and forgets: `infra/topics.py` makes it.
        allow_auto_create_topics=False,
        # Half a minute each by default: so late a consumer would hear of a broker's return, or
        # find that nothing comes any more by a line that never broke.
        bootstrap_timeout_ms=5_000,
        reconnect_backoff_max_ms=1_000,
        request_timeout_ms=5_000,
        # A topic that is being made may have some of its partitions only.
        metadata_max_age_ms=10_000,
        # So little that a slow line too brings an answer in time.
        fetch_max_bytes=1024 * 1024,
    )
    topic = settings.kafka_topic
    partitions = consumer.partitions_for_topic(topic)
    if not partitions:
        # It was made a moment ago. A consumer of nothing would wait for nothing, and for good.
        consumer.close()
        raise LookupError(f"{topic} has no partitions yet")
    consumer.assign([TopicPartition(topic, at) for at in sorted(partitions)])
    return consumer


def lambda_event(batches: Mapping[Any, Iterable[Any]]) -> dict[str, Any]:
    """What Lambda's Kafka event source passes for records that `poll` returned."""
    return {
        "eventSource": "aws:kafka",
        "records": {
            f"{partition.topic}-{partition.partition}": [_lambda_record(r) for r in records]
            for partition, records in batches.items()
        },
    }


def _lambda_record(record: Any) -> dict[str, Any]:
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "timestampType": "CREATE_TIME",
        "key": _base64(record.key),
        "value": _base64(record.value),
        "headers": [{name: list(value or b"")} for name, value in record.headers],
    }


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
