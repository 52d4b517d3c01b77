"""While the broker is away every location goes on, and makes up for it afterwards."""

import time

from tests.faults import invariants
from tests.faults.rig import Rig, eventually

EACH = 30
LOST_SECONDS = 3


def test_writes_go_on_while_the_broker_is_away_and_drain_by_themselves(rig: Rig) -> None:
    rig.settle()
    rig.broker.stop()
    since = {here.name: here.registry.clock() for here in rig}
    for here in rig:
        created = [here.create(surname=f"Offline {number}") for number in range(EACH)]
        assert here.read(created[-1])
        assert here.status()["outbox_depth"] == EACH
    # A shorter absence is waited out by a send that is under way, and nothing ever fails.
    eventually(
        lambda: all(here.gave_up_at() > since[here.name] for here in rig), "every relay gave up"
    )
    assert [here.status()["outbox_depth"] for here in rig] == [EACH] * len(rig.locations)
    rig.broker.start()
    seconds = eventually(
        lambda: all(here.status()["outbox_depth"] == 0 for here in rig), "the backlog is sent"
    )
    print(f"the backlogs of {EACH} were sent {seconds:.1f} s after the broker was back")
    invariants.check(rig)


def test_a_location_restarted_while_the_broker_is_away_serves_and_catches_up(rig: Rig) -> None:
    second = rig.locations[1]
    rig.settle()
    rig.broker.stop()
    kept = second.create(surname="Patience")
    second.kill()
    second.start()
    second.patch(kept, name="More")
    rig.broker.start()
    eventually(lambda: all(here.read(kept).get("name") == "More" for here in rig), "it caught up")
    invariants.check(rig)


def test_everybody_finds_back_to_a_broker_that_was_killed(rig: Rig) -> None:
    for here in rig:
        here.create(surname="Before")
    rig.settle()
    if not rig.lines:
        # The embedded broker loses what it took in its last second.
        time.sleep(LOST_SECONDS)
    rig.broker.kill()
    for here in rig:
        here.create(surname="Meanwhile")
    rig.broker.start()
    for here in rig:
        here.create(surname="After")
    invariants.check(rig)


def test_a_broker_whose_disk_is_full_loses_nothing_that_it_acknowledged(rig: Rig) -> None:
    first, second, _ = rig
    known = first.create(surname="Before")
    rig.settle()
    rig.fill_disk()
    created = [here.create(surname="Meanwhile") for here in rig for _ in range(EACH)]
    since = first.registry.clock()
    eventually(lambda: first.gave_up_at() > since, "the broker takes nothing")
    assert first.status()["outbox_depth"] == EACH
    # Somebody makes room and starts it again.
    rig.broker.stop()
    rig.broker.start()
    eventually(lambda: bool(second.read(created[0])), "it goes on")
    first.patch(known, name="After")
    invariants.check(rig)
