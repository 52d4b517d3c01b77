"""A search over HTTP, as the page asks it: one location of 100,000 customers on this machine.

The customers are put into the table as they are, without trail and outbox. What is measured is
the whole answer: the door, the freshness query, the index, reading the hits, the access log.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller
from chalicelib.domain.change import Author
from chalicelib.domain.record import Kind
from chalicelib.services.registry import wall_clock
from chalicelib.storage.client import Tables
from chalicelib.storage.records import record_to_item
from infra.tables import create_missing
from local.engines.broker import broker
from local.engines.dynamodb import dynamodb_local
from local.engines.network import free_port
from local.engines.processes import wait_until
from local.generate import customers
from local.locations import Surroundings, location, ready
from tests.bench.figures import heading, line
from tests.bench.lag import HEADERS, client_of
from tests.bench.search.spelling import typed_names

CUSTOMERS = 100_000
QUERIES = 500
BATCH = 500
SEED = 7
NAME = "loc1"
# Until there is a snapshot a location of so many customers answers 503, and says when to ask again.
UNTIL_SNAPSHOT = Retry(total=120, status_forcelist=[503])


def report() -> None:
    """Prints how long a misspelled name takes over one kept connection."""
    with full_location() as address, requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=UNTIL_SNAPSHOT))
        texts = misspelled_names()
        started = time.monotonic()
        ask(session, address, texts[0])
        print(f"the first search: {time.monotonic() - started:.1f} s")
        print(heading())
        for which in ("first", "second", "third"):
            # Java compiles what DynamoDB Local runs while it runs: later ones are answered sooner.
            times = [ask(session, address, text) for text in texts]
            print(line(f"{which} {QUERIES} searches, {CUSTOMERS:,} customers", times))


@contextmanager
def full_location() -> Iterator[str]:
    """The address of a location that serves the generated customers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "logs").mkdir()
        ours = dynamodb_local(data_dir=folder / "dynamodb", keys=[NAME])
        dynamodb = stack.enter_context(ours)
        kafka = stack.enter_context(broker(data_dir=folder / "kafka"))
        fill(Tables(client_of(NAME, dynamodb.address), f"sins-{NAME}-"))
        shared = Surroundings(folder, dynamodb.address, dynamodb_is_ours=True, kafka=kafka.address)
        process = stack.enter_context(location(NAME, free_port(), shared))
        wait_until(ready(process), process)
        yield process.address


def fill(tables: Tables) -> None:
    """Puts the customers into their table."""
    create_missing(tables)
    author = Author(Caller("bench", "system", "bench"), f"{NAME}-bench", wall_clock())
    items = []
    for number, values in enumerate(customers(CUSTOMERS, SEED)):
        values.pop("extra_fields")
        record_id = f"0190aaaa-0000-7000-8000-{number:012x}"
        change = changes.create(Kind.CUSTOMER, record_id, values, author)
        items.append(record_to_item(change.record))
        if len(items) == BATCH:
            tables.put_many(items)
            items = []
    tables.put_many(items)


def misspelled_names() -> list[str]:
    """What is typed, each other than the one before."""
    random = Random(SEED)
    people = random.sample(list(customers(CUSTOMERS, SEED)), QUERIES)
    return [typed_names(one["surname"], one["name"] or "", random) for one in people]


def ask(session: requests.Session, address: str, text: str) -> float:
    """One search; its milliseconds."""
    started = time.perf_counter()
    answer = session.get(
        f"{address}/api/customers/items/search", params={"q": text}, headers=HEADERS, timeout=60
    )
    answer.raise_for_status()
    return (time.perf_counter() - started) * 1000
