"""A walk over every page while others write."""

import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

import pytest

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller
from chalicelib.domain.record import Kind
from chalicelib.storage.client import Tables
from chalicelib.storage.records import record_to_item
from local.locations import Surroundings
from tests.faults.rig import ITEMS, Location, in_process

CUSTOMERS = 5_000
PAGE = 100
NOBODY = "127.0.0.1:1"


@pytest.fixture
def alone(dynamodb_endpoint: str, tmp_path: Path) -> Iterator[Location]:
    """A location that hears of no other."""
    shared = Surroundings(tmp_path, dynamodb_endpoint, True, NOBODY)
    shared.logs.mkdir()
    here = Location("alone", shared, [])
    here.open_tables()
    here.registry.membership.note(True, "it hears of no other")
    here.start()
    yield here
    here.stop()


class Writers:
    """Create, change and delete customers until they are stopped."""

    def __init__(self, here: Location, changed: list[str], deleted: list[str]) -> None:
        self.created: list[str] = []
        self.changes = 0
        self.deleted: list[str] = []
        self._here = here
        self._stopped = Event()
        self._threads = [
            Thread(target=self._create),
            Thread(target=self._change, args=(changed,)),
            Thread(target=self._delete, args=(deleted,)),
        ]

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _create(self) -> None:
        while not self._stopped.is_set():
            self.created.append(self._here.create(surname="New"))

    def _change(self, ids: list[str]) -> None:
        while not self._stopped.is_set():
            self._here.patch(random.choice(ids), name=f"Change {self.changes}")
            self.changes += 1

    def _delete(self, ids: list[str]) -> None:
        for customer_id in ids:
            if self._stopped.is_set():
                return
            self._here.delete(customer_id)
            self.deleted.append(customer_id)


def test_a_walk_skips_and_repeats_none_of_those_that_are_there_throughout(
    alone: Location,
) -> None:
    ids = load(alone)
    deletable = random.Random(5).sample(ids, CUSTOMERS // 5)
    lasting = sorted(set(ids).difference(deletable))
    with Writers(alone, lasting, deletable) as writers:
        seen = walk(alone)
    assert min(len(writers.created), writers.changes, len(writers.deleted)) > 10
    assert len(seen) == len(set(seen))
    assert set(lasting) <= set(seen)
    assert set(seen) <= {*ids, *writers.created}
    assert seen == sorted(seen)


def load(here: Location) -> list[str]:
    """Customers without a trail, which nobody looks at here: a commit of each takes too long."""
    registry = here.registry
    author = registry.author(Caller("loader", "service_agent", "load"))
    records = [
        changes.create(Kind.CUSTOMER, registry.new_id(), {"surname": "Walker"}, author).record
        for _ in range(CUSTOMERS)
    ]
    tables: Tables = in_process(here.name, lambda: Tables.of(here.settings))
    tables.put_many([record_to_item(record) for record in records])
    return [record.id for record in records]


def walk(here: Location) -> list[str]:
    """Every id, page after page, until there is no next one."""
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = here.ask("GET", f"{ITEMS}?limit={PAGE}&cursor={quote(cursor)}").json()
        seen += [customer["id"] for customer in page["items"]]
        cursor = page["next"]
    return seen
