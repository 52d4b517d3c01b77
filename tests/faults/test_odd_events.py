"""Events that come before what they need, and events as large as they can be."""

import secrets
from concurrent.futures import ThreadPoolExecutor

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller
from chalicelib.domain.customer import MAX_CUSTOMER_BYTES
from chalicelib.domain.record import Kind
from chalicelib.services.customers import read_customer
from tests.faults import invariants
from tests.faults.rig import (
    FIELDS,
    Location,
    Rig,
    events_of,
    eventually,
    new_request_id,
)

LARGE = 30
FIELD = {"key": "favourite_tea", "label": "Favourite tea", "type": "text"}


def test_a_value_that_comes_before_its_definition_is_kept_until_it_is_defined(rig: Rig) -> None:
    home = rig.locations[0]
    home.write("POST", FIELDS, FIELD)
    customer_id = home.create(surname="Early", extra_fields={"favourite_tea": "mint"})
    invariants.check(rig)
    newcomer = Location("loc5", rig.shared, [])
    newcomer.open_tables()
    newcomer.consume(events_of(rig.records(), customer_id))
    assert extra_fields(newcomer, customer_id) == {}
    newcomer.consume(events_of(rig.records(), "field:favourite_tea"))
    expected = {"favourite_tea": "mint"}
    eventually(lambda: extra_fields(newcomer, customer_id) == expected, "the value shows")


def test_customers_as_large_as_they_may_be_arrive_also_many_at_once(rig: Rig) -> None:
    home = rig.locations[0]
    rig.settle()
    with rig.apart(), ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: create_large(home, number), range(LARGE)))
    invariants.check(rig)
    for here in rig:
        assert len(here.registry.store.records.get_many(Kind.CUSTOMER, made)) == LARGE


def extra_fields(here: Location, customer_id: str) -> dict[str, object]:
    caller = Caller("test", "service_agent", new_request_id())
    return dict(read_customer(customer_id, caller, here.registry).extra_fields)


def create_large(home: Location, number: int) -> str:
    """A customer with as much in it as a writer may put there."""
    caller = Caller("test", "service_agent", new_request_id())
    registry = home.registry
    # Text that hardly packs, so that most of it is sent.
    padding = secrets.token_hex(MAX_CUSTOMER_BYTES // 2 - 100)
    values = {"surname": f"Large {number}", "extra.padding": padding}
    change = changes.create(Kind.CUSTOMER, registry.new_id(), values, registry.author(caller))
    registry.store.commit(change)
    home.acknowledge(change.record.id, caller.request_id)
    return change.record.id
