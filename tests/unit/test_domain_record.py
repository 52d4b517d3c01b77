"""Records: how two copies of one become one."""

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.record import (
    Head,
    Life,
    Record,
    Register,
    merge,
    record_from_document,
    record_to_document,
)
from chalicelib.domain.stamp import Stamp
from tests.fakes import NOW, customer, deleted, erased, record, restored, shared, stamp, updated

OLDER = stamp(NOW + 1)
NEWER = stamp(NOW + 2, origin="loc2-00000001")


def merged(one: Record, other: Record) -> Record:
    """The merge of both, which has to be the same from either side."""
    here, there = merge(one, other), merge(other, one)
    assert shared(here) == shared(there)
    return here


def test_the_later_write_of_a_value_wins() -> None:
    one = record(name=Register("older", OLDER))
    other = record(name=Register("newer", NEWER))
    assert merged(one, other).value("name") == "newer"


def test_an_emptied_value_wins_over_an_older_one() -> None:
    one = record(name=Register("older", OLDER))
    other = record(name=Register(None, NEWER))
    assert merged(one, other).value("name") is None


def test_writes_of_different_values_are_both_kept() -> None:
    one = record(name=Register("Anna", OLDER))
    other = record(surname=Register("Meyer", NEWER))
    both = merged(one, other)
    assert (both.value("name"), both.value("surname")) == ("Anna", "Meyer")


def test_writes_at_one_moment_are_decided_by_origin() -> None:
    one = record(name=Register("one", Stamp(NOW, 0, "loc1-00000001")))
    other = record(name=Register("two", Stamp(NOW, 0, "loc2-00000001")))
    assert merged(one, other).value("name") == "two"


def test_an_edit_at_the_same_time_does_not_resurrect() -> None:
    first = customer().record
    gone = deleted(first, NOW + 1).record
    edited = updated(first, NOW + 9, "loc2", name="Anne").record
    both = merged(gone, edited)
    assert not both.is_live
    assert both.value("name") == "Anne"


def test_a_late_delete_does_not_hide_what_was_restored() -> None:
    first = customer().record
    gone = deleted(first, NOW + 1).record
    back = restored(gone, NOW + 9, "loc2", surname="Meyer").record
    assert merged(gone, back).is_live


def test_a_delete_after_a_restore_hides() -> None:
    gone = deleted(customer().record, NOW + 1).record
    back = restored(gone, NOW + 5, surname="Meyer").record
    assert not merged(back, deleted(back, NOW + 9, "loc2").record).is_live


def test_erased_is_final_whatever_came_later() -> None:
    first = customer().record
    end = erased(first, NOW + 1).record
    gone = deleted(first, NOW + 2).record
    back = restored(gone, NOW + 50, "loc2", surname="Back").record
    for later in (updated(first, NOW + 50, "loc2", name="Later").record, gone, back):
        both = merged(end, later)
        assert both.is_erased
        assert both.values == {}


def test_of_two_erasures_the_later_stamp_stays() -> None:
    first = customer().record
    one, other = erased(first, NOW + 5).record, erased(first, NOW + 9, "loc2").record
    assert merged(one, other).life.stamp == other.life.stamp


def test_the_record_was_created_when_it_was_first_created() -> None:
    early = replace(record(), created=stamp(NOW - 5, origin="loc2-00000001"))
    assert merged(record(), early).created == early.created
    assert merged(record(), early).home == "loc2"


def test_version_and_heads_stay_with_their_location() -> None:
    mine = replace(record(), version=7, heads={"loc1-00000001": Head(7, "abc")})
    theirs = replace(record(), version=3, heads={"loc2-00000001": Head(3, "def")})
    assert merge(mine, theirs).version == 7
    assert merge(mine, theirs).heads == mine.heads


def test_a_record_that_merges_with_itself_is_unchanged() -> None:
    one = updated(customer().record, name="Anne").record
    assert merge(one, one) == one


def test_the_latest_stamp_is_of_life_or_of_a_value() -> None:
    assert record(name=Register("Anna", NEWER)).latest == NEWER
    assert record(at=stamp(NOW + 9), name=Register("Anna", NEWER)).updated_at == NOW + 9


def test_a_value_that_was_never_written_is_empty() -> None:
    assert record().value("name") is None


def test_a_record_is_read_as_it_was_written() -> None:
    written = updated(customer(extra={"many": ["a"], "rate": 0.1}).record, name=None).record
    again = record_from_document(record_to_document(written), written.version, written.heads)
    assert again == written


@pytest.mark.parametrize(
    "damage",
    [
        {"kind": "person"},
        {"created": "yesterday"},
        {"life": ["undead", str(OLDER)]},
        {"life": [Life.LIVE]},
        {"life": None},
        {"values": {"name": ["Anna"]}},
        {"values": {"name": ["Anna", "yesterday"]}},
        {"values": ["name"]},
        {"values": None},
    ],
)
def test_what_is_no_record_is_unreadable(damage: dict[str, Any]) -> None:
    document = {**record_to_document(record()), **damage}
    with pytest.raises(UnreadableEvent):
        record_from_document(document)


@pytest.mark.parametrize("missing", ["kind", "id", "created", "life", "values"])
def test_a_record_that_lacks_a_part_is_unreadable(missing: str) -> None:
    document = record_to_document(record())
    del document[missing]
    with pytest.raises(UnreadableEvent):
        record_from_document(document)
