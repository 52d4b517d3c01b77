"""How long a location with new tables reads what another one holds, until it takes changes.

loc1 is alone and gets customers; what it sent lies on Apache Kafka. Then loc2 starts without
anything, as one does that is late or comes back on a new disk. Tables are in memory, a database for
each location: DynamoDB Local is slow where a deleted table has left its stream behind.

`python -m tests.bench.joining 100000` takes so many customers.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from chalicelib.bootstrap import Parts, build
from chalicelib.domain.audit import Caller
from chalicelib.services.customers import create_customer
from chalicelib.settings import Settings
from local.engines.dynamodb import dynamodb_local
from local.engines.kafka import kafka
from local.engines.network import free_port
from local.engines.processes import Process, wait_until
from local.generate import customers
from local.locations import Surroundings, location, ready

CUSTOMERS = 10_000
THREADS = 6
PAUSE_SECONDS = 2.0
PROVIDER = {"X-Role": "service_provider", "X-Actor": "bench"}


def report(count: int = CUSTOMERS) -> None:
    """Prints how long it took."""
    with ExitStack() as stack:
        shared = stack.enter_context(engines())
        first = started("loc1", shared, stack)
        wait_until(ready(first), first)
        seconds = fill(parts_of("loc1", shared), count)
        print(f"{count:,} customers created in {seconds:.0f} s")
        seconds = elapsed_until(lambda: status(first)["outbox_depth"] == 0)
        print(f"all of it sent {seconds:.0f} s later")
        newcomer = started("loc2", shared, stack)
        seconds = elapsed_until(ready(newcomer))
        print(f"a new location was ready after {seconds:.0f} s ({count / seconds:.0f} a second)")


@contextmanager
def engines() -> Iterator[Surroundings]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "logs").mkdir()
        dynamodb = stack.enter_context(dynamodb_local())
        broker = stack.enter_context(kafka(data_dir=folder / "kafka"))
        yield Surroundings(folder, dynamodb.address, dynamodb_is_ours=True, kafka=broker.address)


def started(name: str, shared: Surroundings, stack: ExitStack) -> Process:
    return stack.enter_context(location(name, free_port(), shared))


def parts_of(name: str, shared: Surroundings) -> Parts:
    """The location's parts in this process, to write without HTTP."""
    os.environ.update(AWS_ACCESS_KEY_ID=name, AWS_SECRET_ACCESS_KEY="local")
    return build(Settings(location=name, aws_region="local", dynamodb_endpoint=shared.dynamodb))


def fill(parts: Parts, count: int) -> float:
    """Creates customers; the seconds it took."""
    begun = time.monotonic()
    caller = Caller("bench", "service_agent", "bench")
    people = [{**values, "extra_fields": {}} for values in customers(count, seed=1)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda values: create_customer(values, caller, parts.registry), people))
    return time.monotonic() - begun


def elapsed_until(is_so: Callable[[], bool]) -> float:
    begun = time.monotonic()
    while not is_so():
        time.sleep(PAUSE_SECONDS)
    return time.monotonic() - begun


def status(here: Process) -> dict[str, Any]:
    answer = requests.get(f"{here.address}/api/locations/status", headers=PROVIDER, timeout=60)
    answer.raise_for_status()
    return dict(answer.json())


if __name__ == "__main__":
    report(int(sys.argv[1]) if sys.argv[1:] else CUSTOMERS)
