"""The function that applies a batch of the topic's records."""

import base64
from collections.abc import Iterator

import pytest

import app
from chalicelib import bootstrap
from chalicelib.bootstrap import Parts
from chalicelib.domain.change import Change
from chalicelib.domain.errors import TooLarge
from chalicelib.domain.notes import DeadLetter
from chalicelib.domain.record import Kind
from chalicelib.messaging.codec import encode
from chalicelib.search.indexes import SavedIndexes
from chalicelib.services.warm_index import WarmIndex
from chalicelib.settings import Settings
from tests.fakes import NOW, FakeBoard, Site, customer, customer_id, event_of, site


@pytest.fixture
def here() -> Iterator[Site]:
    here = site("loc1")
    warm = WarmIndex(SavedIndexes())
    bootstrap.use(Parts(Settings(), here.registry, warm, here.producer, FakeBoard()))
    yield here
    bootstrap.use(None)


def batch(*values: bytes, sent: int = NOW) -> dict[str, object]:
    """As Lambda passes it."""
    return as_they_are(*(base64.b64encode(value).decode() for value in values), sent=sent)


def as_they_are(*values: str | None, sent: int = NOW) -> dict[str, object]:
    records = [
        {"topic": "t", "partition": 0, "offset": offset, "timestamp": sent, "value": value}
        for offset, value in enumerate(values)
    ]
    return {"records": {"t-0": records}}


def test_what_cannot_be_applied_is_kept_and_keeps_no_other_out(here: Site) -> None:
    def refuse(change: Change) -> None:
        if change.record.id == customer_id(2):
            raise TooLarge("larger than a table takes")

    here.store.before_commit = refuse
    one, large, three = (encode(event_of(customer(n, location="loc2"))) for n in (1, 2, 3))
    assert app.consumer(batch(one, b"poison", large, three), None) == {"applied": 2}
    assert here.store.records.live_ids("", 10) == [customer_id(1), customer_id(3)]
    poison, too_large = here.store.system.dead_letters("", 10).items
    assert poison == DeadLetter("t", 0, 1, None, b"poison", poison.reason, here.clock(), 6, NOW)
    assert (too_large.offset, too_large.value) == (2, large)


def test_a_topic_that_is_made_anew_takes_no_letters_place(here: Site) -> None:
    for poison, sent in ((b"first", NOW), (b"first", NOW), (b"second", NOW + 1)):
        app.consumer(batch(poison, sent=sent), None)
    kept = here.store.system.dead_letters("", 10).items
    assert [letter.value for letter in kept] == [b"first", b"second"]


def test_whatever_stands_where_a_value_does_is_kept_and_the_batch_goes_on(here: Site) -> None:
    sound = base64.b64encode(encode(event_of(customer(location="loc2")))).decode()
    # Nothing, and what is no Base64.
    assert app.consumer(as_they_are(None, "a", "ü", sound), None) == {"applied": 1}
    kept = [(one.value, one.size) for one in here.store.system.dead_letters("", 10).items]
    assert kept == [(None, 0), (b"a", 1), ("ü".encode(), 2)]


def test_what_was_known_already_is_no_letter(here: Site) -> None:
    known = batch(encode(event_of(customer(location="loc2"))))
    assert [app.consumer(known, None) for _ in range(2)] == [{"applied": 1}, {"applied": 0}]
    assert here.store.records.get(Kind.CUSTOMER, customer_id(1)) is not None
    assert here.store.system.dead_letter_count() == 0
