"""The sample data: what a load adds, and what it leaves alone."""

import json
import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
from moto import mock_aws

from chalicelib.domain.change import Change
from chalicelib.domain.record import Kind
from chalicelib.log import LOGGER
from chalicelib.services.customers import delete_customer, patch_customer
from chalicelib.services.fields import create_field, delete_field
from chalicelib.services.replication import apply_event
from chalicelib.settings import read_settings
from local import sample_data
from local.sample_data import Outcome, generated_id, load, load_into
from tests.conftest import build_parts
from tests.fakes import AGENT, DEFINITION, PROVIDER, FakeStore, Site, event_of, site

SAMPLES = json.loads(sample_data.SAMPLES.read_text(encoding="utf-8"))
IDS = list(SAMPLES["customers"])


@pytest.fixture
def home() -> Site:
    return site("loc1")


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    LOGGER.addHandler(handler)
    yield lines
    LOGGER.removeHandler(handler)


def _entries(store: FakeStore) -> int:
    return len(list(store.trail.all()))


def _surname(store: FakeStore, customer_id: str) -> str:
    record = store.records.get(Kind.CUSTOMER, customer_id)
    assert record
    return str(record.value("surname"))


def _send(changes: list[Change], there: Site) -> None:
    for change in changes:
        apply_event(event_of(change), there.registry)


def _watched(place: Site) -> list[Change]:
    changes: list[Change] = []
    place.store.before_commit = changes.append
    return changes


def test_a_location_gets_three_fields_and_ten_customers(home: Site) -> None:
    loaded = load_into(home.registry)
    assert loaded.fields == {Outcome.ADDED: 3}
    assert loaded.customers == {Outcome.ADDED: 10}
    assert {record.id for record in home.store.records.all(Kind.FIELD)} == set(SAMPLES["fields"])
    assert home.store.records.live_ids("", 100) == sorted(IDS)


def test_the_customers_keep_the_values_of_the_fields(home: Site) -> None:
    load_into(home.registry)
    for customer_id, values in SAMPLES["customers"].items():
        record = home.store.records.get(Kind.CUSTOMER, customer_id)
        assert record
        for key, value in values["extra_fields"].items():
            assert record.value(f"extra.{key}") == value


def test_it_is_on_record_that_the_product_itself_wrote_them(home: Site) -> None:
    load_into(home.registry)
    assert {entry.caller.actor for entry in home.store.trail.all()} == {"sins/sample-data"}


@pytest.mark.parametrize("customer_id", [*IDS, generated_id(1, 0), generated_id(7, 10**6)])
def test_the_ids_are_shaped_as_all_others(customer_id: str) -> None:
    assert UUID(customer_id).version == 7
    assert str(UUID(customer_id)) == customer_id


def test_a_second_load_adds_nothing(home: Site) -> None:
    load_into(home.registry, extras=5)
    before = _entries(home.store)
    loaded = load_into(home.registry, extras=5)
    assert loaded.fields == {Outcome.PRESENT: 3}
    assert loaded.customers == {Outcome.PRESENT: 10}
    assert loaded.generated == {Outcome.PRESENT: 5}
    assert _entries(home.store) == before


def test_what_people_changed_or_deleted_is_left_alone(home: Site) -> None:
    load_into(home.registry)
    patch_customer(IDS[0], {"surname": "Changed"}, AGENT, home.registry)
    delete_customer(IDS[1], AGENT, home.registry)
    delete_field("notes", PROVIDER, home.registry, force=True)
    before = _entries(home.store)
    load_into(home.registry)
    assert _entries(home.store) == before
    assert _surname(home.store, IDS[0]) == "Changed"
    assert IDS[1] not in home.store.records.live_ids("", 100)


def test_a_replica_that_holds_them_gets_nothing(home: Site) -> None:
    written = _watched(home)
    load_into(home.registry)
    replica = site("loc2")
    _send(written, replica)
    before = _entries(replica.store)
    assert load_into(replica.registry).customers == {Outcome.PRESENT: 10}
    assert _entries(replica.store) == before


def test_two_locations_that_load_at_the_same_time_hold_each_customer_once(home: Site) -> None:
    other = site("loc2")
    here, there = _watched(home), _watched(other)
    load_into(home.registry)
    load_into(other.registry)
    _send(list(here), other)
    _send(list(there), home)
    for store in (home.store, other.store):
        assert store.records.live_ids("", 100) == sorted(IDS)


def test_a_customer_that_comes_in_between_is_there_already(home: Site) -> None:
    other = site("loc2")
    there = _watched(other)
    load_into(other.registry)

    def arrive(change: Change) -> None:
        if change.pending and change.record.id == IDS[3]:
            _send([c for c in there if c.record.id == IDS[3]], home)

    home.store.before_commit = arrive
    loaded = load_into(home.registry)
    assert loaded.customers == {Outcome.ADDED: 9, Outcome.PRESENT: 1}


def test_values_of_a_field_that_people_took_away_are_left_out(home: Site) -> None:
    create_field("notes", DEFINITION, PROVIDER, home.registry)
    delete_field("notes", PROVIDER, home.registry)
    loaded = load_into(home.registry)
    assert loaded.fields == {Outcome.PRESENT: 1, Outcome.ADDED: 2}
    assert loaded.customers == {Outcome.ADDED: 10}
    assert home.store.records.usage_of("notes").customers == 0


def test_customers_that_break_a_rule_of_the_location_are_refused(home: Site) -> None:
    create_field("city", {**DEFINITION, "required": True}, PROVIDER, home.registry)
    loaded = load_into(home.registry)
    assert loaded.customers == {Outcome.REFUSED: 10}
    assert "do not fit" in str(loaded)


def test_extras_are_as_many_as_asked_for(home: Site) -> None:
    assert load_into(home.registry, extras=250).generated == {Outcome.ADDED: 250}
    assert len(home.store.records.live_ids("", 1000)) == 260


def test_the_same_seed_brings_the_same_customers_under_the_same_ids(home: Site) -> None:
    other = site("loc1")
    load_into(home.registry, extras=20, seed=3)
    load_into(other.registry, extras=20, seed=3)
    names = [
        {record.id: record.value("surname") for record in place.store.records.all(Kind.CUSTOMER)}
        for place in (home, other)
    ]
    assert names[0] == names[1]


def test_another_seed_adds_others(home: Site) -> None:
    load_into(home.registry, extras=20, seed=3)
    assert load_into(home.registry, extras=20, seed=4).generated == {Outcome.ADDED: 20}


def test_a_load_that_was_cut_short_goes_on(home: Site) -> None:
    load_into(home.registry, extras=120)
    loaded = load_into(home.registry, extras=300)
    assert loaded.generated == {Outcome.PRESENT: 120, Outcome.ADDED: 180}


def test_one_batch_is_held_at_a_time(home: Site) -> None:
    taken: list[str] = []

    def wanted() -> Iterator[tuple[str, sample_data.Values]]:
        for position in range(1000):
            taken.append(generated_id(1, position))
            yield taken[-1], {"surname": "Nobody", "extra_fields": {}}

    next(sample_data._Loader(home.registry, AGENT).add_all(wanted()))
    assert len(taken) == sample_data.BATCH


def test_extras_have_a_progress_bar(home: Site, capsys: pytest.CaptureFixture[str]) -> None:
    load_into(home.registry)
    assert capsys.readouterr().err == ""
    load_into(home.registry, extras=30)
    assert "30/30" in capsys.readouterr().err


@mock_aws
def test_a_load_says_in_one_line_what_it_did(
    log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCATION", "loc1")
    # The fake of the tables does not stand several threads.
    monkeypatch.setattr(sample_data, "WORKERS", 1)
    build_parts(read_settings())
    load(extras=2)
    load()
    assert log == [
        "sample data: fields: 3 added; customers: 10 added; generated customers: 2 added",
        "sample data: fields: 3 there already; customers: 10 there already",
    ]


@pytest.mark.parametrize("text", ["1", "true", "yes", "on", "TRUE", "Yes", "oN"])
def test_the_setting_is_switched_on_in_any_case(text: str) -> None:
    assert read_settings({"LOAD_SAMPLE_DATA": text}).load_sample_data
