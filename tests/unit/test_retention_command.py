"""`retention`: the dry run names exactly those whom the next run erases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from moto import mock_aws

from chalicelib.domain.errors import Damaged
from chalicelib.domain.notes import Note
from chalicelib.domain.record import Kind
from chalicelib.domain.retention import DAY
from chalicelib.messaging.board import KafkaBoard
from chalicelib.services.registry import wall_clock
from chalicelib.services.remembered import Membership
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from chalicelib.storage.store import DynamoStore
from infra.tables import create_missing
from local.__main__ import commands
from local.errors import CannotRun
from tests.fakes import customer, customer_id, deleted, erased, unavailable

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
        monkeypatch.setattr(KafkaBoard, "told", lambda _board: [])
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
    assert _run() == f"loc1: customers erased, by 365 days: {len(announced)}.\n"
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


def test_the_dry_run_says_by_how_many_days(store: DynamoStore) -> None:
    _add(store, 1, KEPT_DAYS + 2)
    result = CliRunner().invoke(commands, ["retention", "--dry-run"])
    assert result.stderr == "loc1: by 365 days.\n"


def test_the_dry_run_may_try_another_time(store: DynamoStore) -> None:
    _note_days(store, KEPT_DAYS)
    young = _add(store, 1, 40)
    assert _run("--dry-run") == ""
    assert _run("--dry-run", "--days", "30").splitlines() == [young]


def test_the_run_goes_by_no_other_time(store: DynamoStore) -> None:
    _add(store, 1, 40)
    result = CliRunner().invoke(commands, ["retention", "--days", "30"])
    assert "--days goes with --dry-run only" in result.stderr
    assert _erased(store) == set()


@pytest.mark.parametrize("command", ["retention", "retention --dry-run", "export", "import F"])
def test_a_command_refuses_another_time_than_the_location_runs_with(
    store: DynamoStore, command: str, tmp_path: Path
) -> None:
    _add(store, 1, KEPT_DAYS + 2)
    _note_days(store, 700)
    rows = tmp_path / "rows.csv"
    rows.write_text("surname,document_number\nMeyer,X1\n")
    arguments = command.replace("F", str(rows)).split()
    with pytest.raises(CannotRun, match=r"for 700 days, .* RETENTION_DAYS is 365: "):
        CliRunner().invoke(commands, arguments, catch_exceptions=False)
    assert [(one.id, one.is_erased) for one in store.records.all(Kind.CUSTOMER)] == [
        (customer_id(1), False)
    ]


def test_the_same_time_as_the_location_runs_with_is_fine(store: DynamoStore) -> None:
    _add(store, 1, KEPT_DAYS + 2)
    _note_days(store, KEPT_DAYS)
    _run()
    assert _erased(store) == {customer_id(1)}


def test_without_the_others_nobody_is_erased(
    store: DynamoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(store, 1, KEPT_DAYS + 2)
    monkeypatch.setattr(KafkaBoard, "told", unavailable)
    with pytest.raises(CannotRun, match="KAFKA_BOOTSTRAP"):
        CliRunner().invoke(commands, ["retention"], catch_exceptions=False)
    assert _erased(store) == set()


def test_the_run_names_who_is_left(store: DynamoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    _add(store, 1, KEPT_DAYS + 2)

    def refuse(*_: object) -> None:
        raise Damaged("it is damaged")

    monkeypatch.setattr(DynamoStore, "commit", refuse)
    result = CliRunner().invoke(commands, ["retention"])
    assert result.stdout == "loc1: customers erased, by 365 days: 0.\n"
    assert result.stderr == f"{customer_id(1)} is left: it is damaged.\n"


def _note_days(store: DynamoStore, days: int) -> None:
    """What the location notes that runs with this setting."""
    store.system.note(Note.RETENTION, {"this": {"days": days, "at": wall_clock()}})
