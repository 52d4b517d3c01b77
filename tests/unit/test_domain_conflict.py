"""What lost against a write that did not know of it."""

from msgspec.structs import replace

from chalicelib.domain import change as changes
from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.change import Change, Event
from chalicelib.domain.conflict import MOST, superseded
from chalicelib.domain.record import Record
from chalicelib.domain.stamp import Stamp
from tests.fakes import NOW, apply_to, customer, definition, deleted, event_of, updated

CREATED = customer(1)
HERE = updated(CREATED.record, now=NOW + 1, name="Anne")
THERE = updated(CREATED.record, now=NOW + 2, location="loc2", name="Anja")


def entries(*changes: Change) -> list[AuditEntry]:
    return [change.entry for change in changes]


def test_what_was_replaced_knowingly_is_not_lost() -> None:
    after = updated(HERE.record, now=NOW + 5, name="Annette")
    assert superseded(entries(CREATED, HERE, after)) == [(), (), ()]


def test_of_two_writes_that_did_not_know_of_each_other_the_smaller_stamp_loses() -> None:
    assert superseded(entries(CREATED, HERE, THERE)) == [(), ("name",), ()]
    assert superseded(entries(THERE, HERE, CREATED)) == [(), ("name",), ()]


def test_other_values_of_the_entry_are_not_lost_with_it() -> None:
    here = updated(CREATED.record, now=NOW + 1, name="Anne", surname="Maier")
    assert superseded(entries(CREATED, here, THERE)) == [(), ("name",), ()]


def test_who_went_on_from_the_losing_value_lost_only_the_last_one() -> None:
    again = updated(HERE.record, now=NOW + 1, name="Annette")
    found = superseded(entries(CREATED, HERE, again, THERE))
    assert found == [(), (), ("name",), ()]


def test_a_write_that_knew_the_winner_settles_nothing_for_the_loser() -> None:
    merged = apply_to(HERE.record, THERE)
    settled = updated(merged, now=NOW + 9, name="Anna-Maria")
    assert superseded(entries(CREATED, HERE, THERE, settled)) == [(), ("name",), (), ()]


def given_way(known: Record, arrived: Change) -> list[tuple[Stamp, tuple[str, ...]]]:
    """What may be lost where the entry arrives, as far as it alone tells."""
    found = changes.apply(known, event_of(arrived), NOW + 50).conflicts
    assert {one.at for one in found} <= {NOW + 50}
    return [(one.stamp, one.names) for one in found]


def test_nothing_gives_way_to_who_knew_what_is_here() -> None:
    assert given_way(CREATED.record, HERE) == []
    assert given_way(HERE.record, deleted(CREATED.record, location="loc2")) == []


def test_the_entry_that_lost_is_named_whichever_comes_first() -> None:
    expected = [(HERE.entry.stamp, ("name",))]
    assert given_way(HERE.record, THERE) == expected
    assert given_way(apply_to(CREATED.record, THERE), HERE) == expected


def test_other_fields_give_way_to_nobody() -> None:
    third = updated(CREATED.record, now=NOW + 3, location="loc3", surname="Maier")
    assert given_way(apply_to(HERE.record, THERE), third) == []


def test_definitions_that_were_created_at_two_locations_lose_their_differing_properties() -> None:
    one = definition("city", now=NOW, location="loc1", label="Town")
    other = definition("city", now=NOW + 1, location="loc2", label="City")
    [(stamp, names)] = given_way(one.record, other)
    assert stamp == one.entry.stamp
    assert "label" in names


def test_a_later_value_that_travels_with_an_entry_waits_for_its_own() -> None:
    first = updated(CREATED.record, now=NOW + 2, location="loc2", surname="Maier")
    second = updated(first.record, now=NOW + 3, location="loc2", surname="Mayer")
    third = updated(second.record, now=NOW + 4, location="loc2", name="Anja")
    here = apply_to(HERE.record, first)
    applied = changes.apply(here, Event(second.entry, third.record), NOW)
    assert (applied.record.value("surname"), applied.record.value("name")) == ("Mayer", "Anne")
    assert applied.conflicts == ()
    assert given_way(applied.record, third) == [(HERE.entry.stamp, ("name",))]


def test_what_comes_without_its_entry_makes_the_values_here_give_way() -> None:
    missing = updated(CREATED.record, now=NOW + 2, location="loc2", name="Anja")
    arrived = updated(missing.record, now=NOW + 3, location="loc2", surname="Maier")
    assert given_way(HERE.record, arrived) == [(HERE.entry.stamp, ("name",))]


def test_of_more_than_a_transaction_takes_the_latest_are_named() -> None:
    record = CREATED.record
    for number in range(MOST + 5):
        record = updated(record, now=NOW + number, extra={f"f{number}": 1}).record
    extra = {f"f{number}": 2 for number in range(MOST + 5)}
    found = given_way(record, updated(CREATED.record, NOW + 900, "loc2", extra=extra))
    assert [names for _, names in found] == [(f"extra.f{n}",) for n in range(5, MOST + 5)]


def test_the_order_in_which_entries_are_given_does_not_matter() -> None:
    third = replace(THERE.entry)
    assert superseded([third, *entries(HERE, CREATED)]) == [(), ("name",), ()]
