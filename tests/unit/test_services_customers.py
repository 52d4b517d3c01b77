"""Creating, reading, changing and deleting customers."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.change import Change
from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import InvalidValue, NotFound, StaleVersion, TooLarge, Unavailable
from chalicelib.domain.record import Kind
from chalicelib.services import customers
from chalicelib.services.fields import create_field, delete_field, patch_field
from tests.fakes import (
    AGENT,
    DEFINITION,
    PROVIDER,
    Site,
    customer,
    customer_id,
    definition,
    erased,
    site,
    unavailable,
)

MEYER = {"surname": "Meyer", "name": "Anna"}


@pytest.fixture
def here() -> Site:
    return site()


def create(here: Site, **values: Any) -> str:
    return customers.create_customer({**MEYER, **values}, AGENT, here.registry).id


def read(here: Site, record_id: str) -> Customer:
    return customers.read_customer(record_id, AGENT, here.registry)


def gone(here: Site, record_id: str) -> None:
    """Nobody can see or change the customer."""
    registry = here.registry
    ways: tuple[Callable[[], object], ...] = (
        lambda: customers.read_customer(record_id, AGENT, registry),
        lambda: customers.replace_customer(record_id, MEYER, AGENT, registry),
        lambda: customers.patch_customer(record_id, MEYER, AGENT, registry),
        lambda: customers.delete_customer(record_id, AGENT, registry),
    )
    for way in ways:
        with pytest.raises(NotFound):
            way()
    assert listed(here) == []


def listed(here: Site) -> list[str]:
    page = customers.list_customers("", 100, AGENT, here.registry)
    return [one.id for one in page.items]


def test_a_new_customer_is_answered_as_it_is_read(here: Site) -> None:
    answer = customers.create_customer(MEYER, AGENT, here.registry)
    shown = read(here, answer.id)
    assert answer == shown
    assert (shown.surname, shown.version, shown.origin) == ("Meyer", 1, "loc1")


def test_a_new_customer_waits_to_be_sent(here: Site) -> None:
    record_id = create(here)
    assert [message.record_id for message in here.store.outbox.pending(10)] == [record_id]


def test_a_bad_value_leaves_nothing(here: Site) -> None:
    with pytest.raises(InvalidValue):
        create(here, surname=" ")
    assert list(here.store.records.all(Kind.CUSTOMER)) == []


def test_a_customer_that_is_too_large_leaves_nothing(here: Site) -> None:
    large = many_fields(here, 700, "x" * 200)
    with pytest.raises(TooLarge):
        create(here, extra_fields=large)
    assert list(here.store.records.all(Kind.CUSTOMER)) == []


def test_a_reader_is_written_down(here: Site) -> None:
    record_id = create(here)
    read(here, record_id)
    [access] = here.store.tables.accesses
    assert (access.caller, access.action, access.resource) == (AGENT, "read", record_id)


def test_a_list_names_whom_it_showed(here: Site) -> None:
    ids = [create(here), create(here)]
    assert listed(here) == ids
    assert here.store.tables.accesses[-1].detail == " ".join(ids)


def test_pages_of_a_list_follow_each_other(here: Site) -> None:
    ids = [create(here) for _ in range(5)]
    first = customers.list_customers("", 2, AGENT, here.registry)
    second = customers.list_customers(first.next, 2, AGENT, here.registry)
    third = customers.list_customers(second.next, 2, AGENT, here.registry)
    shown = [one.id for page in (first, second, third) for one in page.items]
    assert shown == ids
    assert third.next == ""


def test_a_page_of_expired_customers_is_empty_and_leads_on() -> None:
    here = site(days=1)
    for number in (1, 2):
        here.store.commit(customer(number, now=here.clock()))
    here.clock.advance(days=5)
    here.store.commit(customer(3, now=here.clock()))
    first = customers.list_customers("", 2, AGENT, here.registry)
    second = customers.list_customers(first.next, 2, AGENT, here.registry)
    assert first.items == []
    assert [one.id for one in second.items] == [customer_id(3)]


def test_a_whole_customer_is_replaced(here: Site) -> None:
    record_id = create(here, dob="1980-01-31")
    shown = customers.replace_customer(record_id, {"surname": "Mayer"}, AGENT, here.registry)
    assert (shown.surname, shown.name, shown.dob) == ("Mayer", None, None)
    assert shown == read(here, record_id)


def test_a_replacement_keeps_values_that_are_hidden(here: Site) -> None:
    create_field("city", DEFINITION, PROVIDER, here.registry)
    record_id = create(here, extra_fields={"city": "Bonn"})
    patch_field("city", {"active": False}, PROVIDER, here.registry)
    assert read(here, record_id).extra_fields == {}
    customers.replace_customer(record_id, {"surname": "Mayer"}, AGENT, here.registry)
    patch_field("city", {"active": True}, PROVIDER, here.registry)
    assert read(here, record_id).extra_fields == {"city": "Bonn"}


def test_a_patch_changes_what_is_given(here: Site) -> None:
    record_id = create(here, dob="1980-01-31")
    shown = customers.patch_customer(record_id, {"name": None}, AGENT, here.registry)
    assert (shown.surname, shown.name, shown.dob) == ("Meyer", None, "1980-01-31")
    assert shown.version == 2


def test_a_patch_that_changes_nothing_leaves_no_trace(here: Site) -> None:
    record_id = create(here)
    here.clock.advance(days=1)
    shown = customers.patch_customer(record_id, {"name": " Anna "}, AGENT, here.registry)
    assert shown.version == 1
    assert len(here.store.trail.of(Kind.CUSTOMER, record_id)) == 1


@pytest.mark.parametrize("values", [{}, {"name": " Anna "}])
def test_a_change_that_changes_nothing_is_a_reading(here: Site, values: dict[str, str]) -> None:
    record_id = create(here)
    customers.patch_customer(record_id, values, AGENT, here.registry)
    customers.replace_customer(record_id, MEYER, AGENT, here.registry)
    readings = [(one.action, one.resource) for one in here.store.tables.accesses]
    assert readings == [("read", record_id)] * 2


def test_a_change_is_no_reading(here: Site) -> None:
    record_id = create(here)
    customers.patch_customer(record_id, {"name": "Anne"}, AGENT, here.registry)
    assert here.store.tables.accesses == []


def test_a_change_that_makes_a_customer_too_large_is_refused(here: Site) -> None:
    record_id = create(here, extra_fields=many_fields(here, 700, "x" * 100))
    larger = {"extra_fields": {f"f{n}": "y" * 200 for n in range(700)}}
    with pytest.raises(TooLarge):
        customers.patch_customer(record_id, larger, AGENT, here.registry)
    assert read(here, record_id).version == 1


def many_fields(here: Site, count: int, value: str) -> dict[str, str]:
    """A value for each of many fields, which are defined now."""
    for number in range(count):
        here.store.commit(definition(f"f{number}", here.clock()))
    return {f"f{number}": value for number in range(count)}


def test_a_deleted_customer_is_gone(here: Site) -> None:
    record_id = create(here)
    assert customers.delete_customer(record_id, AGENT, here.registry) == 2
    gone(here, record_id)


def test_an_erased_customer_is_gone(here: Site) -> None:
    change = customer()
    here.store.commit(change)
    here.store.commit(erased(change.record))
    gone(here, customer_id(1))


def test_an_expired_customer_is_gone_before_any_sweep() -> None:
    here = site(days=30)
    record_id = create(here)
    here.clock.advance(days=29)
    read(here, record_id)
    here.clock.advance(days=1)
    gone(here, record_id)


def test_a_change_keeps_a_customer_for_longer() -> None:
    here = site(days=30)
    record_id = create(here)
    here.clock.advance(days=29)
    customers.patch_customer(record_id, {"name": "Anne"}, AGENT, here.registry)
    here.clock.advance(days=29)
    assert read(here, record_id).name == "Anne"


@pytest.mark.parametrize("version", [0, 2])
def test_a_change_of_another_version_is_stale(here: Site, version: int) -> None:
    record_id, registry, expected = create(here), here.registry, frozenset({version})
    ways: tuple[Callable[[], object], ...] = (
        lambda: customers.replace_customer(record_id, MEYER, AGENT, registry, expected),
        lambda: customers.patch_customer(record_id, {"name": "x"}, AGENT, registry, expected),
        lambda: customers.delete_customer(record_id, AGENT, registry, expected),
    )
    for way in ways:
        with pytest.raises(StaleVersion):
            way()
    assert read(here, record_id).version == 1


def test_one_of_several_expected_versions_is_enough(here: Site) -> None:
    record_id = create(here)
    expected = frozenset({1, 7})
    shown = customers.patch_customer(record_id, {"name": "x"}, AGENT, here.registry, expected)
    assert shown.version == 2


def test_a_writer_whom_another_overtook_decides_again(here: Site) -> None:
    record_id = create(here)
    overtake(here, record_id, {"surname": "Other"})
    shown = customers.patch_customer(record_id, {"name": "Anne"}, AGENT, here.registry)
    assert (shown.surname, shown.name, shown.version) == ("Other", "Anne", 3)


def test_a_writer_who_named_a_version_is_stale_once_another_overtook(here: Site) -> None:
    record_id = create(here)
    overtake(here, record_id, {"surname": "Other"})
    with pytest.raises(StaleVersion):
        customers.patch_customer(record_id, {"name": "Anne"}, AGENT, here.registry, frozenset({1}))


def overtake(here: Site, record_id: str, values: dict[str, str]) -> None:
    """Somebody else commits these values just before the next commit."""

    def other(_: Change) -> None:
        here.store.before_commit = lambda _change: None
        customers.patch_customer(record_id, values, AGENT, here.registry)

    here.store.before_commit = other


def test_a_field_that_another_process_created_may_be_used_at_once(here: Site) -> None:
    create(here)
    here.store.commit(definition("city", here.clock()))
    record_id = create(here, extra_fields={"city": "Bonn"})
    assert read(here, record_id).extra_fields == {"city": "Bonn"}


def test_a_field_that_was_deleted_here_is_unknown_at_once(here: Site) -> None:
    create_field("city", DEFINITION, PROVIDER, here.registry)
    record_id = create(here)
    delete_field("city", PROVIDER, here.registry)
    with pytest.raises(InvalidValue):
        create(here, extra_fields={"city": "Bonn"})
    assert read(here, record_id).extra_fields == {}


def test_nothing_is_answered_that_was_not_committed(here: Site) -> None:
    here.store.before_commit = unavailable
    with pytest.raises(Unavailable):
        create(here)
    assert listed(here) == []
