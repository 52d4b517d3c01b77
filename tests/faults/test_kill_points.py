"""A location that dies at one step of a write, of the relay or of an applier, each step once.

The process kills itself where the step says (`failing.py`), and is started again.
"""

from typing import Any

import pytest
import requests

from tests.faults import invariants
from tests.faults.failing import Step
from tests.faults.rig import ITEMS, Location, Rig, events_of, new_request_id

RELAYING = (Step.BEFORE_RELAY, Step.BEFORE_ACKNOWLEDGEMENT, Step.BEFORE_CLEARING)
APPLYING = (Step.BEFORE_APPLYING, Step.BEFORE_OFFSET)
VALUES = {"surname": "Struck"}


def test_a_write_that_died_before_its_transaction_left_nothing(rig: Rig) -> None:
    home = rig.locations[0]
    before = len(known(home))
    headers = dies_unanswered(home, Step.BEFORE_COMMIT)
    assert len(known(home)) == before
    home.write("POST", ITEMS, VALUES, **headers)
    assert len(known(home)) == before + 1
    invariants.check(rig)


def test_a_write_that_died_after_its_transaction_is_answered_when_it_is_asked_again(
    rig: Rig,
) -> None:
    home = rig.locations[0]
    before = known(home)
    headers = dies_unanswered(home, Step.BEFORE_ANSWER)
    (made,) = known(home) - before
    assert home.write("POST", ITEMS, VALUES, **headers).json()["id"] == made
    assert known(home) - before == {made}
    invariants.check(rig)


@pytest.mark.parametrize("step", RELAYING)
def test_a_relay_that_died_on_its_way_sends_what_it_had_not_cleared(rig: Rig, step: Step) -> None:
    home = rig.locations[0]
    rig.settle()
    home.dies_at(step)
    customer_id = home.create(**VALUES)
    home.await_death()
    assert home.registry.store.outbox.depth() == 1
    home.start()
    invariants.check(rig)
    # Sent twice where it died too late to know of the first time.
    assert len(events_of(rig.records(), customer_id)) == (1 if step is Step.BEFORE_RELAY else 2)


@pytest.mark.parametrize("step", APPLYING)
def test_an_applier_that_died_midway_applies_what_it_had_not_noted_as_read(
    rig: Rig, step: Step
) -> None:
    home, away = rig.locations[0], rig.locations[1]
    rig.settle()
    away.dies_at(step)
    customer_id = home.create(**VALUES)
    away.await_death()
    assert rig.unread(away) == 1
    assert (customer_id in known(away)) == (step is Step.BEFORE_OFFSET)
    away.start()
    invariants.check(rig)
    assert len(away.history(customer_id)) == 1


def dies_unanswered(home: Location, step: Step) -> dict[str, Any]:
    """Lets a create die at the step; the headers of that create."""
    headers: dict[str, Any] = {
        "X_Request_Id": new_request_id(),
        "Idempotency_Key": f"struck-{step}",
    }
    home.dies_at(step)
    with pytest.raises(requests.ConnectionError):
        home.ask("POST", ITEMS, VALUES, **headers)
    home.await_death()
    home.start()
    return headers


def known(here: Location) -> set[str]:
    return {record_id for _, record_id in invariants.tables_of(here).records}
