"""A whole audit trail tells the record that was written."""

from itertools import permutations

from msgspec.structs import replace

from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.change import Change
from chalicelib.domain.record import Head, Record
from chalicelib.domain.replay import corrected, is_whole, replay
from tests.fakes import (
    NOW,
    apply_to,
    customer,
    definition,
    deleted,
    erased,
    restored,
    shared,
    updated,
)

CREATED = customer(1)
RENAMED = updated(CREATED.record, name="Anne")
ELSEWHERE = updated(CREATED.record, location="loc2", surname="Maier")


def entries(*changes: Change) -> list[AuditEntry]:
    return [change.entry for change in changes]


def record_of(*changes: Change) -> Record:
    record = None
    for change in changes:
        record = apply_to(record, change)
    assert record is not None
    return record


def test_a_trail_in_any_order_tells_the_same_record() -> None:
    changes = (CREATED, RENAMED, ELSEWHERE)
    told = {shared(replay(entries(*order))) for order in permutations(changes)}
    assert told == {shared(record_of(*changes))}
    assert replay(entries(*changes)).heads == record_of(*changes).heads


def test_what_was_deleted_restored_or_erased_is_told_so() -> None:
    gone = deleted(CREATED.record)
    back = restored(gone.record, name="Anja")
    erasure = erased(back.record)
    for length in range(1, 5):
        changes = (CREATED, gone, back, erasure)[:length]
        assert shared(replay(entries(*changes))) == shared(record_of(*changes))


def test_who_was_erased_is_told_so_though_another_location_restored_it_since() -> None:
    gone = deleted(CREATED.record)
    back = restored(gone.record, NOW + 9, "loc2", name="Anja")
    changes = (CREATED, gone, erased(gone.record, NOW + 5), back)
    assert replay(entries(*changes)).is_erased
    assert shared(replay(entries(*changes))) == shared(record_of(*changes))


def test_what_two_locations_created_is_as_old_as_the_first_of_them_made_it() -> None:
    changes = (definition(), definition(now=NOW - 5, location="loc2"))
    assert shared(replay(entries(*changes))) == shared(record_of(*changes))


def test_a_trail_without_the_creation_is_not_whole() -> None:
    assert not is_whole(entries(ELSEWHERE), {})
    assert not is_whole(entries(ELSEWHERE), {ELSEWHERE.entry.origin: Head(1, ELSEWHERE.entry.hash)})


def test_a_trail_is_whole_where_every_chain_is() -> None:
    heads = record_of(CREATED, RENAMED, ELSEWHERE).heads
    assert is_whole(entries(CREATED, RENAMED, ELSEWHERE), heads)
    assert is_whole(entries(ELSEWHERE, RENAMED, CREATED), heads)
    # A record that was rolled back knows less than its trail.
    assert is_whole(entries(CREATED, RENAMED, ELSEWHERE), CREATED.record.heads)
    assert is_whole(entries(CREATED), {})


def test_a_trail_that_lacks_a_part_is_not_whole() -> None:
    heads = record_of(CREATED, RENAMED, ELSEWHERE).heads
    assert not is_whole([], heads)
    assert not is_whole([], {})
    assert not is_whole(entries(CREATED, RENAMED), heads)
    assert not is_whole(entries(RENAMED), {})
    assert not is_whole(entries(CREATED, ELSEWHERE), heads)
    later = updated(ELSEWHERE.record, NOW + 9, "loc2", surname="Mair")
    assert not is_whole(entries(CREATED, RENAMED, later), {})


def test_of_a_trail_with_a_gap_each_entry_still_tells_what_it_wrote() -> None:
    record = record_of(CREATED, RENAMED, ELSEWHERE)
    wrong = {name: replace(register, value="damaged") for name, register in record.values.items()}
    mended = corrected(replace(record, values=wrong), entries(CREATED, ELSEWHERE))
    lost = RENAMED.entry.differences.keys() - ELSEWHERE.entry.differences.keys()
    for name, register in record.values.items():
        expected = "damaged" if name in lost else register.value
        assert mended.values[name] == replace(register, value=expected)
    assert lost


def test_a_record_that_fell_behind_a_trail_with_a_gap_has_what_the_trail_tells() -> None:
    record, deletion = CREATED.record, deleted(RENAMED.record, NOW + 9)
    mended = corrected(record, entries(RENAMED, deletion))
    assert shared(mended) == shared(deletion.record)
    assert (mended.version, mended.heads) == (record.version, record.heads)


def test_a_trail_of_which_only_updates_are_left_says_nothing_of_a_life() -> None:
    gone = deleted(RENAMED.record)
    assert shared(corrected(gone.record, entries(RENAMED))) == shared(gone.record)


def test_a_trail_that_was_changed_is_not_whole() -> None:
    tampered = replace(CREATED.entry, hash="0" * 64)
    assert not is_whole([tampered], {})
    origin = CREATED.entry.origin
    assert not is_whole(entries(CREATED), {origin: Head(1, "0" * 64)})
