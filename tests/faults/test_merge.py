"""What two locations do to one customer while they cannot hear each other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import Caller
from chalicelib.domain.record import Kind
from chalicelib.domain.retention import RetentionPolicy
from chalicelib.domain.stamp import Stamp
from chalicelib.services.customers import delete_customer, patch_customer
from chalicelib.services.retention import sweep_expired
from tests.faults import invariants
from tests.faults.rig import Rig, eventually, new_request_id


def test_edits_to_different_fields_merge(rig: Rig) -> None:
    first, second, _ = rig
    customer_id = known_everywhere(rig)
    with apart(rig):
        first.patch(customer_id, name="Aiko")
        second.patch(customer_id, dob="1985-03-02")
    for here in rig:
        customer = here.read(customer_id)
        assert (customer["name"], customer["dob"]) == ("Aiko", "1985-03-02")


def test_of_edits_to_one_field_the_larger_stamp_wins_wherever_it_was_written(rig: Rig) -> None:
    first, second, third = rig
    forth, back = known_everywhere(rig), known_everywhere(rig)
    with apart(rig):
        first.patch(forth, name="Early")
        second.patch(back, name="Early")
        third.patch(forth, name="Middle")
        second.patch(forth, name="Late")
        first.patch(back, name="Late")
    for here in rig:
        for customer_id in (forth, back):
            newest = here.history(customer_id)[0]
            assert here.read(customer_id)["name"] == newest["after"]["name"] == "Late"
            stamps = [Stamp.parse(entry["stamp"]) for entry in here.history(customer_id)]
            assert stamps[0] == max(stamps)


def test_the_value_that_lost_is_in_the_history_of_every_location_as_superseded(rig: Rig) -> None:
    first, second, _ = rig
    customer_id = known_everywhere(rig)
    with apart(rig):
        first.patch(customer_id, name="Lost", dob="1985-03-02")
        second.patch(customer_id, name="Kept")
    for here in rig:
        kept, lost, created = here.history(customer_id)
        assert (kept["after"]["name"], kept["superseded"]) == ("Kept", [])
        assert (lost["after"]["name"], lost["superseded"]) == ("Lost", ["name"])
        assert created["superseded"] == []


@pytest.mark.parametrize("deleted_first", [True, False])
def test_a_delete_against_an_edit_stays_deleted(rig: Rig, deleted_first: bool) -> None:
    first, second, _ = rig
    customer_id = known_everywhere(rig)
    steps: list[Callable[[], None]] = [
        lambda: first.delete(customer_id),
        lambda: second.patch(customer_id, name="Still here"),
    ]
    with apart(rig):
        for step in steps if deleted_first else reversed(steps):
            step()
    for here in rig:
        assert not here.read(customer_id)
        # The edit is on record, so that a person can restore what it said.
        assert {entry["action"] for entry in here.history(customer_id)} == {
            "create",
            "update",
            "delete",
        }


def test_erased_is_final_whatever_another_location_does_later(rig: Rig) -> None:
    first, second, _ = rig
    edited, deleted = first.create_expired(2)
    with apart(rig):
        sweep_expired(Caller("sins/retention", "system", "sweep"), first.registry, None)
        # A location that keeps customers longer still sees both.
        patient = replace(second.registry, retention=RetentionPolicy(10_000))
        caller = Caller("test", "service_agent", new_request_id())
        patch_customer(edited, {"name": "Too late"}, caller, patient)
        delete_customer(deleted, caller, patient)
    for here in rig:
        for record in here.registry.store.records.get_many(Kind.CUSTOMER, [edited, deleted]):
            assert record.is_erased
            assert not record.values


def test_a_field_defined_at_two_locations_at_once_becomes_one(rig: Rig) -> None:
    first, second, _ = rig
    with apart(rig):
        first.write("POST", "/api/customers/fields", field("Mine"))
        second.write("POST", "/api/customers/fields", field("Theirs"))
    for here in rig:
        found = here.ask("GET", "/api/customers/fields/apart").json()
        assert found["label"] == "Theirs"


def field(label: str) -> dict[str, str]:
    return {"key": "apart", "label": label, "type": "text"}


def known_everywhere(rig: Rig) -> str:
    customer_id = rig.locations[2].create(surname="Nakamura")
    eventually(lambda: all(here.read(customer_id) for here in rig), "the customer is everywhere")
    return customer_id


@contextmanager
def apart(rig: Rig) -> Iterator[None]:
    """Nothing that is done meanwhile reaches another location before all of it is done."""
    rig.settle()
    with rig.apart():
        yield
    invariants.check(rig)
