"""A location that dies without a word loses nothing that it acknowledged."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from chalicelib.domain.record import Kind
from tests.faults import invariants
from tests.faults.failing import Step
from tests.faults.proxy import Proxy
from tests.faults.rig import ITEMS, Location, Rig, eventually, new_request_id

WRITES = 500
KILLED_AFTER = 200
WRITERS = 8
APPLIED = 90


def test_a_process_killed_in_the_middle_of_500_writes_loses_none_that_was_acknowledged(
    rig: Rig,
) -> None:
    home = rig.locations[0]
    with ThreadPoolExecutor(WRITERS) as pool:
        before = len(rig.ledger)
        writes = [pool.submit(create_until_acknowledged, home, number) for number in range(WRITES)]
        eventually(lambda: len(rig.ledger) - before >= KILLED_AFTER, "the writes are under way")
        home.kill()
        missing = WRITES - (len(rig.ledger) - before)
        home.start()
        created = {write.result() for write in writes}
    assert missing > 0
    assert len(created) == WRITES
    invariants.check(rig)
    for here in rig:
        assert created <= {record.id for record in here.registry.store.records.all(Kind.CUSTOMER)}


def test_a_process_killed_while_it_applies_what_others_wrote_misses_nothing(rig: Rig) -> None:
    first, second, _ = rig
    rig.settle()
    # Stopped, so that all of it is still to be applied when the process starts.
    second.stop()
    created = [first.create(surname="Applied") for _ in range(APPLIED)]
    eventually(lambda: rig.unread(second) == APPLIED, "all of it is on the topic")
    second.dies_at(Step.BEFORE_OFFSET)
    second.launch()
    second.await_death()
    assert rig.unread(second) > 0
    second.start()
    invariants.check(rig)
    assert all(second.read(customer_id) for customer_id in created)


def test_an_answer_that_got_lost_is_given_again_and_nothing_is_made_twice(rig: Rig) -> None:
    home = rig.locations[1]
    headers = {"X_Request_Id": new_request_id(), "Idempotency_Key": "lost-answer"}
    before = {record.id for record in home.registry.store.records.all(Kind.CUSTOMER)}
    with swallowing(home) as port, pytest.raises(requests.Timeout):
        home.ask("POST", ITEMS, {"surname": "Unanswered"}, port=port, timeout=3, **headers)
    made = home.write("POST", ITEMS, {"surname": "Unanswered"}, **headers).json()["id"]
    after = {record.id for record in home.registry.store.records.all(Kind.CUSTOMER)}
    assert after - before == {made}
    invariants.check(rig)


def test_one_idempotency_key_makes_one_customer_though_the_process_died_between(rig: Rig) -> None:
    home = rig.locations[1]
    values = {"surname": "Once"}
    key: dict[str, Any] = {"Idempotency_Key": "once-only"}
    first = home.write("POST", ITEMS, values, **key)
    home.kill()
    home.start()
    # Reading what it made is no write.
    second = home.ask("POST", ITEMS, values, **key)
    assert (second.status_code, second.json()) == (201, first.json())
    invariants.check(rig)


@contextmanager
def swallowing(home: Location) -> Iterator[int]:
    """A port of the location whose requests arrive and whose answers don't."""
    line = Proxy()
    line.lead_to(home.port)
    line.swallow_answers()
    yield line.port
    line.close()


def create_until_acknowledged(home: Location, number: int) -> str:
    """What a careful client does: the same request again, until it is answered."""
    headers = {"X_Request_Id": new_request_id(), "Idempotency_Key": f"killed-{number}"}
    answers: list[requests.Response] = []
    eventually(lambda: answered(home, number, headers, answers), f"create {number} is answered")
    customer_id: str = answers[0].json()["id"]
    return customer_id


def answered(
    home: Location, number: int, headers: dict[str, str], answers: list[requests.Response]
) -> bool:
    try:
        answers.append(home.write("POST", ITEMS, {"surname": f"Killed {number}"}, **headers))
    except requests.ConnectionError:
        return False
    return True
