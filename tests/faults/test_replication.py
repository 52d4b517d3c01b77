"""What happens at one location is known at the others a moment later."""

from collections.abc import Callable
from typing import Any

from tests.faults import invariants
from tests.faults.rig import FIELDS, ITEMS, Location, Rig, eventually


def test_a_created_customer_is_readable_at_every_location(rig: Rig) -> None:
    home = rig.locations[0]
    customer_id = home.create(surname="Nakamura", name="Aiko", dob="1985-03-02")
    arrival("a create", rig, lambda here: bool(here.read(customer_id)))
    assert same_at_all(rig, lambda here: without_version(here.read(customer_id)))
    invariants.check(rig)


def test_a_change_shows_at_every_location(rig: Rig) -> None:
    customer_id = known_everywhere(rig, surname="Nakamura")
    rig.locations[1].patch(customer_id, name="Aiko")
    arrival("a change", rig, lambda here: here.read(customer_id).get("name") == "Aiko")
    invariants.check(rig)


def test_a_deleted_customer_is_gone_at_every_location(rig: Rig) -> None:
    customer_id = known_everywhere(rig, surname="Nakamura")
    rig.locations[2].delete(customer_id)
    arrival("a delete", rig, lambda here: not here.read(customer_id))
    invariants.check(rig)


def test_a_field_defined_at_one_location_is_usable_at_every_other(rig: Rig) -> None:
    field = {"key": "shoe_size", "label": "Shoe size", "type": "number"}
    rig.locations[0].write("POST", FIELDS, field)
    arrival("a field", rig, lambda here: here.ask("GET", f"{FIELDS}/shoe_size").ok)
    for here in rig:
        customer_id = here.create(surname="Nakamura", extra_fields={"shoe_size": 38})
        assert here.read(customer_id)["extra_fields"] == {"shoe_size": 38}
    invariants.check(rig)


def test_the_audit_trail_of_every_location_names_who_did_what_and_where(rig: Rig) -> None:
    first, second, third = rig
    customer_id = known_everywhere(rig, surname="Nakamura")
    path = f"{ITEMS}/{customer_id}"
    second.write(
        "PATCH", path, {"name": "Aiko"}, role="service_agent", X_Actor="bo", X_Request_Id="who-1"
    )
    arrival("a change", rig, lambda here: here.read(customer_id).get("name") == "Aiko")
    third.write("DELETE", path, role="service_provider", X_Actor="cy", X_Request_Id="who-2")
    arrival("a delete", rig, lambda here: not here.read(customer_id))
    for here in rig:
        deleted, changed, created = here.history(customer_id)
        assert who(deleted) == ("delete", "cy", "service_provider", third.name, "who-2")
        assert who(changed) == ("update", "bo", "service_agent", second.name, "who-1")
        assert who(created)[:4] == ("create", "test@loc1", "service_provider", first.name)
    assert same_at_all(rig, lambda here: here.history(customer_id))
    invariants.check(rig)


def known_everywhere(rig: Rig, **values: Any) -> str:
    customer_id = rig.locations[0].create(**values)
    arrival("a create", rig, lambda here: bool(here.read(customer_id)))
    return customer_id


def arrival(what: str, rig: Rig, arrived: Callable[[Location], bool]) -> None:
    seconds = eventually(lambda: all(arrived(here) for here in rig), f"{what} is everywhere")
    print(f"{what} was everywhere after {seconds * 1000:.0f} ms")


def same_at_all(rig: Rig, seen: Callable[[Location], Any]) -> bool:
    views = [seen(here) for here in rig]
    return all(view == views[0] for view in views)


def without_version(customer: dict[str, Any]) -> dict[str, Any]:
    # Each location counts its own commits.
    return {name: value for name, value in customer.items() if name != "version"}


def who(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(entry[name] for name in ("action", "actor", "role", "location", "request_id"))
