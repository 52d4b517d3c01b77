"""Load, decide, commit; and one answer for each idempotency key."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.change import Change, Claim
from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import (
    AlreadyExists,
    IdempotencyMismatch,
    NotFound,
    Unavailable,
    VersionConflict,
)
from chalicelib.domain.record import Kind
from chalicelib.services import writing
from chalicelib.services.customers import create_customer, delete_customer, patch_customer
from chalicelib.services.fields import create_field, patch_field
from chalicelib.services.writing import CLAIM_SECONDS, IdempotencyKey, until_committed
from tests.fakes import (
    AGENT,
    DEFINITION,
    PROVIDER,
    Site,
    customer,
    customer_id,
    site,
    unavailable,
    with_claim,
)

MEYER = {"surname": "Meyer", "name": "Anna"}
KEY = IdempotencyKey("agent-7/key", "digest")


@pytest.fixture
def here() -> Site:
    return site()


def create(here: Site, key: IdempotencyKey = KEY) -> Customer:
    return create_customer(MEYER, AGENT, here.registry, key)


def count(here: Site) -> int:
    return len(list(here.store.records.all(Kind.CUSTOMER)))


def test_the_same_key_gives_the_same_customer(here: Site) -> None:
    first = create(here)
    here.clock.advance(seconds=CLAIM_SECONDS - 1)
    assert create(here) == first
    assert count(here) == 1


def test_who_has_changed_since_is_answered_as_read(here: Site) -> None:
    first = create(here)
    patch_customer(first.id, {"name": "Anne"}, AGENT, here.registry)
    assert create(here) == replace(first, name="Anne", version=2)
    [line] = here.store.tables.accesses
    assert (line.caller, line.action, line.resource) == (AGENT, "read", first.id)


def test_who_is_gone_since_is_not_answered(here: Site) -> None:
    delete_customer(create(here).id, AGENT, here.registry)
    with pytest.raises(NotFound):
        create(here)
    assert count(here) == 1


def test_a_value_of_a_field_that_is_hidden_since_is_not_answered(here: Site) -> None:
    create_field("city", DEFINITION, PROVIDER, here.registry)
    values = {**MEYER, "extra_fields": {"city": "Bonn"}}
    first = create_customer(values, AGENT, here.registry, KEY)
    assert first.extra_fields == {"city": "Bonn"}
    patch_field("city", {"active": False}, PROVIDER, here.registry)
    assert create_customer(values, AGENT, here.registry, KEY) == replace(first, extra_fields={})


def test_a_field_that_is_there_is_refused_under_a_new_key_too(here: Site) -> None:
    create_field("city", DEFINITION, PROVIDER, here.registry)
    with pytest.raises(AlreadyExists):
        create_field("city", DEFINITION, PROVIDER, here.registry, KEY)


def test_the_same_key_with_another_body_is_refused(here: Site) -> None:
    create(here)
    with pytest.raises(IdempotencyMismatch):
        create(here, IdempotencyKey(KEY.key, "another digest"))
    assert count(here) == 1


def test_another_key_is_another_customer(here: Site) -> None:
    assert create(here).id != create(here, IdempotencyKey("agent-8/key", "digest")).id


def test_a_key_may_be_used_again_after_a_day(here: Site) -> None:
    create(here)
    here.clock.advance(seconds=CLAIM_SECONDS)
    create(here)
    assert count(here) == 2


def test_who_comes_second_at_the_same_moment_gets_the_first_answer(here: Site) -> None:
    answers: list[Customer] = []

    def other(_: Change) -> None:
        here.store.before_commit = lambda _change: None
        answers.append(create(here))

    here.store.before_commit = other
    assert create(here) == answers[0]
    assert count(here) == 1


def test_who_comes_second_at_the_same_moment_with_another_body_is_refused(here: Site) -> None:
    def other(_: Change) -> None:
        here.store.before_commit = lambda _change: None
        create(here, IdempotencyKey(KEY.key, "another digest"))

    here.store.before_commit = other
    with pytest.raises(IdempotencyMismatch):
        create(here)
    assert count(here) == 1


def test_a_claim_that_ran_out_meanwhile_asks_to_come_again(here: Site) -> None:
    def other(_: Change) -> None:
        here.store.before_commit = lambda _change: None
        here.store.commit(with_claim(customer(9), Claim(KEY.key, "digest", customer_id(9), 2**40)))
        here.clock.now = 2**41 * 1000

    here.store.before_commit = other
    with pytest.raises(Unavailable):
        create(here)


def test_a_request_that_failed_leaves_its_key_free(here: Site) -> None:
    here.store.before_commit = unavailable
    with pytest.raises(Unavailable):
        create(here)
    here.store.before_commit = lambda _change: None
    assert create(here).name == "Anna"


def test_a_step_is_taken_until_nobody_came_between() -> None:
    outcomes: list[str | None] = [None, None, "done"]

    def step() -> str:
        outcome = outcomes.pop(0)
        if outcome is None:
            raise VersionConflict("somebody was first")
        return outcome

    assert until_committed(step) == "done"


def test_a_step_that_others_always_overtake_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ATTEMPTS", 3)
    taken: list[int] = []

    def step() -> None:
        taken.append(1)
        raise VersionConflict("somebody was first")

    with pytest.raises(Unavailable):
        until_committed(step)
    assert len(taken) == 3
