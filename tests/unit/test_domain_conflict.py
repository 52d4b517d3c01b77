"""What lost against a write that did not know of it."""

from msgspec.structs import replace

from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.change import Change
from chalicelib.domain.conflict import is_suspect, new_conflicts, superseded
from tests.fakes import NOW, apply_to, customer, definition, deleted, updated

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


def test_only_an_entry_that_replaces_something_else_is_suspect() -> None:
    assert not is_suspect(CREATED.record, HERE.entry)
    assert is_suspect(HERE.record, THERE.entry)
    assert not is_suspect(HERE.record, deleted(CREATED.record, location="loc2").entry)
    # A second delivery is no news.
    assert not is_suspect(apply_to(HERE.record, THERE), THERE.entry)


def test_a_conflict_names_the_entry_that_lost_whichever_comes_first() -> None:
    first = new_conflicts(entries(CREATED, HERE), THERE.entry, NOW)
    second = new_conflicts(entries(CREATED, THERE), HERE.entry, NOW)
    assert first == second
    (conflict,) = first
    assert (conflict.origin, conflict.seq) == (HERE.entry.origin, HERE.entry.seq)
    assert (conflict.names, conflict.at) == (("name",), NOW)


def test_a_conflict_is_new_only_once() -> None:
    third = updated(CREATED.record, now=NOW + 3, location="loc3", surname="Maier")
    assert new_conflicts(entries(CREATED, HERE, THERE), third.entry, NOW) == ()


def test_definitions_that_were_created_at_two_locations_lose_their_differing_properties() -> None:
    one = definition("city", now=NOW, location="loc1", label="Town")
    other = definition("city", now=NOW + 1, location="loc2", label="City")
    (conflict,) = new_conflicts([one.entry], other.entry, NOW)
    assert "label" in conflict.names
    assert conflict.origin == one.entry.origin


def test_the_order_in_which_entries_are_given_does_not_matter() -> None:
    third = replace(THERE.entry)
    assert superseded([third, *entries(HERE, CREATED)]) == [(), ("name",), ()]
