"""`retention`: the dry run names exactly those whom the next run erases."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from moto import mock_aws

from chalicelib.domain.record import Kind
from chalicelib.domain.retention import DAY
from chalicelib.services.registry import wall_clock
from chalicelib.services.remembered import Membership
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from chalicelib.storage.store import DynamoStore
from infra.tables import create_missing
from local.__main__ import commands
from tests.fakes import customer, customer_id, deleted, erased

KEPT_DAYS = 365
Days = float


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoStore]:
    monkeypatch.setenv("LOCATION", "loc1")
    monkeypatch.setenv("RETENTION_DAYS", str(KEPT_DAYS))
    with mock_aws():
        tables = Tables.of(Settings())
        create_missing(tables)
        store = DynamoStore(tables, "loc1")
        Membership(store, wall_clock).note(True, "a test has no other locations")
        yield store


def _add(store: DynamoStore, number: int, age: Days, location: str = "loc1") -> str:
    """A customer that was last changed some days ago."""
    changed = wall_clock() - int(age * DAY)
    store.commit(customer(number, now=changed, location=location))
    return customer_id(number)


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(commands, ["retention", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def _erased(store: DynamoStore) -> set[str]:
    return {record.id for record in store.records.all(Kind.CUSTOMER) if record.is_erased}


def test_the_dry_run_prints_the_ids_oldest_first(store: DynamoStore) -> None:
    due = [_add(store, 1, KEPT_DAYS + 2), _add(store, 2, KEPT_DAYS + 40)]
    _add(store, 3, KEPT_DAYS - 2)
    assert _run("--dry-run").splitlines() == due[::-1]


def test_the_dry_run_erases_nothing(store: DynamoStore) -> None:
    _add(store, 1, KEPT_DAYS + 2)
    _run("--dry-run")
    assert _erased(store) == set()


def test_the_run_erases_exactly_those(store: DynamoStore) -> None:
    for number in range(20):
        _add(store, number, KEPT_DAYS - 9.5 + number)
    announced = _run("--dry-run").splitlines()
    assert announced
    assert _run() == f"loc1: {len(announced)} customers were erased.\n"
    assert _erased(store) == set(announced)


def test_deleted_customers_are_erased_too(store: DynamoStore) -> None:
    old = wall_clock() - (KEPT_DAYS + 2) * DAY
    record = customer(1, now=old).record
    store.commit(customer(1, now=old))
    store.commit(deleted(record, now=old + 5))
    assert _run("--dry-run").splitlines() == [record.id]


def test_what_is_erased_already_is_not_named_again(store: DynamoStore) -> None:
    old = wall_clock() - (KEPT_DAYS + 2) * DAY
    store.commit(customer(1, now=old))
    store.commit(erased(customer(1, now=old).record, now=old + 5))
    assert _run("--dry-run") == ""


def test_another_home_has_a_day_to_erase_its_own(store: DynamoStore) -> None:
    midnight = wall_clock() // DAY * DAY
    last_kept_day = (wall_clock() - midnight) / DAY + KEPT_DAYS - 0.5
    _add(store, 1, last_kept_day, location="loc2")
    late = _add(store, 2, last_kept_day + 1, location="loc2")
    own = _add(store, 3, last_kept_day)
    assert _run("--dry-run").splitlines() == [late, own]


def test_the_run_is_on_record(store: DynamoStore) -> None:
    _add(store, 1, KEPT_DAYS + 2)
    _run()
    assert store.trail.of(Kind.CUSTOMER, customer_id(1))[-1].caller.actor == "sins/retention"
