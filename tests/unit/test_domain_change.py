"""Changes: what is written is decided before anything is touched."""

from msgspec.structs import replace

from chalicelib.domain.audit import FIRST_HASH, Action, Difference, first_fault, hash_of
from chalicelib.domain.change import Change, apply, repair, update
from chalicelib.domain.record import Head, Life, Value
from tests.fakes import (
    AGENT,
    NOW,
    author,
    customer,
    deleted,
    erased,
    event_of,
    restored,
    shared,
    updated,
)

HERE = "loc1-00000001"
THERE = "loc2-00000001"


def values_of(change: Change) -> dict[str, Value]:
    return {name: register.value for name, register in change.record.values.items()}


def test_a_new_record_starts_at_version_one_with_the_first_entry() -> None:
    change = customer()
    assert (change.version, change.record.version) == (0, 1)
    assert change.record.heads == {HERE: Head(1, change.entry.hash)}
    assert (change.entry.seq, change.entry.previous_hash) == (1, FIRST_HASH)
    assert change.pending


def test_an_entry_says_who_did_what_and_when() -> None:
    entry = customer().entry
    assert (entry.caller, entry.action, entry.location) == (AGENT, Action.CREATE, "loc1")
    assert (entry.stamp.wall, entry.stamp.origin) == (NOW, HERE)
    assert entry.hash == hash_of(entry)


def test_an_entry_tells_each_value_before_and_after() -> None:
    first = customer(surname="Meyer")
    second = updated(first.record, surname="Mayer", dob="1980-01-31")
    assert second.entry.differences == {
        "surname": Difference("Meyer", "Mayer", first.entry.stamp),
        "dob": Difference(None, "1980-01-31", None),
    }


def test_only_values_that_differ_are_written() -> None:
    first = customer(surname="Meyer", name="Anna")
    second = updated(first.record, surname="Meyer", name="Anne")
    assert list(second.entry.differences) == ["name"]
    assert second.record.values["surname"] == first.record.values["surname"]


def test_an_update_that_changes_nothing_is_no_change() -> None:
    first = customer(surname="Meyer", extra={"many": ["a"]})
    same: dict[str, Value] = {"surname": "Meyer", "extra.many": ["a"], "dob": None}
    assert update(first.record, same, author()) is None
    assert update(first.record, {}, author()) is None


def test_values_that_only_seem_equal_differ() -> None:
    first = customer(extra={"flag": 1, "rate": 1, "text": "1"})
    assert list(updated(first.record, extra={"flag": True}).entry.differences) == ["extra.flag"]
    assert list(updated(first.record, extra={"rate": 1.0}).entry.differences) == ["extra.rate"]
    assert list(updated(first.record, extra={"text": 1}).entry.differences) == ["extra.text"]


def test_every_change_is_one_version_and_one_link_further() -> None:
    first = customer()
    second = updated(first.record, name="Anne")
    third = deleted(second.record)
    assert [change.version for change in (first, second, third)] == [0, 1, 2]
    assert [change.entry.seq for change in (first, second, third)] == [1, 2, 3]
    assert third.entry.previous_hash == second.entry.hash
    assert first_fault([c.entry for c in (first, second, third)], third.record.heads[HERE]) is None


def test_stamps_advance_while_the_clock_stands() -> None:
    first = customer(now=NOW)
    second = updated(first.record, now=NOW, name="Anne")
    third = deleted(second.record, now=NOW - 1000)
    assert first.entry.stamp < second.entry.stamp < third.entry.stamp


def test_a_delete_hides_and_keeps_the_values() -> None:
    first = customer(surname="Meyer")
    change = deleted(first.record)
    assert change.entry.action is Action.DELETE
    assert change.record.life.value == Life.DELETED
    assert values_of(change) == values_of(first)


def test_a_restore_brings_the_values_back_with_new_ones() -> None:
    change = restored(deleted(customer(surname="Meyer").record).record, name="Anne")
    assert change.record.is_live
    assert change.entry.life is Life.LIVE
    assert (change.record.value("surname"), change.record.value("name")) == ("Meyer", "Anne")


def test_an_erasure_drops_every_value_and_writes_none_down() -> None:
    change = erased(customer(surname="Meyer").record)
    assert change.entry.action is Action.ERASE
    assert change.record.is_erased
    assert (change.record.values, change.entry.differences) == ({}, {})


def test_an_event_of_an_unknown_record_makes_it() -> None:
    theirs = customer(location="loc2")
    change = apply(None, event_of(theirs), NOW)
    assert (change.version, change.record.version, change.pending) == (0, 1, False)
    assert change.entry == theirs.entry
    assert change.record.heads == {THERE: Head(1, theirs.entry.hash)}
    assert shared(change.record) == shared(theirs.record)


def test_an_event_is_merged_and_its_entry_kept_word_for_word() -> None:
    first = customer()
    mine = updated(first.record, NOW + 1, name="Anne")
    theirs = updated(first.record, NOW + 2, "loc2", surname="Mayer")
    change = apply(mine.record, event_of(theirs), NOW)
    assert (change.record.value("name"), change.record.value("surname")) == ("Anne", "Mayer")
    assert (change.version, change.record.version) == (2, 3)
    assert change.entry == theirs.entry
    assert change.record.heads == {
        HERE: mine.record.heads[HERE],
        THERE: Head(1, theirs.entry.hash),
    }


def test_an_event_that_comes_late_does_not_take_the_head_back() -> None:
    first = customer(location="loc2")
    second = updated(first.record, location="loc2", name="Anne")
    newest = apply(None, event_of(second), NOW).record
    late = apply(newest, event_of(first), NOW)
    assert late.record.heads == {THERE: Head(2, second.entry.hash)}
    assert shared(late.record) == shared(second.record)


def test_an_event_brings_what_its_entry_wrote_though_the_record_with_it_is_older() -> None:
    first = customer(location="loc2")
    renamed = updated(first.record, location="loc2", name="Anne")
    gone = erased(renamed.record, location="loc2")
    for known in (None, customer().record, first.record):
        told = apply(known, replace(event_of(first), entry=renamed.entry), NOW).record
        assert told.value("name") == "Anne"
    for known in (None, first.record, renamed.record):
        told = apply(known, replace(event_of(renamed), entry=gone.entry), NOW).record
        assert (told.life, told.values) == (gone.record.life, {})


def test_an_event_behind_a_gap_brings_what_the_missing_ones_wrote() -> None:
    first = customer()
    second = updated(first.record, name="Anne")
    third = updated(second.record, now=NOW + 2, surname="Maier")
    known = apply(None, event_of(first), NOW).record
    assert shared(apply(known, event_of(third), NOW).record) == shared(third.record)


def test_what_is_sent_again_brings_more_than_its_entry_wrote() -> None:
    first = customer()
    second = updated(first.record, name="Anne")
    known = apply(None, event_of(first), NOW).record
    event = replace(event_of(second), record=updated(second.record, dob="1980-01-31").record)
    assert apply(known, event, NOW).record.value("dob") is None
    assert apply(known, replace(event, via=THERE), NOW).record.value("dob") == "1980-01-31"


def test_a_repair_goes_on_above_every_version_that_anybody_saw() -> None:
    told = customer().record
    assert [repair(seen, told, author()).record.version for seen in (0, 7)] == [2, 8]


def test_writing_goes_on_after_another_location_from_its_stamp() -> None:
    theirs = customer(location="loc2", now=NOW + 60_000)
    here = apply(None, event_of(theirs), NOW).record
    mine = updated(here, NOW, name="Anne")
    assert mine.entry.stamp > theirs.entry.stamp
    assert (mine.entry.seq, mine.entry.previous_hash) == (1, FIRST_HASH)


def test_a_location_whose_tables_were_lost_starts_another_chain() -> None:
    first = customer()
    change = update(first.record, {"name": "Anne"}, replace(author(), origin="loc1-00000002"))
    assert change is not None
    assert (change.entry.seq, change.entry.previous_hash) == (1, FIRST_HASH)
    assert set(change.record.heads) == {HERE, "loc1-00000002"}
