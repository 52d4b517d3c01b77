"""What requests and events cost on DynamoDB: capacity units, measured, and their price.

Every call to the tables is asked for the capacity it consumed (ReturnConsumedCapacity). DynamoDB
Local counts a unit a started kilobyte written and half a unit a started four kilobytes read,
twice that where it is strongly consistent, as AWS does. In a transaction AWS counts a write twice;
a control finds out how often the engine does, and its figures are divided by the excess. What AWS
counts for indexes in a transaction it does not say: they are taken to be doubled too.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalicelib.bootstrap import Parts, build
from chalicelib.domain.audit import Caller
from chalicelib.messaging.codec import encode
from chalicelib.services.customers import create_customer, patch_customer, read_customer
from chalicelib.services.digest import take_digest
from chalicelib.services.replication import apply_events, publish_pending
from chalicelib.services.search import Search, search_customers
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from chalicelib.storage.tables import ClaimItem
from infra.tables import ensure_tables
from local.engines.dynamodb import dynamodb_local
from local.generate import customers
from tests.fakes import FakeProducer

COUNT = 1_000
LATER = 60_000
# On-demand, us-east-1, dollars a million request units (AWS's price list of November 2024).
WRITE_PRICE, READ_PRICE = 0.625, 0.125
UNITS_OF_A_TRANSACTION = 2
CALLER = Caller("bench", "service_agent", "bench")
SEARCH = Search("fuzzy", 20, 0.4, 0.77, text="Anna")
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
READS = {"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"}


@dataclass
class Meter:
    """The units that the clients of this process consumed, by kind."""

    units: Counter[str]
    excess: float = 1.0

    def watch(self, client: Any) -> None:
        """From now on every call of the client counts."""
        client.meta.events.register("provide-client-params.dynamodb.*", _ask)
        client.meta.events.register("after-call.dynamodb.*", self._count)

    def _count(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity") or []
        kind = "write" if model.name in WRITES else "read"
        excess = self.excess if model.name == "TransactWriteItems" else 1
        for one in consumed if isinstance(consumed, list) else [consumed]:
            self.units[kind] += one["CapacityUnits"] / excess

    def calibrate(self, tables: Tables) -> None:
        """Writes one small item without an index in a transaction: that is two units on AWS."""
        item = {"key": {"S": "control"}, "request": {"S": "-"}, "answer": {"S": "-"}}
        put = {"TableName": tables.name(ClaimItem), "Item": item}
        self.units.clear()
        tables.client.transact_write_items(TransactItems=[{"Put": put}])
        self.excess = self.units["write"] / UNITS_OF_A_TRANSACTION


def report() -> None:
    """Prints the units of a thousand of each, and what a million costs."""
    os.environ.update(AWS_ACCESS_KEY_ID="cost", AWS_SECRET_ACCESS_KEY="cost")
    with dynamodb_local() as engine:
        here, there = (metered(name, engine.address) for name in ("loc1", "loc2"))
        print(f"the engine counts a write in a transaction {2 * here.meter.excess:.0f} times")
        print(f"{'a thousand':<42}{'write units':>12}{'read units':>12}{'$ a million':>14}")
        ids = create_and_send(here, there)
        use(here, ids)


def create_and_send(here: "Metered", there: "Metered") -> list[str]:
    """Creates customers and brings them to the other location, each by itself; their ids.

    The engine tells of a transaction with several items of one table what a single one consumed.
    """
    ids: list[str] = []
    producer = FakeProducer()
    for values in customers(COUNT, seed=1):
        with here.metering("creates"):
            fitting = {**values, "extra_fields": {}}
            ids.append(create_customer(fitting, CALLER, here.parts.registry).id)
        with here.metering("creates sent, one relay each"):
            publish_pending(here.parts.registry, producer, "bench")
    for event in producer.sent:
        with there.metering("events applied"):
            apply_events([event], there.parts.registry)
    here.show("creates", "creates sent, one relay each")
    there.show("events applied")
    size = sum(len(encode(event)) for event in producer.sent) / len(producer.sent)
    print(f"an event has {size:,.0f} bytes on the topic")
    return ids


def use(here: "Metered", ids: list[str]) -> None:
    """What agents do with customers that are there."""
    now = here.parts.registry.clock
    # What was just written is read again for a while, by every search.
    registry = here.parts.registry.moved(clock=lambda: now() + LATER)
    warm = here.parts.warm_index
    warm.catch_up(registry)
    for one in ids:
        with here.metering("reads of one customer"):
            read_customer(one, CALLER, registry)
        with here.metering("searches that find 20, nothing changed"):
            found = search_customers(SEARCH, CALLER, warm, registry)
        assert len(found) == SEARCH.limit, "what it costs follows from how many are read"
    for one in ids:
        with here.metering("changes of one value"):
            patch_customer(one, {"name": "Ada"}, CALLER, registry, None)
    with here.metering("customers read by a digest"):
        take_digest(registry)
    here.show(
        "reads of one customer",
        "searches that find 20, nothing changed",
        "changes of one value",
        "customers read by a digest",
    )


@dataclass
class Metered:
    """A location, and what each kind of work at it consumed so far."""

    parts: Parts
    meter: Meter
    totals: dict[str, Counter[str]] = field(default_factory=dict)

    @contextmanager
    def metering(self, work: str) -> Iterator[None]:
        """What is consumed within goes under this name."""
        self.meter.units.clear()
        yield
        self.totals.setdefault(work, Counter()).update(self.meter.units)

    def show(self, *works: str) -> None:
        for work in works:
            written, read = self.totals[work]["write"], self.totals[work]["read"]
            price = (written * WRITE_PRICE + read * READ_PRICE) / COUNT
            print(f"{work:<42}{written:>12,.0f}{read:>12,.0f}{price:>14.2f}")


def metered(name: str, endpoint: str) -> Metered:
    settings = Settings(location=name, aws_region="local", dynamodb_endpoint=endpoint)
    ensure_tables(settings)
    parts = build(settings)
    parts.registry.membership.note(True, "bench")
    store: Any = parts.registry.store
    meter = Meter(Counter())
    meter.watch(store._tables.client)
    meter.calibrate(store._tables)
    return Metered(parts, meter)


def _ask(params: dict[str, Any], model: Any, **_: Any) -> None:
    if model.name in WRITES | READS:
        params["ReturnConsumedCapacity"] = "TOTAL"
