"""Tables that throttle, that are in conflict, and whose answer is lost.

The location asks DynamoDB through a proxy, see `tables_proxy.py`.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.faults import invariants
from tests.faults.rig import ITEMS, Location, Rig, events_of, new_request_id
from tests.faults.tables_proxy import Fault, Request, in_conflict, throttled

WRITE = "TransactWriteItems"
READ = "GetItem"
# Longer than the client tries by itself, so that a caller is told.
FOR_LONG = 1_000
WRITERS = 6


@pytest.fixture
def home(rig: Rig) -> Iterator[Location]:
    """The location whose tables can refuse."""
    rig.settle()
    yield rig.locations[-1]
    rig.tables.expect()


def test_a_write_that_was_throttled_a_few_times_is_made(rig: Rig, home: Location) -> None:
    rig.tables.expect(Fault(WRITE, 2, throttled))
    home.create(surname="Patient")
    assert rig.tables.struck(WRITE) == 2
    invariants.check(rig)


def test_a_write_that_is_throttled_for_long_is_refused_and_leaves_nothing(
    rig: Rig, home: Location
) -> None:
    rig.tables.expect(Fault(WRITE, FOR_LONG, throttled))
    headers: dict[str, Any] = {"X_Request_Id": new_request_id(), "Idempotency_Key": "throttled"}
    refused = home.ask("POST", ITEMS, {"surname": "Throttled"}, **headers)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    rig.tables.expect()
    made = home.write("POST", ITEMS, {"surname": "Throttled"}, **headers).json()["id"]
    assert len(home.history(made)) == 1
    invariants.check(rig)


def test_what_others_wrote_waits_for_tables_that_are_throttled(rig: Rig, home: Location) -> None:
    rig.tables.expect(Fault(WRITE, 5, throttled), Fault("BatchGetItem", 5, throttled))
    created = [rig.locations[0].create(surname="Waits") for _ in range(10)]
    invariants.check(rig)
    assert rig.tables.struck(WRITE) + rig.tables.struck("BatchGetItem") > 0
    assert all(home.read(customer_id) for customer_id in created)


def test_a_write_whose_answer_from_the_tables_is_lost_is_made_once(
    rig: Rig, home: Location
) -> None:
    customer_id = home.create(surname="Lost")
    rig.tables.expect(Fault(WRITE, 1))
    home.patch(customer_id, name="Once")
    assert rig.tables.struck(WRITE) == 1
    assert [entry["action"] for entry in home.history(customer_id)] == ["update", "create"]
    invariants.check(rig)


def test_transactions_that_are_in_conflict_are_tried_again(rig: Rig, home: Location) -> None:
    rig.tables.expect(Fault(WRITE, 3, in_conflict))
    home.create(surname="Contended")
    assert rig.tables.struck(WRITE) == 3
    invariants.check(rig)


def test_a_relay_that_cannot_clear_what_it_sent_sends_it_again(rig: Rig, home: Location) -> None:
    rig.tables.expect(Fault(WRITE, 3, in_conflict, clears))
    customer_id = home.create(surname="Again")
    invariants.check(rig)
    assert rig.tables.struck(WRITE) == 3
    assert len(events_of(rig.records(), customer_id)) == 4
    assert len(rig.locations[0].history(customer_id)) == 1


def test_parallel_writers_of_one_customer_all_find_their_place(rig: Rig, home: Location) -> None:
    customer_id = home.create(surname="Popular")
    rig.tables.expect(Fault(WRITE, 5, in_conflict))
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda n: home.patch(customer_id, name=f"Name {n}"), range(WRITERS)))
    assert len(home.history(customer_id)) == 1 + WRITERS
    assert home.read(customer_id)["version"] == 1 + WRITERS
    invariants.check(rig)


def clears(request: Request) -> bool:
    """Whether a transaction touches nothing but the outbox."""
    tables = {item["Put"]["TableName"] for item in request["TransactItems"]}
    return all(table.endswith("-changes") for table in tables)
