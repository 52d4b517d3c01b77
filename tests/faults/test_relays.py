"""Two relays of one location at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.audit import Caller
from chalicelib.messaging.producer import KafkaEventProducer, KafkaSender
from chalicelib.services.customers import create_customer
from chalicelib.services.registry import Registry
from chalicelib.services.replication import LEASE, LEASE_MILLISECONDS, publish_pending
from tests.faults import invariants
from tests.faults.rig import Location, Rig, depth, eventually, new_request_id

EVENTS = 150
HALF_AN_HOUR = 30 * 60 * 1000


@dataclass(frozen=True)
class Careless:
    """A relay's view of the store, without the lease that keeps two relays apart."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @property
    def system(self) -> Any:
        return CarelessSystem(self.inner.system)


@dataclass(frozen=True)
class CarelessSystem:
    inner: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def acquire_lease(self, *_arguments: object) -> bool:
        return True

    def holds_lease(self, *_arguments: object) -> bool:
        return True


def test_two_relays_at_once_send_everything_and_nothing_twice(rig: Rig) -> None:
    sent = sent_by_two_relays(rig, lambda registry: registry)
    assert set(sent.values()) == {1}
    invariants.check(rig)


def test_two_relays_that_both_believe_to_be_alone_lose_nothing(rig: Rig) -> None:
    sent_by_two_relays(rig, lambda registry: replace(registry, store=Careless(registry.store)))
    invariants.check(rig)


def test_a_relay_beside_a_busy_location_loses_nothing(rig: Rig) -> None:
    home = rig.locations[0]
    careless = replace(home.registry, store=Careless(home.registry.store))
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(lambda: [home.create(surname="Busy") for _ in range(EVENTS // 2)])
        pool.submit(drain, careless, home, "beside", writing.done).result()
    invariants.check(rig)


def test_a_relay_that_stood_still_past_its_lease_finds_the_work_done_and_loses_nothing(
    rig: Rig,
) -> None:
    home = rig.locations[0]
    line = rig.line(home)
    rig.settle()
    line.hole()
    created = [home.create(surname="Overtaken") for _ in range(EVENTS // 10)]
    eventually(lambda: is_leased(home.registry), "its relay waits for an answer")
    with home.suspended():
        line.heal()
        # Another instance comes when the lease is over.
        now = home.registry.clock
        later = replace(home.registry, clock=lambda: now() + 2 * LEASE_MILLISECONDS)
        assert drain(later, home, "other") == len(created)
    home.patch(created[0], name="Afterwards")
    invariants.check(rig)


def test_a_location_that_starts_again_waits_for_no_relay_that_died_with_it(rig: Rig) -> None:
    home = rig.locations[0]
    home.stop()
    now = home.registry.clock()
    assert home.registry.store.system.acquire_lease(LEASE, "dead", now, now + HALF_AN_HOUR)
    home.start()
    home.create(surname="Unhindered")
    invariants.check(rig)


def is_leased(registry: Registry) -> bool:
    now = registry.clock()
    return not registry.store.system.acquire_lease(LEASE, "test", now, now)


def sent_by_two_relays(rig: Rig, seen_by: Callable[[Registry], Registry]) -> Counter[str]:
    """How often each event of a backlog is on the topic after two relays sent it."""
    home = rig.locations[1]
    rig.settle()
    home.stop()
    ids = backlog(home)
    with ThreadPoolExecutor(2) as pool:
        relays = [
            pool.submit(drain, seen_by(home.registry), home, holder) for holder in ("one", "two")
        ]
        assert sum(relay.result() for relay in relays) >= EVENTS
    sent = Counter(
        key
        for record in rig.records()
        if (key := (record.key or b"").decode(errors="replace").partition("|")[0]) in ids
    )
    home.start()
    assert sent.keys() == ids
    return sent


def backlog(home: Location) -> set[str]:
    values = {"surname": "Twice"}
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(
            lambda _: create_customer(values, caller(), home.registry).id, range(EVENTS)
        )
        return {str(one) for one in made}


def drain(
    registry: Registry,
    home: Location,
    holder: str,
    finished: Callable[[], bool] = lambda: True,
) -> int:
    """Runs the relay until nothing is left; how much it sent."""
    sender, sent = KafkaSender(home.settings), 0
    producer = KafkaEventProducer(home.settings, sender)

    def step() -> bool:
        nonlocal sent
        sent += publish_pending(registry, producer, holder).sent
        return finished() and depth(home) == 0

    eventually(step, "the outbox is empty")
    sender.close()
    return sent


def caller() -> Caller:
    return Caller("test", "service_agent", new_request_id())
