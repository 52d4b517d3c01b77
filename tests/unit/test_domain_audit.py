"""The audit chain: nobody rewrites it unseen."""

from itertools import product
from typing import Any

import pytest
from msgspec.structs import fields, replace

from chalicelib.domain.audit import (
    Action,
    AuditEntry,
    Caller,
    Difference,
    entry_from_document,
    entry_to_document,
    first_fault,
    hash_of,
    parse_trail_key,
    seal,
    trail_key,
)
from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.record import Head, Kind, Life
from chalicelib.domain.stamp import Stamp
from tests.fakes import NOW, entry, stamp


def chain(length: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for seq in range(1, length + 1):
        entries.append(entry(seq, entries[-1].hash if entries else ""))
    return entries


def head(entries: list[AuditEntry]) -> Head:
    return Head(entries[-1].seq, entries[-1].hash)


def fault(entries: list[AuditEntry]) -> str | None:
    """What is wrong with these entries, where the record remembers a chain of three."""
    return first_fault(entries, head(chain(3)))


def test_a_chain_as_it_was_written_has_no_fault() -> None:
    assert fault(chain(3)) is None
    assert first_fault([], None) is None


def test_an_entry_that_was_changed_is_found() -> None:
    one, two, three = chain(3)
    forged = replace(two, differences={"name": Difference("Anna", "Eve", stamp(NOW))})
    assert fault([one, forged, three]) == "entry 2 was changed"


def test_an_entry_that_was_changed_and_sealed_again_is_found() -> None:
    one, two, three = chain(3)
    forged = seal(replace(two, caller=replace(two.caller, actor="somebody else")))
    assert fault([one, forged, three]) == "entry 3 does not follow the entry before it"
    last = seal(replace(three, caller=replace(three.caller, actor="somebody else")))
    assert fault([one, two, last]) == "entry 3 is not the one that was written"


def test_an_entry_that_was_removed_is_found() -> None:
    one, two, three = chain(3)
    assert fault([two, three]) == "entry 1 is missing"
    assert fault([one, three]) == "entry 2 is missing"
    assert fault([one, two]) == "entry 3 is missing"
    assert fault([]) == "entry 1 is missing"


def test_entries_in_another_order_are_found() -> None:
    one, two, three = chain(3)
    assert fault([one, three, two]) == "entry 2 is missing"


def test_an_entry_that_was_added_is_found() -> None:
    entries = chain(4)
    assert fault(entries) == "entry 4 is not the one that was written"
    assert first_fault(entries[:1], None) == "entry 1 belongs to no record"


OTHERS: dict[str, Any] = {
    "kind": Kind.FIELD,
    "record_id": "another",
    "origin": "loc2-00000001",
    "seq": 2,
    "action": Action.DELETE,
    "caller": Caller("another", "customer", "request", "trace"),
    "stamp": stamp(1),
    "differences": {},
    "life": Life.DELETED,
    "previous_hash": "another",
}


def test_every_part_of_an_entry_is_listed_below() -> None:
    assert set(OTHERS) == {field.name for field in fields(AuditEntry)} - {"hash"}


@pytest.mark.parametrize("part", OTHERS)
def test_every_part_of_an_entry_is_in_its_hash(part: str) -> None:
    assert hash_of(replace(entry(), **{part: OTHERS[part]})) != entry().hash


@pytest.mark.parametrize("part", ["actor", "role", "request_id", "trace_id"])
def test_every_part_of_the_caller_is_in_the_hash(part: str) -> None:
    caller = replace(entry().caller, **{part: "another"})
    assert hash_of(replace(entry(), caller=caller)) != entry().hash


def test_a_hash_is_the_same_on_every_machine_and_for_good() -> None:
    written = entry(
        stamp=Stamp(1, 0, "loc1-00000001"), differences={"name": Difference(None, "Ünsal", None)}
    )
    assert written.hash == "d8072bdecc3868073b3534cc2f44f03f97bae77c627a495d9b7023614bbaf90c"


def test_an_entry_is_read_as_it_was_written() -> None:
    for written in (
        entry(),
        entry(differences={}, life=Life.ERASED),
        entry(differences={"extra.many": Difference(None, ["ü", "b"], None)}),
    ):
        assert entry_from_document(entry_to_document(written)) == written


@pytest.mark.parametrize(
    "damage",
    [
        {"kind": "person"},
        {"action": "steal"},
        {"stamp": "yesterday"},
        {"life": "undead"},
        {"differences": {"name": ["Anna"]}},
        {"differences": {"name": ["Anna", "Anne", "yesterday"]}},
        {"differences": ["name"]},
        {"differences": None},
    ],
)
def test_what_is_no_entry_is_unreadable(damage: dict[str, Any]) -> None:
    with pytest.raises(UnreadableEvent):
        entry_from_document({**entry_to_document(entry()), **damage})


def test_an_entry_that_lacks_a_part_is_unreadable() -> None:
    for part in entry_to_document(entry()):
        document = entry_to_document(entry())
        del document[part]
        with pytest.raises(UnreadableEvent):
            entry_from_document(document)


def test_trails_of_customers_and_fields_have_different_keys() -> None:
    assert trail_key(Kind.CUSTOMER, "city") != trail_key(Kind.FIELD, "city")
    for kind, name in product(Kind, ("city", "field")):
        assert parse_trail_key(trail_key(kind, name)) == (kind, name)
