"""Many writers at once, on real transactions: moto's are not atomic under threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from chalicelib.domain.audit import first_fault
from chalicelib.domain.change import Change, Claim, apply
from chalicelib.domain.errors import AlreadyClaimed, AlreadyRecorded, VersionConflict
from chalicelib.domain.record import Kind, Record
from chalicelib.services.customers import patch_customer
from chalicelib.services.ports import Store
from chalicelib.storage.client import Tables
from chalicelib.storage.store import DynamoStore
from tests.conftest import PartsOn
from tests.contract.conftest import DynamoBackend
from tests.fakes import (
    AGENT,
    NOW,
    customer,
    customer_id,
    definition,
    event_of,
    updated,
    with_claim,
)

THREADS = 32
Answer = TypeVar("Answer")


def test_one_writer_wins_each_version(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    store.commit(customer())
    for version in (1, 2):
        record = current(store)
        outcomes = race(store, lambda n: updated(record, name=f"{version}.{n}"))  # noqa: B023
        assert outcomes == ["VersionConflict"] * (THREADS - 1) + ["done"]
        assert current(store).version == version + 1
    assert first_fault(store.trail.all(), current(store).heads["loc1-00000001"]) is None
    assert store.outbox.depth() == 3


def test_one_of_many_creates_a_key(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    outcomes = race(store, lambda n: definition(label=f"{n}"))
    assert outcomes == ["VersionConflict"] * (THREADS - 1) + ["done"]
    assert len(store.trail.of(Kind.FIELD, "city")) == 1


def test_one_of_many_requests_with_one_key_is_done(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    claim = Claim("caller/key", "digest", customer_id(1), expires=NOW // 1000 + 60)
    outcomes = race(store, lambda n: with_claim(customer(n), claim))
    assert outcomes == ["AlreadyClaimed"] * (THREADS - 1) + ["done"]
    assert len(list(store.records.all(Kind.CUSTOMER))) == 1


def test_an_event_that_comes_many_times_at_once_is_applied_once(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    event = event_of(customer(location="loc2"))
    outcomes = race(store, lambda _: apply(None, event, NOW))
    assert outcomes == ["AlreadyRecorded"] * (THREADS - 1) + ["done"]


def test_one_of_many_gets_the_lease(dynamodb: DynamoBackend) -> None:
    system = dynamodb.open().system
    outcomes = at_once(lambda n: system.acquire_lease("relay", f"{n}", NOW, NOW + 100))
    assert outcomes.count(True) == 1


def test_processes_that_start_together_have_one_origin(dynamodb_tables: Tables) -> None:
    origins = at_once(lambda _: DynamoStore(dynamodb_tables, "loc1").origin)
    assert len(set(origins)) == 1


def test_every_acknowledged_patch_is_in_the_trail(parts_on: PartsOn) -> None:
    registry = parts_on(clock=lambda: NOW).registry
    registry.store.commit(customer())

    def patch(number: int) -> int:
        values = {"name": f"name {number}"}
        return patch_customer(customer_id(1), values, AGENT, registry).version

    versions = at_once(patch, threads=8)
    assert sorted(versions) == list(range(2, 10))
    chain = [e for e in registry.store.trail.all() if e.origin == registry.store.origin]
    assert first_fault(chain, current(registry.store).heads[registry.store.origin]) is None
    assert len(chain) == 8


def current(store: Store) -> Record:
    record = store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    return record


def race(store: Store, change: Callable[[int], Change]) -> list[str]:
    """What became of changes that were committed at once, sorted."""
    changes = [change(number) for number in range(THREADS)]
    return sorted(at_once(lambda number: attempt(store, changes[number])))


def attempt(store: Store, change: Change) -> str:
    try:
        store.commit(change)
    except (VersionConflict, AlreadyRecorded, AlreadyClaimed) as error:
        return type(error).__name__
    return "done"


def at_once(act: Callable[[int], Answer], threads: int = THREADS) -> list[Answer]:
    """What each of many threads made of it, all started at the same moment."""
    barrier = Barrier(threads)

    def one(number: int) -> Answer:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))
