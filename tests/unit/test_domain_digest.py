"""Digests tell whether two locations hold the same, and where they do not."""

import json

import pytest
from msgspec.structs import replace

from chalicelib.domain.digest import (
    Digest,
    bucket_of,
    differing,
    digest_from_document,
    digest_to_document,
    divergent,
    has_caught_up,
    hash_of,
    key_of,
    list_bucket,
    listing_from_document,
    listing_to_document,
    make_digest,
    unheard,
)
from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.record import Head, Record
from tests.fakes import NOW, apply_to, customer, customer_id, definition, deleted, updated

MINUTE = 60_000
YEAR = 365 * 24 * 60 * MINUTE
ANNA = customer(1).record
PETER = customer(2, name="Peter").record
CITY = definition("city").record


def taken(*records: Record, at: int = NOW, previous: Digest | None = None) -> Digest:
    return make_digest(records, "loc1-00000001", at, previous)


def test_the_order_in_which_records_are_read_does_not_matter() -> None:
    assert taken(ANNA, PETER, CITY) == taken(CITY, ANNA, PETER)
    assert taken(ANNA, PETER).whole == taken(PETER, ANNA).whole


def test_the_last_change_of_a_bucket_is_the_last_of_any_of_its_records() -> None:
    bucket = bucket_of(key_of(ANNA))
    numbers = range(2, 10_000)
    beside = next(one for one in numbers if bucket_of(customer_id(one)) == bucket)
    later = customer(beside, now=NOW + 1).record
    for records in ((ANNA, later), (later, ANNA)):
        assert taken(*records).buckets[bucket].latest == NOW + 1


def test_a_value_a_life_a_record_or_a_chain_that_differs_makes_another_digest() -> None:
    other_chain = replace(ANNA, heads={**ANNA.heads, "loc2-00000001": Head(1, "ab")})
    changed = updated(ANNA, name="Anne").record
    seen = [(), (ANNA,), (changed,), (deleted(ANNA).record,), (other_chain,), (ANNA, CITY)]
    assert len({taken(*records).whole for records in seen}) == len(seen)


def test_the_version_of_a_location_does_not_count() -> None:
    assert hash_of(replace(ANNA, version=7)) == hash_of(ANNA)


def test_the_same_events_in_another_order_give_the_same_digest() -> None:
    created = customer(1, location="loc1")
    here = updated(created.record, now=NOW + 5, location="loc1", name="Anne")
    there = updated(created.record, now=NOW + 6, location="loc2", surname="Maier")
    one = apply_to(here.record, there)
    other = apply_to(apply_to(apply_to(None, created), there), here)
    assert taken(one).whole == taken(other).whole


def test_only_the_buckets_of_what_differs_differ() -> None:
    changed = updated(PETER, name="Petra").record
    apart = differing(taken(ANNA, PETER, CITY), taken(ANNA, changed, CITY))
    assert apart == {bucket_of(key_of(PETER))}
    assert differing(taken(ANNA), taken(ANNA, CITY)) == {bucket_of(key_of(CITY))}


def test_a_bucket_that_stood_still_keeps_its_first_moment() -> None:
    first = taken(ANNA, PETER)
    second = taken(ANNA, updated(PETER, name="Petra").record, at=NOW + MINUTE, previous=first)
    assert second.buckets[bucket_of(key_of(ANNA))].since == 0
    assert second.buckets[bucket_of(key_of(PETER))].since == NOW + MINUTE


def test_a_difference_counts_only_when_both_sides_stood_still() -> None:
    here, there = taken(ANNA), taken(updated(ANNA, name="Anne").record)
    assert divergent(here, there, MINUTE) == set()
    later = replace(there, at=NOW + 2 * MINUTE)
    assert divergent(replace(here, at=later.at), later, MINUTE) == {bucket_of(key_of(ANNA))}
    # One of them has not been heard of since.
    assert divergent(here, later, MINUTE) == divergent(later, here, MINUTE) == set()


def test_a_bucket_that_changed_while_a_clock_ran_ahead_does_not_stand_apart_unseen() -> None:
    fast = customer(1, now=NOW + YEAR).record
    found = taken(fast, at=NOW + YEAR, previous=taken(at=NOW + YEAR - MINUTE))
    put_right = taken(fast, at=NOW, previous=found)
    here = taken(fast, at=NOW + MINUTE, previous=put_right)
    there = taken(ANNA, at=NOW + MINUTE)
    apart = {bucket_of(key_of(ANNA))}
    # It stands still since the clock is right.
    assert divergent(put_right, there, MINUTE) == unheard(put_right, there, MINUTE) == set()
    assert divergent(here, there, MINUTE) == unheard(here, there, MINUTE) == apart


def test_a_lost_record_that_was_alone_in_its_bucket_is_divergent() -> None:
    here, there = taken(ANNA, at=NOW), taken(ANNA, PETER, at=NOW)
    later = replace(there, at=NOW + MINUTE)
    assert divergent(replace(here, at=later.at), later, MINUTE) == {bucket_of(key_of(PETER))}


def test_who_is_behind_differs_for_that_reason_alone() -> None:
    here, there = taken(ANNA), taken(ANNA, PETER)
    here, there = replace(here, at=NOW + MINUTE), replace(there, at=NOW + MINUTE)
    assert divergent(here, there, MINUTE)
    assert not divergent(replace(here, behind=True), there, MINUTE)
    assert not divergent(there, replace(here, behind=True), MINUTE)


def test_a_location_without_anything_has_not_caught_up() -> None:
    assert not has_caught_up(taken(), taken(ANNA), MINUTE)
    old = taken(ANNA, at=NOW + 10 * MINUTE)
    assert not has_caught_up(taken(), replace(taken(ANNA), at=old.at), MINUTE)
    assert has_caught_up(taken(), taken(), MINUTE)


def test_who_holds_the_same_has_caught_up() -> None:
    assert has_caught_up(taken(ANNA, CITY), taken(CITY, ANNA), MINUTE)


def test_what_changed_since_does_not_keep_anybody_from_joining() -> None:
    theirs = replace(taken(ANNA, PETER), at=NOW + 10 * MINUTE)
    fresh = updated(PETER, now=NOW + 11 * MINUTE, name="Petra").record
    assert has_caught_up(taken(ANNA, fresh, at=NOW + 12 * MINUTE), theirs, MINUTE)
    stale = updated(PETER, now=NOW + MINUTE, name="Petra").record
    assert not has_caught_up(taken(ANNA, stale, at=NOW + 12 * MINUTE), theirs, MINUTE)


def test_what_the_other_one_changed_just_before_does_not_keep_it_from_joining() -> None:
    on_its_way = updated(PETER, now=NOW + 9 * MINUTE + 1, name="Petra").record
    theirs = taken(ANNA, on_its_way, at=NOW + 10 * MINUTE)
    assert has_caught_up(taken(ANNA, PETER, at=NOW + 11 * MINUTE), theirs, MINUTE)


def test_what_a_clock_that_ran_ahead_wrote_keeps_it_from_joining() -> None:
    fast = customer(2, now=NOW + YEAR).record
    theirs = replace(taken(ANNA, fast), at=NOW + 10 * MINUTE)
    assert not has_caught_up(taken(ANNA, at=NOW + 11 * MINUTE), theirs, MINUTE)
    assert has_caught_up(taken(ANNA, fast, at=NOW + 11 * MINUTE), theirs, MINUTE)


def test_what_the_other_one_had_before_keeps_it_from_joining() -> None:
    before = taken(ANNA, PETER)
    late = apply_to(PETER, updated(PETER, now=NOW + 1, location="loc3", name="Petra"))
    theirs = taken(ANNA, late, at=NOW + 10 * MINUTE, previous=before)
    assert not has_caught_up(taken(ANNA, PETER, at=NOW + 11 * MINUTE), theirs, MINUTE)


def test_only_who_had_heard_of_a_digest_answers_it() -> None:
    theirs = replace(taken(ANNA), heard={"loc2-b": NOW})
    assert theirs.answers("loc2-b", NOW)
    assert not theirs.answers("loc2-b", NOW + 1)
    assert not theirs.answers("loc2-a", NOW)


def test_digests_and_listings_survive_json() -> None:
    digest = replace(
        taken(ANNA, CITY),
        outbox_depth=3,
        dead_letters=2,
        joined=False,
        behind=True,
        heard={"loc2-b": NOW},
    )
    assert digest_from_document(json.loads(json.dumps(digest_to_document(digest)))) == digest
    bucket = bucket_of(key_of(ANNA))
    listing = list_bucket([ANNA, PETER, CITY], bucket, digest.origin, NOW)
    assert listing.hashes == {key_of(ANNA): hash_of(ANNA)}
    assert listing_from_document(json.loads(json.dumps(listing_to_document(listing)))) == listing


def test_a_digest_whose_hash_is_no_number_is_refused() -> None:
    document = digest_to_document(taken(ANNA))
    with pytest.raises(UnreadableEvent):
        digest_from_document({**document, "buckets": {"1": ["no number", 0, 0]}})


@pytest.mark.parametrize("document", [{}, {"origin": "x"}, {"buckets": []}, [], None])
def test_anything_else_is_refused(document: object) -> None:
    with pytest.raises(UnreadableEvent):
        digest_from_document(document)  # type: ignore[arg-type]
    with pytest.raises(UnreadableEvent):
        listing_from_document(document)  # type: ignore[arg-type]
