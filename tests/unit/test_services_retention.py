"""The sweep: erasing customers that nobody may keep any longer."""

from chalicelib.domain.audit import Action, Caller
from chalicelib.domain.change import Change
from chalicelib.domain.record import Kind, Life
from chalicelib.services.replication import apply_event
from chalicelib.services.retention import PAGE, Swept, due_customers, sweep_expired
from tests.fakes import (
    NOW,
    Site,
    customer,
    customer_id,
    definition,
    deleted,
    event_of,
    site,
    updated,
)

SWEEPER = Caller("sins/retention", "system", "request")


def sweep(here: Site) -> Swept:
    return sweep_expired(SWEEPER, here.registry)


def life(here: Site, number: int) -> Life:
    record = here.store.records.get(Kind.CUSTOMER, customer_id(number))
    assert record is not None
    return Life(str(record.life.value))


def with_customers(*numbers: int, days: int = 30) -> Site:
    here = site(days=days)
    for number in numbers:
        here.store.commit(customer(number))
    return here


def test_only_expired_customers_are_erased() -> None:
    here = with_customers(1, 2)
    here.clock.advance(days=20)
    here.store.commit(customer(3, here.clock()))
    assert sweep(here) == Swept(0, finished=True)
    here.clock.advance(days=10)
    assert sweep(here) == Swept(2, finished=True)
    assert [life(here, number) for number in (1, 2, 3)] == [Life.ERASED, Life.ERASED, Life.LIVE]


def test_an_erasure_is_audited_and_sent() -> None:
    here = with_customers(1)
    here.clock.advance(days=30)
    sweep(here)
    entry = here.store.trail.of(Kind.CUSTOMER, customer_id(1))[-1]
    assert (entry.action, entry.caller) == (Action.ERASE, SWEEPER)
    assert here.store.outbox.depth() == 2


def test_nobody_is_erased_twice() -> None:
    here = with_customers(1)
    here.clock.advance(days=30)
    sweep(here)
    here.clock.advance(days=300)
    assert sweep(here) == Swept(0, finished=True)


def test_deleted_customers_are_erased_in_time() -> None:
    here = with_customers(1)
    record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    here.store.commit(deleted(record))
    here.clock.advance(days=30)
    assert sweep(here).erased == 1


def test_fields_are_never_erased() -> None:
    here = with_customers()
    here.store.commit(definition("city"))
    here.clock.advance(days=3000)
    assert sweep(here).erased == 0


def test_customers_of_another_home_are_left_to_it_for_a_day() -> None:
    here = site("loc1", days=30)
    apply_event(event_of(customer(1, location="loc2")), here.registry)
    here.clock.advance(days=30)
    assert sweep(here).erased == 0
    here.clock.advance(days=1)
    assert sweep(here).erased == 1


def test_more_are_erased_than_one_page_holds() -> None:
    here = with_customers(*range(PAGE + 3))
    here.clock.advance(days=30)
    assert len(list(due_customers(here.registry))) == PAGE + 3
    assert sweep(here) == Swept(PAGE + 3, finished=True)


def test_pages_full_of_customers_of_another_home_do_not_end_the_sweep() -> None:
    here = site("loc1", days=30)
    for number in range(PAGE + 1):
        apply_event(event_of(customer(number, NOW, "loc2")), here.registry)
    here.store.commit(customer(PAGE + 7, NOW + 5))
    here.clock.advance(days=30)
    assert sweep(here) == Swept(1, finished=True)


def test_a_sweep_that_is_stopped_says_so_and_the_next_goes_on() -> None:
    here = with_customers(1, 2, 3)
    here.clock.advance(days=30)
    left = iter([True, True, False])
    assert sweep_expired(SWEEPER, here.registry, lambda: next(left)) == Swept(2, finished=False)
    assert sweep(here) == Swept(1, finished=True)


def test_a_customer_that_is_changed_at_that_moment_is_kept() -> None:
    here = with_customers(1, 2)
    here.clock.advance(days=30)

    def other(_: Change) -> None:
        here.store.before_commit = lambda _change: None
        record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
        assert record is not None
        here.store.commit(updated(record, here.clock(), name="Anne"))

    here.store.before_commit = other
    assert sweep(here) == Swept(1, finished=True)
    assert [life(here, number) for number in (1, 2)] == [Life.LIVE, Life.ERASED]
