"""Three locations on real engines, and the ways to hurt them.

One DynamoDB Local with a database for each location, one broker (Apache Kafka), and one
process for each location: what `make run` starts. Each can be stopped, killed and started again on
its port and its data. Between each location and the broker is a line that can be cut, and one
location reads its tables through a proxy that can refuse. What a test writes here and gets
acknowledged is remembered, so that `invariants` can ask every location for it.
"""

import itertools
import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata
from msgspec.structs import replace
from tenacity import retry, retry_if_exception_type, stop_after_delay
from tenacity.wait import wait_fixed

from chalicelib import bootstrap
from chalicelib.bootstrap import Parts
from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.retention import DAY
from chalicelib.handlers import functions
from chalicelib.messaging.consumer import lambda_event, open_consumer
from chalicelib.messaging.producer import partition_of
from chalicelib.services.customers import create_customer
from chalicelib.services.digest import exchange_digests
from chalicelib.services.registry import Registry, wall_clock
from chalicelib.services.repair import repair_differences
from chalicelib.services.replication import LEASE, LEASE_MILLISECONDS
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from chalicelib.storage.tables import MODELS
from infra.tables import ensure_tables
from infra.topics import PARTITIONS, ensure_topics
from local.engines.broker import broker
from local.engines.dynamodb import credentials, dynamodb_local
from local.engines.kafka import Door, kafka
from local.engines.network import require_free
from local.engines.processes import Process, wait_until
from local.errors import CannotRun
from local.locations import Surroundings, location, ready
from tests.faults.failing import Step, arm
from tests.faults.proxy import Proxy
from tests.faults.tables_proxy import TablesProxy

NAMES = ("loc1", "loc2", "loc3")
ITEMS = "/api/customers/items"
FIELDS = "/api/customers/fields"
TOPIC = Settings().kafka_topic
PATIENCE = 120.0
# Between two rounds of digests, in seconds: longer than a change may be on its way.
ROUND = 100
# As event sources do with what fails for a while.
called_again = retry(
    retry=retry_if_exception_type(Unavailable),
    stop=stop_after_delay(PATIENCE),
    wait=wait_fixed(0.5),
    reraise=True,
)

Start = Callable[[ExitStack, Callable[[], Any]], Process]
Body = Mapping[str, Any]


class Restartable:
    """A process that is started again and again in the same place."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Process]]) -> None:
        self._opened = opened
        self._running = ExitStack()
        self.process: Process

    def start(self) -> None:
        self.process = self._running.enter_context(self._opened())

    def stop(self) -> None:
        """Ends it in good order."""
        self._running.close()

    def kill(self) -> None:
        """Ends it as a power cut does."""
        self.process.popen.kill()
        self.process.popen.wait()
        self._running.close()


@dataclass(frozen=True)
class Acknowledged:
    """A write that was answered with a success: its request id must be on record everywhere."""

    record_id: str
    request_id: str


class Location(Restartable):
    """One location: its process, its API, and its tables as a test reads them."""

    def __init__(
        self,
        name: str,
        shared: Surroundings,
        ledger: list[Acknowledged],
        tables: str = "",
    ) -> None:
        """`tables` is where its process finds DynamoDB, if not where the tests do."""
        self.name = name
        self.settings = Settings(
            location=name,
            aws_region="local",
            dynamodb_endpoint=shared.dynamodb,
            kafka_bootstrap=shared.kafka,
        )
        self.parts: Parts
        self.port = quiet_port()
        self._ledger = ledger
        self._data_dir = shared.data_dir
        around = replace(shared, dynamodb=tables or shared.dynamodb)
        super().__init__(partial(location, name, self.port, around, "tests.faults.failing"))

    @property
    def registry(self) -> Registry:
        return self.parts.registry

    def start(self) -> None:
        self.launch()
        self.await_health()

    def launch(self) -> None:
        """Starts without waiting, so that several start side by side."""
        super().start()

    def await_health(self) -> None:
        wait_until(ready(self.process), self.process)
        self.parts = in_process(self.name, lambda: bootstrap.build(self.settings))

    def dies_at(self, step: Step) -> None:
        """Its process is gone when it comes to that step next."""
        arm(self._data_dir, self.name, step)

    def await_death(self) -> None:
        """Waits until its process has died, and until the lease that it held is over."""
        eventually(lambda: self.process.popen.poll() is not None, f"{self.name} is dead")
        self.stop()
        now = self.registry.clock()
        later = now + 2 * LEASE_MILLISECONDS
        assert self.registry.store.system.acquire_lease(LEASE, "nobody", later, now)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Its process stands still, as a machine that is overloaded, and then goes on."""
        self.process.popen.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.popen.send_signal(signal.SIGCONT)

    def ask(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        role: str = "service_provider",
        port: int | None = None,
        timeout: float = 30,
        **headers: str,
    ) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method,
            f"http://127.0.0.1:{port or self.port}{path}",
            json=body,
            headers={"X-Role": role, "X-Actor": f"test@{self.name}", **named},
            timeout=timeout,
        )

    def write(
        self, method: str, path: str, body: Body | None = None, **headers: Any
    ) -> requests.Response:
        """A change that must be accepted, and is remembered as such."""
        request_id = headers.setdefault("X_Request_Id", new_request_id())
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code in {200, 201, 204}, answer.text
        record_id = path.rpartition("/")[2] if method != "POST" else answer.json()["id"]
        self.acknowledge(record_id, request_id)
        return answer

    def acknowledge(self, record_id: str, request_id: str) -> None:
        """From now on the write has to be on record everywhere."""
        self._ledger.append(Acknowledged(record_id, request_id))

    def create(self, **values: Any) -> str:
        customer_id: str = self.write("POST", ITEMS, values).json()["id"]
        return customer_id

    def create_expired(self, count: int) -> list[str]:
        """Customers whose last change is too long ago for any location to keep them."""
        long_ago = self.registry.clock() - (self.settings.retention_days + 30) * DAY
        registry = replace(self.registry, clock=lambda: long_ago)
        callers = [Caller("test", "service_agent", new_request_id()) for _ in range(count)]
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda caller: expired(caller, registry), callers))
        for customer_id, caller in zip(made, callers, strict=True):
            self.acknowledge(customer_id, caller.request_id)
        return made

    def patch(self, customer_id: str, **values: Any) -> None:
        self.write("PATCH", f"{ITEMS}/{customer_id}", values)

    def delete(self, customer_id: str) -> None:
        self.write("DELETE", f"{ITEMS}/{customer_id}")

    def read(self, customer_id: str) -> dict[str, Any]:
        """The customer as the API shows it; empty where there is none."""
        answer = self.ask("GET", f"{ITEMS}/{customer_id}")
        assert answer.status_code in {200, 404}, answer.text
        return dict(answer.json()) if answer.ok else {}

    def history(self, customer_id: str) -> list[dict[str, Any]]:
        """The customer's last 100 changes, newest first; empty where nothing is known of it."""
        answer = self.ask("GET", f"{ITEMS}/{customer_id}/history")
        return answer.json()["items"] if answer.ok else []

    def status(self) -> dict[str, Any]:
        answer = self.ask("GET", "/api/locations/status")
        assert answer.ok, answer.text
        return dict(answer.json())

    def gave_up_at(self) -> int:
        """When its relay last failed to send."""
        return int(self.status()["relay"].get("failed", {}).get("at", 0))

    def environment(self) -> dict[str, str]:
        """What one of the location's functions is started with."""
        inherited = {name: value for name, value in os.environ.items() if name[:4] != "AWS_"}
        return inherited | {
            **credentials(self.name),
            "LOCATION": self.name,
            "DYNAMODB_ENDPOINT": str(self.settings.dynamodb_endpoint),
            "KAFKA_BOOTSTRAP": self.settings.kafka_bootstrap,
        }

    def wipe(self) -> None:
        """Drops every table; the process must be stopped."""
        tables = in_process(self.name, lambda: Tables.of(self.settings))
        for model in MODELS:
            tables.client.delete_table(TableName=tables.name(model))

    def open_tables(self) -> None:
        """Takes part without a process of its own."""
        in_process(self.name, lambda: ensure_tables(self.settings))
        self.parts = in_process(self.name, lambda: bootstrap.build(self.settings))

    @called_again
    def compare(self, later: float) -> None:
        """The ticks of digest and repair, as if so many seconds from now."""
        now = self.registry.clock
        registry = self.registry.moved(clock=lambda: now() + int(later * 1000))
        exchange_digests(registry, self.parts.board)
        caller = Caller("sins/repair", "system", new_request_id())
        repair_differences(caller, registry, self.parts.board, self.parts.producer)

    @called_again
    def exchange_digests(self) -> None:
        """Takes part in the comparison now, and not at the next tick."""
        exchange_digests(self.registry, self.parts.board)

    def consume(self, records: Iterable[Any]) -> None:
        """Calls the consumer function with records of the topic, as one more delivery."""
        bootstrap.use(self.parts)
        try:
            functions.consumer(lambda_event({TopicPartition(TOPIC, 0): records}), None)
        finally:
            bootstrap.use(None)


@dataclass
class Rig:
    """The locations, what they stand on, and what they have to answer for."""

    folder: Path
    dynamodb: Process
    broker: Restartable
    # Between each location and the broker; none where the broker is the embedded one.
    lines: Mapping[str, Proxy]
    # Between the last location and its tables.
    tables: TablesProxy
    ledger: list[Acknowledged] = field(default_factory=list)
    # Partition and offset of everything that must have become a dead letter.
    poison: set[tuple[int, int]] = field(default_factory=set)
    locations: list[Location] = field(default_factory=list)
    _watchers: dict[str, Any] = field(default_factory=dict)
    _lost_at: int = 0

    @property
    def shared(self) -> Surroundings:
        return Surroundings(self.folder, self.dynamodb.address, True, self.broker.process.address)

    def __iter__(self) -> Iterator[Location]:
        return iter(self.locations)

    def line(self, here: Location) -> Proxy:
        """What is between the location and the broker."""
        self.require_kafka()
        return self.lines[here.name]

    def require_kafka(self) -> None:
        """Skips what the embedded broker cannot show."""
        if not self.lines:
            pytest.skip("the embedded broker has one door, and its own way with a full disk")

    @contextmanager
    def apart(self) -> Iterator[None]:
        """No location hears of another meanwhile."""
        for line in self.lines.values():
            line.refuse()
        if not self.lines:
            self.broker.stop()
        yield
        for line in self.lines.values():
            line.heal()
        if not self.lines:
            self.broker.start()

    def settle(self, seconds: float = PATIENCE) -> None:
        """Returns when nothing waits to be sent or to be applied."""
        eventually(lambda: all(depth(here) == 0 for here in self), "every outbox is empty", seconds)
        eventually(
            lambda: all(self.unread(here) == 0 for here in self), "everything is read", seconds
        )

    def settle_outbox(self, here: Location) -> None:
        """Returns when nothing of this location waits to be sent."""
        eventually(lambda: depth(here) == 0, f"{here.name} has sent everything")

    def have_all_heard(self) -> None:
        """Every location hears of the others: before that none misses its place on the topic."""
        for here in self:
            here.create(surname="Heard")
        self.settle()

    def lose_topic(self) -> None:
        """The broker comes back without anything that it ever knew."""
        self._lost_at = wall_clock()
        self.broker.stop()
        shutil.rmtree(self.folder / "kafka")
        self.broker.start()

    def await_joining(self, *some: Location) -> None:
        """Every location finds that its place is gone, and that it holds what the others do."""
        waited_for = some or tuple(self)
        eventually(
            lambda: all(has_joined_since(self._lost_at, here) for here in waited_for),
            f"{', '.join(here.name for here in waited_for)} joined again",
        )

    def compare(self, later: float) -> None:
        """The ticks of digest and repair at every location, as if so many seconds from now."""
        for here in self:
            here.compare(later)

    def mend(self) -> None:
        """Digests, a listing of what differs, and what follows from it."""
        for number in range(1, 5):
            self.compare(number * ROUND)
        self.settle()

    def fill_disk(self) -> None:
        """From now on no file of the broker can grow, until it is started again."""
        self.require_kafka()
        resource.prlimit(self.broker.process.popen.pid, resource.RLIMIT_FSIZE, (0, 0))

    def unread(self, here: Location) -> int:
        """How many records of the topic the location has not yet taken."""
        consumer = self._watcher(here)
        ends = consumer.end_offsets(partitions())
        return sum(end - (consumer.committed(at) or 0) for at, end in ends.items())

    def rewind(self, here: Location) -> None:
        """Lets the location read everything again; its process must be stopped."""
        self._watcher(here).commit({at: OffsetAndMetadata(0, "", -1) for at in partitions()})

    def records(self) -> list[Any]:
        """Everything on the topic, partition by partition."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.broker.process.address, enable_auto_commit=False
        )
        try:
            return list(_read_all(consumer))
        finally:
            consumer.close()

    def send_raw(self, value: bytes | None, partition: int) -> tuple[int, int]:
        """Puts bytes on the topic behind everybody's back; their partition and offset."""
        producer = KafkaProducer(
            bootstrap_servers=self.broker.process.address,
            acks="all",
            enable_idempotence=False,
            max_request_size=2_000_000,
        )
        try:
            sent = producer.send(
                TOPIC, key=b"\xff", value=value, partition=partition, headers=[("odd", b"\xff")]
            )
            return partition, sent.get(timeout=10).offset
        finally:
            producer.close()

    def close(self) -> None:
        for watcher in self._watchers.values():
            watcher.close()

    def _watcher(self, here: Location) -> Any:
        """The location's own consumer, to look at and to move where it goes on."""
        origin = here.registry.store.origin
        if origin not in self._watchers:
            direct = replace(here.settings, kafka_bootstrap=self.broker.process.address)
            # A location serves before its topic is made, and nothing else makes one.
            ensure_topics(direct)
            self._watchers[origin] = open_consumer(direct, origin)
        return self._watchers[origin]


@contextmanager
def rig_in(
    folder: Path,
    start: Start,
    embedded: bool = False,
    on_disk: bool = False,
    lives_long: bool = False,
) -> Iterator[Rig]:
    """A rig that keeps its data in the folder. `start` says what happens without an engine.

    DynamoDB Local, which is never stopped, keeps its own in memory, or else waits for the disk.
    """
    with ExitStack() as running:
        tables_dir = folder / "dynamodb" if on_disk else None
        engine_of_tables = partial(
            dynamodb_local, None, tables_dir, folder, lives_long=lives_long, keys=NAMES
        )
        dynamodb = start(running, engine_of_tables)
        lines = {} if embedded else {name: running.enter_context(_line()) for name in NAMES}
        engine = Restartable(_opened_broker(folder, lines))
        start(running, lambda: _as_long_as_needed(engine))
        tables = TablesProxy(dynamodb.address)
        running.callback(tables.close)
        rig = Rig(folder, dynamodb, engine, lines, tables)
        running.callback(rig.close)
        rig.shared.logs.mkdir()
        for name in NAMES:
            _launch(name, rig, running)
        for here in rig:
            here.await_health()
        yield rig


@contextmanager
def _line() -> Iterator[Proxy]:
    line = Proxy()
    yield line
    line.close()


def _opened_broker(
    folder: Path, lines: Mapping[str, Proxy]
) -> Callable[[], AbstractContextManager[Process]]:
    """The broker, with a door for each line."""
    if not lines:
        return partial(broker, quiet_port(), folder / "kafka", folder)
    doors = [Door(port=quiet_port(), told=line.port) for line in lines.values()]
    for door, line in zip(doors, lines.values(), strict=True):
        line.lead_to(door.port)
    return partial(kafka, quiet_port(), folder / "kafka", folder, doors)


def _launch(name: str, rig: Rig, running: ExitStack) -> None:
    way = rig.lines[name].address if rig.lines else rig.shared.kafka
    tables = rig.tables.endpoint if name == NAMES[-1] else ""
    here = Location(name, replace(rig.shared, kafka=way), rig.ledger, tables)
    rig.locations.append(here)
    running.callback(here.stop)
    here.launch()


@contextmanager
def _as_long_as_needed(part: Restartable) -> Iterator[Process]:
    part.start()
    try:
        yield part.process
    finally:
        part.stop()


def _read_all(consumer: Any) -> Iterator[Any]:
    consumer.assign(partitions())
    consumer.seek_to_beginning(*partitions())
    ends = consumer.end_offsets(partitions())
    while any(consumer.position(at) < end for at, end in ends.items()):
        for records in consumer.poll(500).values():
            yield from records


def in_process(name: str, made: Callable[[], Any]) -> Any:
    """What `made` makes with the location's credentials: each has a database of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", name)
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        return made()


def partitions() -> list[TopicPartition]:
    return [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]


def depth(here: Location) -> int:
    return here.registry.store.outbox.depth()


def expired(caller: Caller, registry: Registry) -> str:
    return create_customer({"surname": "Longago"}, caller, registry).id


def eventually(holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> float:
    """The seconds until it held. Fails when it never does."""
    started = time.monotonic()
    while not holds():
        waited = time.monotonic() - started
        assert waited < seconds, f"not within {seconds:.0f} s: {what}"
        # Who asks all the time keeps what is waited for from its work.
        time.sleep(max(0.05, waited / 10))
    return time.monotonic() - started


def quiet_port() -> int:
    """A free port below those that the system gives to connections.

    So it stays free while its program is away.
    """
    while True:
        port = random.randrange(10_000, 30_000)
        with suppress(CannotRun):
            require_free(port, "take another")
            return port


def has_joined_since(moment: int, here: Location) -> bool:
    """Whether it left and joined again: it says so of its own start as well."""
    membership = here.status()["membership"]
    return bool(membership["joined"]) and membership["at"] > moment


_request_numbers = itertools.count(1)


def new_request_id() -> str:
    return f"request-{next(_request_numbers)}"


def events_of(records: Sequence[Any], record_id: str) -> list[Any]:
    """The topic's records about one customer or field."""
    return [r for r in records if r.key and r.key.partition(b"|")[0] == record_id.encode()]


def partition_for(record_id: str) -> int:
    return partition_of(f"{record_id}|".encode(), range(PARTITIONS))
