"""What one location holds otherwise than the others is found and made equal without a person."""

import subprocess
import sys

import pytest
from msgspec.structs import replace

from chalicelib.domain.record import Kind, Record, Register
from chalicelib.storage.client import Tables
from chalicelib.storage.records import MODEL, record_key, record_to_item
from chalicelib.storage.tables import AuditItem
from chalicelib.storage.trail import audit_key
from tests.faults import invariants
from tests.faults.rig import ITEMS, Location, Rig, in_process


def test_damaged_and_lost_rows_and_a_lost_customer_are_mended(rig: Rig) -> None:
    first, second, third = rig
    names = ("Damaged", "Torn", "Row", "Whole")
    damaged, torn, row, whole = (first.create(surname=name) for name in names)
    first.patch(damaged, name="Before")
    invariants.check(rig)
    damage(second, damaged)
    tear(second, torn)
    lose(third, row)
    lose(third, whole)
    lose_trail(third, whole)
    assert third.read(row) == third.read(whole) == {}
    # The others are there; this one is being repaired.
    assert second.ask("GET", f"{ITEMS}/{torn}").json()["code"] == "unreadable_record"
    assert second.ask("GET", ITEMS).ok
    assert damaged in difference(first, second)
    rig.mend()
    assert [here.read(damaged)["surname"] for here in rig] == ["Damaged"] * 3
    assert [here.read(torn)["surname"] for here in rig] == ["Torn"] * 3
    assert [here.read(row)["surname"] for here in rig] == ["Row"] * 3
    assert [here.read(whole)["surname"] for here in rig] == ["Whole"] * 3
    assert "no records differ" in difference(first, second)
    invariants.check(rig)


# The topic no longer holds what other tests look for.
@pytest.mark.usefixtures("last_of_its_rig")
def test_what_was_lost_with_the_broker_is_sent_again(rig: Rig) -> None:
    first, second, third = rig
    rig.have_all_heard()
    second.stop()
    third.stop()
    only_here = first.create(surname="Sent")
    rig.settle_outbox(first)
    rig.lose_topic()
    second.launch()
    third.launch()
    rig.mend()
    rig.await_joining()
    assert [here.read(only_here)["surname"] for here in rig] == ["Sent"] * 3
    invariants.check(rig)


def tables_of(here: Location) -> Tables:
    tables: Tables = in_process(here.name, lambda: Tables.of(here.settings))
    return tables


def damage(here: Location, customer_id: str) -> None:
    """Changes a value behind the product's back; its stamp stays."""
    record = here.registry.store.records.get(Kind.CUSTOMER, customer_id)
    assert record is not None
    values = {**record.values, "surname": Register("Wrong", record.values["surname"].stamp)}
    put(here, replace(record, values=values))


def tear(here: Location, customer_id: str) -> None:
    """Leaves half of what the row held."""
    record = here.registry.store.records.get(Kind.CUSTOMER, customer_id)
    assert record is not None
    item = record_to_item(record)
    item.state = item.state[: len(item.state) // 2]
    tables_of(here).put(item)


def put(here: Location, record: Record) -> None:
    tables_of(here).put(record_to_item(record))


def lose(here: Location, customer_id: str) -> None:
    tables = tables_of(here)
    key = record_key(Kind.CUSTOMER, customer_id)
    tables.call("delete_item", TableName=tables.name(MODEL[Kind.CUSTOMER]), Key=key)


def lose_trail(here: Location, customer_id: str) -> None:
    tables = tables_of(here)
    for entry in here.registry.store.trail.of(Kind.CUSTOMER, customer_id):
        key = audit_key(Kind.CUSTOMER, customer_id, entry.origin, entry.seq)
        tables.call("delete_item", TableName=tables.name(AuditItem), Key=key)


def difference(one: Location, other: Location) -> str:
    """What the command says that differs."""
    environment = {name: value for name, value in one.environment().items() if name[:4] != "AWS_"}
    command = [sys.executable, "-m", "local", "diff", one.name, other.name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout
