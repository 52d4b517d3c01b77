"""Erasing goes on where a killed tick left off, and what is erased stays erased."""

import signal
import subprocess
import sys

from chalicelib.domain.audit import Action
from chalicelib.domain.record import Kind
from chalicelib.services.retention import TOGETHER, due_customers
from tests.faults import invariants
from tests.faults.rig import Location, Rig

DUE = 200
TRANSACTIONS = 3
TICK = """
import app
from local.event_sources import scheduled_event
app.sweep_expired(scheduled_event("retention"), None)
"""
# Nobody outside is quick enough to kill it midway.
KILLED = f"""
import os, signal
from itertools import count
from chalicelib.storage.store import DynamoStore
numbers, commit = count(1), DynamoStore.commit
def commit_and_die(*arguments):
    commit(*arguments)
    if next(numbers) == {TRANSACTIONS}:
        os.kill(os.getpid(), signal.SIGKILL)
DynamoStore.commit = commit_and_die
{TICK}"""


def test_a_tick_killed_midway_is_finished_by_the_next_one(rig: Rig) -> None:
    home = rig.locations[2]
    due = set(home.create_expired(DUE))
    have_all_compared(rig)
    assert dry_run(home) == due

    assert start_tick(home, KILLED).wait(60) == -signal.SIGKILL
    left = dry_run(home)
    assert len(left) == DUE - TRANSACTIONS * TOGETHER
    assert erased_by_ticks(home, due) == due - left

    assert start_tick(home).wait(60) == 0
    assert dry_run(home) == set()
    assert erased_by_ticks(home, due) == due
    invariants.check(rig)
    for here in rig:
        assert erased_by_ticks(here, due) == due
        assert all(keeps_nothing(here, customer_id) for customer_id in due)


def test_the_values_of_an_erased_customer_are_withheld_everywhere(rig: Rig) -> None:
    (customer_id,) = rig.locations[0].create_expired(1)
    have_all_compared(rig)
    assert start_tick(rig.locations[0]).wait(60) == 0
    invariants.check(rig)
    for here in rig:
        erased, created = here.history(customer_id)
        assert (erased["action"], erased["actor"]) == ("erase", "sins/retention")
        assert created["withheld"]
        assert created["after"] == {}


def have_all_compared(rig: Rig) -> None:
    """Who applied old changes a moment ago erases only where the others have told the same."""
    rig.settle()
    for here in rig:
        here.exchange_digests()


def start_tick(home: Location, program: str = TICK) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=home.environment(),
        stdout=subprocess.DEVNULL,
    )


def dry_run(here: Location) -> set[str]:
    """What the next tick erases."""
    listed = [record.id for record in due_customers(here.registry)]
    assert len(listed) == len(set(listed))
    return set(listed)


def erased_by_ticks(here: Location, wanted: set[str]) -> set[str]:
    """The customers that the location's trail says a tick erased, once each."""
    erased = [
        entry.record_id
        for entry in here.registry.store.trail.all()
        if entry.action is Action.ERASE and entry.record_id in wanted
    ]
    assert len(erased) == len(set(erased))
    return set(erased)


def keeps_nothing(here: Location, customer_id: str) -> bool:
    record = here.registry.store.records.get(Kind.CUSTOMER, customer_id)
    return record is not None and record.is_erased and not record.values
