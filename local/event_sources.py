"""What AWS's event sources do for a location: they follow the stream, the topic and the clock,
and call the product's functions with the events that Lambda would pass.

Each follower is a thread that never ends before it is told to: whatever fails is tried again
after a growing pause.
"""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Any

from tenacity import RetryCallState, Retrying, stop_when_event_set
from tenacity.wait import wait_random_exponential

from chalicelib.domain.notes import Note
from chalicelib.messaging.consumer import lambda_event, open_consumer
from chalicelib.messaging.places import Places
from chalicelib.services.joining import leave
from chalicelib.services.registry import Registry
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from chalicelib.storage.tables import ChangeItem
from infra.topics import ensure_topics

Function = Callable[[Any, Any], Any]
LOGGER = logging.getLogger("sins.local")
LONGEST_PAUSE = 3.0
# Between two looks at an idle source: the longer nothing came, the less it is asked.
SHORTEST_REST = 0.02
LONGEST_REST = 0.2
# Who writes here wakes whoever follows the stream; only other processes' changes wait so long.
LONGEST_STREAM_REST = 1.0
# The broker of the embedded profile answers at once when it has nothing: a long poll would spin.
POLL_MILLISECONDS = 20
JOIN_SECONDS = 0.5
# How soon one that joins hears from one that has joined; sooner while they start together.
ANSWER_SECONDS = 15.0
EARLY_ANSWER_SECONDS = 2.0
EARLY_SECONDS = 60.0
# A consumer may poll in silence for good after a broker came back.
SILENCE_SECONDS = 5.0


class Follower(ABC, Thread):
    """Takes one step after the other until it is stopped."""

    def __init__(self, name: str, longest_rest: float = LONGEST_REST) -> None:
        super().__init__(name=name, daemon=True)
        self._stopped = Event()
        self._woken = Event()
        self._rest = SHORTEST_REST
        self._longest_rest = longest_rest

    @abstractmethod
    def step(self) -> None:
        """Waits for what comes next, and hands it on. May raise anything."""

    def close(self) -> None:
        """Lets go of what is open, after a failed step and at the end."""

    def stop(self) -> None:
        self._stopped.set()
        self.wake()

    def wake(self) -> None:
        """Ends the rest: there may be something."""
        self._woken.set()

    def pause(self, seconds: float) -> None:
        self._stopped.wait(seconds)

    def rest(self, worked: bool) -> None:
        """Between two steps: at once after work, longer and longer without."""
        if worked or self._woken.wait(self._rest):
            self._woken.clear()
            self._rest = SHORTEST_REST
        else:
            self._rest = min(self._longest_rest, 1.5 * self._rest)

    def run(self) -> None:
        retrying = Retrying(
            sleep=self.pause,
            stop=stop_when_event_set(self._stopped),
            wait=wait_random_exponential(multiplier=0.1, max=LONGEST_PAUSE),
            before_sleep=self._note_failure,
            retry_error_callback=lambda _state: None,
        )
        while not self._stopped.is_set():
            retrying(self.step)
        self.close()

    def _note_failure(self, state: RetryCallState) -> None:
        if state.outcome is not None:
            LOGGER.warning("%s tries again: %r", self.name, state.outcome.exception())
        self.close()


class StreamFollower(Follower):
    """Rings the relay when the stream of `changes` shows something that is not yet sent."""

    def __init__(self, settings: Settings, function: Function) -> None:
        super().__init__("stream", LONGEST_STREAM_REST)
        self._table = Tables.of(settings).name(ChangeItem)
        self._function = function
        self._settings = settings
        self._client: Any = None
        self._iterators: dict[str, str | None] = {}

    def step(self) -> None:
        if self._client is None:
            self._open()
        records = [record for shard in list(self._iterators) for record in self._read(shard)]
        pending = [record for record in records if _is_pending(record)]
        if pending:
            self._function({"Records": pending}, None)
        self.rest(worked=bool(pending))

    def close(self) -> None:
        self._client, self._iterators = None, {}

    def _open(self) -> None:
        self._client = open_streams_client(self._settings)
        # What was committed before the stream is followed from here.
        self._follow_new_shards("LATEST")
        self._function({"Records": []}, None)

    def _follow_new_shards(self, start: str) -> None:
        arn = self._client.list_streams(TableName=self._table)["Streams"][0]["StreamArn"]
        shards = self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        for shard in (shard["ShardId"] for shard in shards):
            if shard not in self._iterators:
                answer = self._client.get_shard_iterator(
                    StreamArn=arn, ShardId=shard, ShardIteratorType=start
                )
                self._iterators[shard] = answer["ShardIterator"]

    def _read(self, shard: str) -> list[Mapping[str, Any]]:
        iterator = self._iterators[shard]
        if iterator is None:
            return []
        answer = self._client.get_records(ShardIterator=iterator)
        self._iterators[shard] = answer.get("NextShardIterator")
        if self._iterators[shard] is None:
            # The shard was closed: its successor holds everything since.
            self._follow_new_shards("TRIM_HORIZON")
        records: list[Mapping[str, Any]] = answer["Records"]
        return records


class TopicFollower(Follower):
    """Hands the topic's records to the consumer function, and commits what it took."""

    def __init__(self, settings: Settings, registry: Registry, function: Function) -> None:
        super().__init__("topic")
        self._settings = settings
        self._registry = registry
        self._function = function
        self._consumer: Any = None
        self._places: Places
        self._heard_at = 0.0
        self._is_behind = False

    def step(self) -> None:
        if self._consumer is None:
            self._open()
        batches = self._consumer.poll(POLL_MILLISECONDS)
        if batches:
            self._function(lambda_event(batches), None)
            self._places.keep(batches)
            self._heard()
        elif time.monotonic() - self._heard_at > SILENCE_SECONDS:
            self._look_for_news()
        elif not self._consumer.partitions_for_topic(self._settings.kafka_topic):
            # A broker that lost its data: polling would go on in silence, reopening makes it anew.
            raise LookupError("the topic is gone")
        self.rest(worked=bool(batches))

    def close(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _open(self) -> None:
        ensure_topics(self._settings)
        self._consumer = open_consumer(self._settings, self._registry.store.origin)
        self._places = Places(self._consumer)
        has_read = bool(self._registry.store.system.noted(Note.APPLIED))
        if self._places.are_lost(has_read):
            leave(self._registry, "its place on the topic is gone")
        self._places.begin()
        self._heard()

    def _heard(self, is_behind: bool = False) -> None:
        self._heard_at = time.monotonic()
        self._is_behind = is_behind

    def _look_for_news(self) -> None:
        """Raises where something has waited for a while, and this consumer does not get it."""
        consumer, topic = self._consumer, self._settings.kafka_topic
        self._places.keep({})
        ends = consumer.end_offsets(list(consumer.assignment()))
        if len(consumer.partitions_for_topic(topic) or ()) != len(ends):
            raise LookupError("the topic has other partitions by now")
        is_behind = any(consumer.position(at) < end for at, end in ends.items())
        if is_behind and self._is_behind:
            raise LookupError("the consumer fell silent")
        self._heard(is_behind)


class Clock(Follower):
    """Calls a scheduled function as soon as it may be and then every so many seconds."""

    def __init__(
        self, function: Function, name: str, seconds: float, may: Callable[[], bool] = lambda: True
    ) -> None:
        super().__init__(f"clock {name}")
        self._function = function
        self._seconds = seconds
        self._may = may

    def step(self) -> None:
        while not self._may():
            if self._stopped.is_set():
                return
            self.pause(JOIN_SECONDS)
        self._function(scheduled_event(self.name), None)
        self.pause(self._seconds)


class Joiner(Follower):
    """Calls the function that joins, much more often than in AWS: somebody waits for the start."""

    def __init__(self, function: Function) -> None:
        super().__init__("joiner")
        self._function = function
        self._started_at = time.monotonic()

    def step(self) -> None:
        answer = self._function(scheduled_event(self.name), None)
        self.pause(self._answer_seconds() if answer["joined"] else JOIN_SECONDS)

    def _answer_seconds(self) -> float:
        is_early = time.monotonic() - self._started_at < EARLY_SECONDS
        return EARLY_ANSWER_SECONDS if is_early else ANSWER_SECONDS


def scheduled_event(name: str) -> dict[str, Any]:
    """What the scheduler passes."""
    return {
        "version": "0",
        "id": name,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": "1970-01-01T00:00:00Z",
        "region": "local",
        "resources": [],
        "detail": {},
    }


def open_streams_client(settings: Settings) -> Any:
    from botocore.session import Session

    return Session().create_client(
        "dynamodbstreams",
        region_name=settings.aws_region,
        endpoint_url=settings.dynamodb_endpoint,
    )


def _is_pending(record: Mapping[str, Any]) -> bool:
    """The event filter that is set on the function in AWS."""
    image = record["dynamodb"].get("NewImage", {})
    return record["eventName"] == "INSERT" and "pending" in image
