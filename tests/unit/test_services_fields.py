"""Creating, reading, changing and deleting field definitions."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain import change as changes
from chalicelib.domain.change import Change
from chalicelib.domain.errors import (
    AlreadyExists,
    InvalidValue,
    NotFound,
    StaleVersion,
    StillInUse,
)
from chalicelib.domain.record import Kind
from chalicelib.services import fields
from chalicelib.services.customers import create_customer, read_customer
from chalicelib.services.replication import apply_event
from chalicelib.services.writing import IdempotencyKey
from tests.fakes import (
    AGENT,
    DEFINITION,
    PROVIDER,
    Site,
    author,
    definition,
    event_of,
    site,
)


@pytest.fixture
def here() -> Site:
    return site()


def create(here: Site, key: str = "city", **values: Any) -> fields.Field:
    return fields.create_field(key, {**DEFINITION, **values}, PROVIDER, here.registry)


def keys(here: Site) -> list[str]:
    return [field.key for field in fields.list_fields(here.registry)]


def person(here: Site, **extra: Any) -> str:
    values = {"surname": "Meyer", "extra_fields": extra}
    return create_customer(values, AGENT, here.registry).id


def extras(here: Site, record_id: str) -> Any:
    return read_customer(record_id, AGENT, here.registry).extra_fields


def test_a_new_field_is_answered_as_it_is_read(here: Site) -> None:
    assert here.registry.catalog.definitions() == {}
    answer = create(here, label=" City ")
    assert here.registry.catalog.definitions().keys() == {"city"}
    shown = fields.read_field("city", here.registry)
    assert answer == shown
    assert (shown.id, shown.key, shown.label, shown.version) == ("city", "city", "City", 1)


def test_fields_are_listed_by_key_whether_active_or_not(here: Site) -> None:
    create(here, "b")
    create(here, "c", active=False)
    create(here, "a")
    assert keys(here) == ["a", "b", "c"]


def test_a_key_that_is_there_is_taken(here: Site) -> None:
    create(here)
    with pytest.raises(AlreadyExists) as refusal:
        create(here, label="Another")
    assert refusal.value.field == "key"
    assert fields.read_field("city", here.registry).label == "City"


def test_of_two_who_create_a_key_at_one_moment_one_is_told(here: Site) -> None:
    def other(_: Change) -> None:
        here.store.before_commit = lambda _change: None
        create(here, label="First")

    here.store.before_commit = other
    with pytest.raises(AlreadyExists):
        create(here, label="Second")
    assert fields.read_field("city", here.registry).label == "First"


def test_a_bad_key_or_definition_is_refused(here: Site) -> None:
    with pytest.raises(InvalidValue):
        create(here, "City")
    with pytest.raises(InvalidValue):
        create(here, type="colour")
    assert keys(here) == []


def test_a_creation_may_be_repeated_under_its_key(here: Site) -> None:
    key = IdempotencyKey("admin-1/key", "digest")
    first = fields.create_field("city", DEFINITION, PROVIDER, here.registry, key)
    assert fields.create_field("city", DEFINITION, PROVIDER, here.registry, key) == first
    fields.patch_field("city", {"label": "Town"}, PROVIDER, here.registry)
    again = fields.create_field("city", DEFINITION, PROVIDER, here.registry, key)
    assert again == replace(first, label="Town", version=2)
    fields.delete_field("city", PROVIDER, here.registry)
    with pytest.raises(NotFound):
        fields.create_field("city", DEFINITION, PROVIDER, here.registry, key)


def test_a_repetition_that_comes_while_the_first_is_done_has_its_answer(here: Site) -> None:
    key = IdempotencyKey("admin-1/key", "digest")
    claims, firsts = here.store.claims, []

    class Overtaken:
        def get(self, _key: str, _now: int) -> None:
            here.store.claims = claims
            firsts.append(fields.create_field("city", DEFINITION, PROVIDER, here.registry, key))

    here.store.claims = Overtaken()  # type: ignore[assignment]
    second = fields.create_field("city", DEFINITION, PROVIDER, here.registry, key)
    assert second.version == firsts[0].version == 1
    assert here.store.outbox.depth() == 1


def test_a_field_is_replaced_whole(here: Site) -> None:
    create(here, pattern="[A-Z].*", required=True)
    values = {**DEFINITION, "label": "Town"}
    shown = fields.replace_field("city", values, PROVIDER, here.registry)
    assert (shown.label, shown.pattern, shown.required, shown.version) == ("Town", None, False, 2)


def test_a_patch_is_checked_against_the_rest(here: Site) -> None:
    create(here, "colour", type="choice", choices=["red"])
    shown = fields.patch_field("colour", {"choices": ["red", "blue"]}, PROVIDER, here.registry)
    assert shown.choices == ("red", "blue")
    with pytest.raises(InvalidValue) as refusal:
        fields.patch_field("colour", {"type": "text"}, PROVIDER, here.registry)
    assert refusal.value.field == "choices"


@pytest.fixture
def merged() -> Site:
    """A location that made a field text; another gave it more choices a moment later."""
    here = site()
    made = definition("colour", type="choice", choices=["red"])
    here.store.commit(made)
    text = {**DEFINITION, "label": "Colour", "type": "text"}
    fields.replace_field("colour", text, PROVIDER, here.registry)
    elsewhere = author("loc2", here.clock() + 1)
    there = changes.update(made.record, {"choices": ["red", "blue"]}, elsewhere)
    assert there is not None
    apply_event(event_of(there), here.registry)
    return here


def test_a_field_changed_at_two_locations_at_once_can_be_changed_on(merged: Site) -> None:
    before = fields.read_field("colour", merged.registry)
    assert (before.type, before.choices) == ("text", ())
    shown = fields.patch_field("colour", {"active": False}, PROVIDER, merged.registry)
    assert (shown.type, shown.choices, shown.active) == ("text", (), False)
    last = merged.store.trail.of(Kind.FIELD, "colour")[-1]
    assert set(last.differences) == {"active"}


def test_a_field_changed_at_two_locations_at_once_can_have_choices_again(merged: Site) -> None:
    again = {"type": "choice", "choices": ["red", "blue"]}
    shown = fields.patch_field("colour", again, PROVIDER, merged.registry)
    assert (shown.type, shown.choices) == ("choice", ("red", "blue"))


def test_a_field_that_customers_use_is_kept(here: Site) -> None:
    create(here)
    person(here, city="Bonn")
    with pytest.raises(StillInUse, match=r"^customers with a value for city: 1;"):
        fields.delete_field("city", PROVIDER, here.registry)
    assert keys(here) == ["city"]


def test_a_refusal_says_where_it_has_not_seen_all_customers(here: Site) -> None:
    create(here)
    for city in ("Bonn", "Ulm", "Kiel"):
        person(here, city=city)
    here.store.tables.most_scanned = 2
    with pytest.raises(StillInUse, match=r"^customers with a value for city: at least 2;"):
        fields.delete_field("city", PROVIDER, here.registry)


def test_a_field_is_kept_where_there_are_too_many_customers_to_look_through(here: Site) -> None:
    create(here)
    for _ in range(3):
        person(here)
    here.store.tables.most_scanned = 2
    with pytest.raises(StillInUse, match="of 2 customers nobody has a value"):
        fields.delete_field("city", PROVIDER, here.registry)
    fields.delete_field("city", PROVIDER, here.registry, force=True)
    assert keys(here) == []


def test_a_field_that_customers_use_is_deleted_by_force(here: Site) -> None:
    create(here)
    record_id = person(here, city="Bonn")
    fields.delete_field("city", PROVIDER, here.registry, force=True)
    assert extras(here, record_id) == {}
    assert keys(here) == []


def test_a_key_that_was_deleted_may_come_again_with_its_values(here: Site) -> None:
    create(here)
    record_id = person(here, city="Bonn")
    fields.delete_field("city", PROVIDER, here.registry, force=True)
    answer = create(here, label="Town")
    assert (answer.label, answer.version) == ("Town", 3)
    assert extras(here, record_id) == {"city": "Bonn"}


def test_a_field_that_is_not_there_is_not_found(here: Site) -> None:
    create(here, "gone")
    fields.delete_field("gone", PROVIDER, here.registry)
    registry = here.registry
    for key in ("never", "gone"):
        ways: tuple[Callable[[str], object], ...] = (
            lambda key: fields.read_field(key, registry),
            lambda key: fields.replace_field(key, DEFINITION, PROVIDER, registry),
            lambda key: fields.patch_field(key, {"label": "x"}, PROVIDER, registry),
            lambda key: fields.delete_field(key, PROVIDER, registry),
        )
        for way in ways:
            with pytest.raises(NotFound):
                way(key)


def test_a_change_of_another_version_is_stale(here: Site) -> None:
    create(here)
    registry, expected = here.registry, frozenset({2})
    with pytest.raises(StaleVersion):
        fields.replace_field("city", DEFINITION, PROVIDER, registry, expected)
    with pytest.raises(StaleVersion):
        fields.patch_field("city", {"label": "x"}, PROVIDER, registry, expected)
    with pytest.raises(StaleVersion):
        fields.delete_field("city", PROVIDER, registry, expected)


def test_a_change_of_a_field_is_audited_and_sent(here: Site) -> None:
    create(here)
    fields.patch_field("city", {"label": "Town"}, PROVIDER, here.registry)
    entries = here.store.trail.of(Kind.FIELD, "city")
    assert [entry.caller.actor for entry in entries] == [PROVIDER.actor] * 2
    assert list(entries[1].differences) == ["label"]
    assert here.store.outbox.depth() == 2


def test_a_field_that_was_switched_off_hides_its_values_at_once(here: Site) -> None:
    create(here)
    record_id = person(here, city="Bonn")
    fields.patch_field("city", {"active": False}, PROVIDER, here.registry)
    assert extras(here, record_id) == {}
