"""Claims, leases, facts, dead letters, and the name of a set of tables."""

import json

import pytest
from msgspec.structs import replace

from chalicelib.domain.change import Claim
from chalicelib.domain.conflict import Conflict
from chalicelib.domain.errors import VersionConflict
from chalicelib.domain.notes import DeadLetter, Fact, Note
from chalicelib.domain.record import Kind
from chalicelib.services.digest import take_digest
from chalicelib.services.ports import Store
from chalicelib.services.remembered import Duplicates
from chalicelib.storage.system import MAX_LETTER_BYTES
from chalicelib.storage.tables import SystemItem
from tests.contract.conftest import Backend, DynamoBackend
from tests.fakes import NOW, customer, customer_id, site, stamp, with_claim

CLAIM = Claim("caller/key", "digest", customer_id(1), expires=NOW // 1000 + 60)


def letter(offset: int, value: bytes | None = b"\x00\xff") -> DeadLetter:
    size = len(value or b"")
    return DeadLetter("sins.customers", 3, offset, b"key\xfe", value, "no JSON", NOW, size, NOW - 1)


def letters(store: Store) -> list[DeadLetter]:
    return store.system.dead_letters("", 100).items


def test_a_claim_is_known_until_it_expires(store: Store) -> None:
    store.commit(with_claim(customer(), CLAIM))
    assert store.claims.get(CLAIM.key, NOW + 59_999) == CLAIM
    assert store.claims.get(CLAIM.key, NOW + 60_000) is None
    assert store.claims.get("caller/another", NOW) is None


def test_a_fact_takes_the_place_of_the_one_that_was_read_and_of_no_other(store: Store) -> None:
    first: Fact = {"days": 1, "reason": 'Zürich is "away"', "at": NOW}
    second: Fact = {"days": 2, "reason": "", "at": NOW + 1}
    assert store.system.note_instead(Note.RETENTION, "this", {}, first)
    assert not store.system.note_instead(Note.RETENTION, "this", {}, second)
    assert store.system.noted(Note.RETENTION) == {"this": first}
    assert store.system.note_instead(Note.RETENTION, "this", first, second)
    assert not store.system.note_instead(Note.RETENTION, "this", first, first)
    assert store.system.noted(Note.RETENTION) == {"this": second}


def test_one_holder_has_the_lease(store: Store) -> None:
    assert store.system.acquire_lease("relay", "one", NOW, NOW + 100)
    assert not store.system.acquire_lease("relay", "two", NOW + 50, NOW + 150)
    assert store.system.acquire_lease("another", "two", NOW, NOW + 100)


def test_a_holder_may_extend_its_lease(store: Store) -> None:
    assert store.system.acquire_lease("relay", "one", NOW, NOW + 100)
    assert store.system.acquire_lease("relay", "one", NOW + 50, NOW + 150)
    assert not store.system.acquire_lease("relay", "two", NOW + 120, NOW + 220)


def test_a_lease_that_ran_out_goes_to_the_next(store: Store) -> None:
    assert store.system.acquire_lease("relay", "one", NOW, NOW + 100)
    assert not store.system.acquire_lease("relay", "two", NOW + 100, NOW + 200)
    assert store.system.acquire_lease("relay", "two", NOW + 101, NOW + 201)
    assert not store.system.acquire_lease("relay", "one", NOW + 102, NOW + 202)


def test_a_lease_of_a_clock_that_ran_ahead_goes_to_the_next(store: Store) -> None:
    year, hour = 365 * 24 * 3_600_000, 3_600_000
    assert store.system.acquire_lease("relay", "one", NOW + year, NOW + year + 100)
    assert store.system.acquire_lease("relay", "two", NOW, NOW + hour)
    assert not store.system.acquire_lease("relay", "three", NOW, NOW + 100)
    assert not store.system.holds_lease("relay", "one")


def test_a_lease_that_was_released_is_free_at_once(store: Store) -> None:
    assert store.system.acquire_lease("relay", "one", NOW, NOW + 100)
    store.system.release_lease("relay", "one")
    assert store.system.acquire_lease("relay", "two", NOW + 1, NOW + 101)


def test_the_lease_of_a_holder_that_is_dead_can_be_ended(store: Store) -> None:
    assert store.system.acquire_lease("relay", "one", NOW, NOW + 100)
    store.system.end_lease("relay")
    assert not store.system.holds_lease("relay", "one")
    assert store.system.acquire_lease("relay", "two", NOW + 1, NOW + 101)
    store.system.end_lease("nobody's")


def test_a_lease_is_held_until_it_is_released_or_another_took_it(store: Store) -> None:
    assert not store.system.holds_lease("relay", "one")
    assert store.system.acquire_lease("relay", "one", NOW, NOW + 100)
    assert store.system.holds_lease("relay", "one")
    assert not store.system.holds_lease("relay", "two")
    assert store.system.acquire_lease("relay", "two", NOW + 101, NOW + 201)
    assert not store.system.holds_lease("relay", "one")
    store.system.release_lease("relay", "two")
    assert not store.system.holds_lease("relay", "two")


def test_nobody_releases_the_lease_of_another(store: Store) -> None:
    assert store.system.acquire_lease("relay", "one", NOW, NOW + 100)
    store.system.release_lease("relay", "two")
    store.system.release_lease("another", "two")
    assert not store.system.acquire_lease("relay", "two", NOW + 1, NOW + 101)


def test_a_fact_replaces_the_one_of_its_name_and_part(store: Store) -> None:
    first: Fact = {"at": 1, "lag": 0.5, "id": "ü", "none": None}
    store.system.note(Note.APPLIED, {"loc2": first, "loc3": {"at": 2}})
    store.system.note(Note.APPLIED, {"loc2": {"at": 3}})
    store.system.note(Note.RELAY, {"loc2": {"at": 4}})
    assert store.system.noted(Note.APPLIED) == {"loc2": {"at": 3}, "loc3": {"at": 2}}
    assert store.system.noted(Note.REPAIR) == {}


def test_a_dead_letter_keeps_its_bytes(store: Store) -> None:
    store.system.add_dead_letter(letter(7))
    assert letters(store) == [letter(7)]


def test_a_dead_letter_is_kept_once_however_often_it_comes(store: Store) -> None:
    for offset in (10, 9, 10):
        store.system.add_dead_letter(letter(offset))
    assert [kept.offset for kept in letters(store)] == [9, 10]
    assert store.system.dead_letter_count() == 2


def test_a_dead_letter_may_be_empty(store: Store) -> None:
    empty = DeadLetter("sins.customers", 0, 1, None, None, "the record is empty", NOW, 0)
    store.system.add_dead_letter(empty)
    assert letters(store) == [empty]


def test_a_dead_letter_of_a_release_that_kept_no_time_is_found_by_its_place(
    dynamodb: DynamoBackend,
) -> None:
    store, old = dynamodb.open(), replace(letter(7), sent=0)
    place = {"topic": old.topic, "partition": old.partition, "offset": old.offset}
    fact = json.dumps(place | {"reason": old.reason, "at": old.at, "size": old.size})
    part = "sins.customers-3-000000000000007"
    item = SystemItem(name="dead-letter", part=part, fact=fact, key_data=old.key, data=old.value)
    dynamodb.tables.put(item)
    assert letters(store) == [old]
    assert store.system.dead_letter(old.id) == old


def test_a_dead_letter_longer_than_an_item_keeps_its_beginning(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    store.system.add_dead_letter(letter(1, b"x" * 1_000_000))
    [kept] = letters(store)
    assert kept.value == b"x" * MAX_LETTER_BYTES
    assert kept.size == 1_000_000


@pytest.mark.parametrize(
    ("key", "reason", "value"),
    [
        (450_000, 10, 1),
        (60_000, 10, 400_000),
        (1, 200_000, 1),
        (450_000, 200_000, 450_000),
    ],
)
def test_a_dead_letter_of_which_anything_is_too_long_is_kept(
    key: int, reason: int, value: int, dynamodb: DynamoBackend
) -> None:
    store = dynamodb.open()
    long = replace(letter(1, b"x" * value), key=b"k" * key, reason="\U0001f600" * reason)
    store.system.add_dead_letter(long)
    [kept] = letters(store)
    assert kept.size == value
    for whole, beginning in (
        (long.key, kept.key),
        (long.value, kept.value),
        (long.reason, kept.reason),
    ):
        assert beginning
        assert whole
        assert whole[: len(beginning)] == beginning


def test_dead_letters_are_read_page_by_page(store: Store) -> None:
    for offset in range(5):
        store.system.add_dead_letter(letter(offset))
    first = store.system.dead_letters("", 3)
    rest = store.system.dead_letters(first.next, 3)
    assert [one.offset for one in [*first.items, *rest.items]] == [0, 1, 2, 3, 4]
    assert rest.next == ""


def test_a_dead_letter_is_found_and_removed_by_its_id(store: Store) -> None:
    for offset in (1, 2):
        store.system.add_dead_letter(letter(offset))
    assert store.system.dead_letter(letter(2).id) == letter(2)
    store.system.remove_dead_letter(letter(2).id)
    store.system.remove_dead_letter(letter(2).id)
    assert store.system.dead_letter(letter(2).id) is None
    assert letters(store) == [letter(1)]


def test_what_is_noted_of_numbers_claimed_twice_fits_whatever_they_are(
    dynamodb: DynamoBackend,
) -> None:
    here = site()
    # Longer than people may write them, so that few make much.
    for number in range(200):
        claimed = f"{number // 2:04d}{'א' * 1000}"
        here.store.commit(customer(number, document_number=claimed))
    take_digest(here.registry)
    store = dynamodb.open()
    store.system.note(Note.DUPLICATES, here.store.system.noted(Note.DUPLICATES))
    kept = Duplicates(store, here.clock).claims()
    assert list(kept) == [f"{number:04d}{'א' * 1000}" for number in range(len(kept))]
    assert 50 < len(kept) < 100


def test_conflicts_are_committed_with_what_brought_them_to_light(store: Store) -> None:
    found = [conflict(at) for at in (NOW, NOW + 2, NOW + 1)]
    store.commit(replace(customer(), conflicts=tuple(found[:2])))
    with pytest.raises(VersionConflict):
        store.commit(replace(customer(), conflicts=(found[2],)))
    assert store.system.conflicts("", 10).items == [found[1], found[0]]


def test_conflicts_are_read_page_by_page_newest_first(store: Store) -> None:
    found = [conflict(NOW + n, record=9 - n) for n in range(5)]
    store.commit(replace(customer(), conflicts=tuple(found)))
    first = store.system.conflicts("", 3)
    rest = store.system.conflicts(first.next, 3)
    assert [*first.items, *rest.items] == found[::-1]
    assert rest.next == ""


def test_of_conflicts_of_one_moment_each_is_kept(store: Store) -> None:
    # Two changes elsewhere may have one stamp where they are of different records.
    found = [conflict(NOW), conflict(NOW, counter=8), conflict(NOW, record=2)]
    store.commit(replace(customer(), conflicts=tuple(found)))
    assert store.system.conflicts("", 10).items == [found[2], found[1], found[0]]


def conflict(at: int, record: int = 1, counter: int = 7) -> Conflict:
    lost = stamp(NOW, counter, "loc2-00000001")
    return Conflict(Kind.CUSTOMER, customer_id(record), lost, ("name",), at)


def test_the_origin_is_the_same_for_every_process(backend: Backend) -> None:
    first, second = backend.open(), backend.open()
    assert first.origin == second.origin
    assert first.origin.startswith("loc1-")


def test_tables_that_were_lost_make_another_origin(backend: Backend) -> None:
    before = backend.open().origin
    backend.wipe()
    assert backend.open().origin != before
