"""How long a change takes from its commit at loc1 until loc2 can read it.

Three locations, as `make run` starts them, on engines that write to disk. Both moments are
taken from the ids of the change items: UUIDv7, made when the commit is attempted, by clocks of the
same machine. A steady load shows the lag, a burst the throughput.
"""

import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests
from botocore.session import Session

from chalicelib.storage.client import Tables
from chalicelib.storage.outbox import DynamoOutbox
from chalicelib.storage.records import DynamoRecords
from chalicelib.storage.trail import DynamoAuditTrail
from local.engines.broker import broker
from local.engines.dynamodb import dynamodb_local
from local.engines.network import free_port
from local.engines.processes import wait_until
from local.locations import Surroundings, location, ready
from tests.bench.figures import heading, line

STEADY_SECONDS = 20
STEADY_RATE = 50
BURST = 1_000
THREADS = 8
PATIENCE_SECONDS = 120
LOCATIONS = ("loc1", "loc2", "loc3")
HEADERS = {"X-Role": "service_agent", "X-Actor": "bench"}


def report() -> None:
    """Prints the lag at a steady rate, and how many events a second a burst reaches."""
    with three_locations() as (address, sender, receiver):
        warm_up = write(address, 50, None)
        received(receiver, warm_up)
        sent = write(address, STEADY_RATE * STEADY_SECONDS, STEADY_RATE)
        lags = lags_of(sent, commit_times(sender), received(receiver, sent))
        print(heading())
        print(line(f"lag at {STEADY_RATE} writes a second", lags))
        started = time.monotonic()
        received(receiver, write(address, BURST, None))
        print(f"a burst of {BURST}: {BURST / (time.monotonic() - started):.0f} events a second")


@contextmanager
def three_locations() -> Iterator[tuple[str, DynamoOutbox, DynamoOutbox]]:
    """The address of loc1, and what was committed at loc1 and at loc2."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "logs").mkdir()
        ours = dynamodb_local(data_dir=folder / "dynamodb", keys=LOCATIONS)
        dynamodb = stack.enter_context(ours)
        kafka = stack.enter_context(broker(data_dir=folder / "kafka"))
        shared = Surroundings(folder, dynamodb.address, dynamodb_is_ours=True, kafka=kafka.address)
        running = [stack.enter_context(location(name, free_port(), shared)) for name in LOCATIONS]
        for process in running:
            wait_until(ready(process), process)
        yield running[0].address, outbox("loc1", dynamodb.address), outbox("loc2", dynamodb.address)


def outbox(name: str, endpoint: str) -> DynamoOutbox:
    """The change items of a location, read straight from its tables."""
    tables = Tables(client_of(name, endpoint), f"sins-{name}-")
    return DynamoOutbox(tables, DynamoRecords(tables), DynamoAuditTrail(tables))


def client_of(name: str, endpoint: str) -> Any:
    """A client that sees the database file of a location."""
    return Session().create_client(
        "dynamodb",
        region_name="local",
        endpoint_url=endpoint,
        aws_access_key_id=name,
        aws_secret_access_key="local",
    )


def write(address: str, count: int, rate: int | None) -> list[str]:
    """Creates customers from several threads, evenly at a rate or as fast as it goes; their ids."""
    ids: list[str] = []
    started = time.monotonic()

    def work(first: int) -> None:
        with requests.Session() as session:
            for number in range(first, count, THREADS):
                if rate:
                    time.sleep(max(0, started + number / rate - time.monotonic()))
                ids.append(create(session, address, number))

    run_threads(work)
    print(f"{count} writes, {count / (time.monotonic() - started):.0f} a second")
    return ids


def create(session: requests.Session, address: str, number: int) -> str:
    answer = session.post(
        f"{address}/api/customers/items",
        json={"surname": f"Lag {number}", "name": "Ada"},
        headers=HEADERS,
        timeout=30,
    )
    answer.raise_for_status()
    return str(answer.json()["id"])


def run_threads(work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def received(receiver: DynamoOutbox, ids: list[str]) -> dict[str, int]:
    """When each was committed, in milliseconds, once all of them are there. Raises TimeoutError."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        times = commit_times(receiver)
        if times.keys() >= set(ids):
            return times
        time.sleep(0.2)
    raise TimeoutError("not every event arrived")


def commit_times(location_outbox: DynamoOutbox) -> dict[str, int]:
    return {
        notice.record_id: uuid.UUID(notice.id).int >> 80
        for notice in location_outbox.changes_since(0)
    }


def lags_of(ids: list[str], sent: dict[str, int], arrived: dict[str, int]) -> list[float]:
    return [float(arrived[one] - sent[one]) for one in ids]
