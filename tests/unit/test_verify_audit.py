"""`verify-audit`: every way to tamper with the trail is found, and nothing else is."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner
from moto import mock_aws
from msgspec.structs import replace

from chalicelib.domain import change as changes
from chalicelib.domain.audit import AuditEntry, entry_to_document, seal
from chalicelib.domain.change import Change
from chalicelib.domain.record import Kind, Record
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from chalicelib.storage.records import DynamoRecords, record_to_item
from chalicelib.storage.store import DynamoStore
from chalicelib.storage.tables import AuditItem, CustomerItem
from chalicelib.storage.trail import audit_key, entry_to_item, raw_to_entry
from infra.tables import create_missing
from local.__main__ import commands
from local.verify_audit import Verification
from tests.contract.conftest import DynamoBackend
from tests.fakes import (
    NOW,
    customer,
    customer_id,
    definition,
    deleted,
    event_of,
    updated,
)

ORIGIN, ABROAD = "loc1-00000001", "loc2-00000001"
KEY = customer_id(1)


@dataclass
class Location:
    """A location whose tables anybody may reach into."""

    tables: Tables
    store: DynamoStore

    def verification(self) -> Verification:
        return Verification(self.tables, self.store.records)

    def fault(self) -> str | None:
        fault = self.verification().first_fault()
        return str(fault) if fault else None

    def commit(self, change: Change) -> Record:
        self.store.commit(change)
        return change.record

    def apply(self, change: Change) -> None:
        record = self.store.records.get(change.record.kind, change.record.id)
        self.store.commit(changes.apply(record, event_of(change), NOW))

    def item(self, seq: int, origin: str = ORIGIN) -> dict[str, Any]:
        key = audit_key(Kind.CUSTOMER, KEY, origin, seq)
        found = self.tables.get(AuditItem, key)
        assert found
        return dict(found.serialize())

    def entry(self, seq: int) -> AuditEntry:
        return raw_to_entry(self.item(seq))

    def put(self, item: dict[str, Any]) -> None:
        self.tables.call("put_item", TableName=self.tables.name(AuditItem), Item=item)

    def put_entry(self, entry: AuditEntry) -> None:
        self.put(dict(entry_to_item(entry).serialize()))

    def remove(self, seq: int, origin: str = ORIGIN) -> None:
        key = audit_key(Kind.CUSTOMER, KEY, origin, seq)
        self.tables.call("delete_item", TableName=self.tables.name(AuditItem), Key=key)


@pytest.fixture
def place() -> Iterator[Location]:
    """One customer with a chain of four entries here, two from abroad, and some others."""
    with mock_aws():
        tables = Tables.of(Settings())
        create_missing(tables)
        location = Location(tables, DynamoStore(tables, "loc1"))
        _fill(location)
        yield location


def _fill(location: Location) -> None:
    location.commit(definition("notes"))
    for number in (2, 3):
        location.commit(customer(number))
    mine = location.commit(customer(1))
    theirs = updated(event_of(customer(1)).record, location="loc2", name="Ana")
    for name in ("Bea", "Cleo"):
        mine = location.commit(updated(mine, now=mine.updated_at + 5, name=name))
    location.commit(deleted(mine, now=mine.updated_at + 5))
    location.apply(theirs)
    location.apply(
        updated(theirs.record, now=theirs.record.updated_at + 9, location="loc2", dob="1970-01-01")
    )


def _changed(place: Location, seq: int) -> AuditEntry:
    entry = place.entry(seq)
    return replace(entry, caller=replace(entry.caller, actor="nobody"))


def _change(place: Location) -> None:
    place.put_entry(_changed(place, 2))


def _change_and_seal(place: Location) -> None:
    place.put_entry(seal(_changed(place, 2)))


def _change_text_only(place: Location) -> None:
    document = entry_to_document(_changed(place, 2))
    place.put({**place.item(2), "entry": {"S": json.dumps(document)}})


def _change_last_and_seal(place: Location) -> None:
    place.put_entry(seal(_changed(place, 4)))


def _change_index_value(place: Location) -> None:
    place.put({**place.item(2), "actor": {"S": "nobody"}})


def _make_unreadable(place: Location) -> None:
    place.put({**place.item(2), "entry": {"S": "{}"}})


def _make_no_text(place: Location) -> None:
    place.put({**place.item(2), "entry": {"N": "7"}})


def _break_letters(place: Location) -> None:
    document = json.dumps({**entry_to_document(place.entry(2)), "request_id": "\ud800"})
    place.put({**place.item(2), "entry": {"S": document}})


def _swap_content(place: Location) -> None:
    second, third = place.item(2), place.item(3)
    place.put({**third, "link": second["link"]})
    place.put({**second, "link": third["link"]})


def _swap_and_seal(place: Location) -> None:
    second, third = place.entry(2), place.entry(3)
    place.put_entry(seal(replace(third, seq=2)))
    place.put_entry(seal(replace(second, seq=3)))


def _remove_and_renumber(place: Location) -> None:
    for seq in (2, 3):
        place.put_entry(seal(replace(place.entry(seq + 1), seq=seq)))
    place.remove(4)


def _add_after_the_end(place: Location) -> None:
    last = place.entry(4)
    place.put_entry(seal(replace(last, seq=5, previous_hash=last.hash)))


def _remove(*positions: int) -> Callable[[Location], None]:
    def tamper(place: Location) -> None:
        for seq in positions:
            place.remove(seq)

    return tamper


TAMPERING = {
    "changed": (_change, "entry 2 was changed"),
    "changed and sealed": (_change_and_seal, "entry 2 was changed"),
    "changed in its text": (_change_text_only, "entry 2 was changed (actor)"),
    "last one changed and sealed": (
        _change_last_and_seal,
        "entry 4 is not the one that was written",
    ),
    "changed index value": (_change_index_value, "entry 2 was changed (actor)"),
    "no entry": (_make_unreadable, "entry 2 cannot be read"),
    "no text": (_make_no_text, "entry 2 cannot be read"),
    "no letters": (_break_letters, "entry 2 cannot be read"),
    "first removed": (_remove(1), "entry 1 is missing"),
    "middle removed": (_remove(3), "entry 3 is missing"),
    "last removed": (_remove(4), "entry 4 is missing"),
    "all removed": (_remove(1, 2, 3, 4), "entry 1 is missing"),
    "reordered": (_swap_content, "entry 2 is another than its key says"),
    "reordered and sealed": (_swap_and_seal, "entry 2 does not follow the entry before it"),
    "removed and renumbered": (
        _remove_and_renumber,
        "entry 2 does not follow the entry before it",
    ),
    "added": (_add_after_the_end, "entry 5 is not the one that was written"),
}


def test_a_trail_as_it_was_written_has_no_fault(place: Location) -> None:
    assert place.fault() is None


def test_entries_and_chains_are_counted_by_origin(place: Location) -> None:
    verification = place.verification()
    verification.first_fault()
    assert verification.entries == {ORIGIN: 7, ABROAD: 2}
    assert verification.chains == {ORIGIN: 4, ABROAD: 1}


@pytest.mark.parametrize(("tamper", "what"), TAMPERING.values(), ids=TAMPERING.keys())
def test_the_first_bad_entry_is_named(
    place: Location, tamper: Callable[[Location], None], what: str
) -> None:
    tamper(place)
    assert place.fault() == f"customer {KEY}, origin {ORIGIN}: {what}"


def test_a_chain_from_abroad_is_checked_too(place: Location) -> None:
    place.remove(1, ABROAD)
    assert place.fault() == f"customer {KEY}, origin {ABROAD}: entry 1 is missing"


def test_a_chain_from_abroad_that_is_gone_is_missed(place: Location) -> None:
    place.remove(1, ABROAD)
    place.remove(2, ABROAD)
    assert place.fault() == f"customer {KEY}, origin {ABROAD}: entry 1 is missing"


def test_the_chain_of_a_field_is_missed(place: Location) -> None:
    key = audit_key(Kind.FIELD, "notes", ORIGIN, 1)
    place.tables.call("delete_item", TableName=place.tables.name(AuditItem), Key=key)
    assert place.fault() == f"field notes, origin {ORIGIN}: entry 1 is missing"


def test_a_chain_without_a_record_is_found(place: Location) -> None:
    key = {"id": {"S": customer_id(2)}}
    place.tables.call("delete_item", TableName=place.tables.name(CustomerItem), Key=key)
    assert (
        place.fault() == f"customer {customer_id(2)}, origin {ORIGIN}: entry 1 belongs to no record"
    )


def test_a_record_that_cannot_be_read_is_not_taken_for_a_missing_one(place: Location) -> None:
    _tear(place, 2)
    assert place.fault() == f"customer {customer_id(2)}: the record cannot be read"


def test_a_record_that_cannot_be_read_hides_no_bad_entry(place: Location) -> None:
    _tear(place, 1)
    place.remove(2)
    assert place.fault() == f"customer {KEY}, origin {ORIGIN}: entry 2 is missing"


def test_a_record_that_cannot_be_read_is_named_without_its_trail_too(place: Location) -> None:
    _tear(place, 2)
    key = audit_key(Kind.CUSTOMER, customer_id(2), ORIGIN, 1)
    place.tables.call("delete_item", TableName=place.tables.name(AuditItem), Key=key)
    assert place.fault() == f"customer {customer_id(2)}: the record cannot be read"


def _tear(place: Location, number: int) -> None:
    DynamoBackend(place.tables).make_unreadable(customer(number).record)


def test_a_record_that_was_written_without_an_entry_is_found(place: Location) -> None:
    stranger = replace(customer(9).record, heads={})
    item = record_to_item(stranger).serialize()
    place.tables.call("put_item", TableName=place.tables.name(CustomerItem), Item=item)
    assert place.fault() == f"customer {stranger.id}, origin {ORIGIN}: entry 1 is missing"


@pytest.mark.parametrize("link", ["nowhere", f"{ORIGIN}#last", f"{ORIGIN}#1#0000000002"])
def test_an_entry_under_a_strange_key_is_found(place: Location, link: str) -> None:
    place.put({**place.item(2), "link": {"S": link}})
    assert "is another than its key says" in str(place.fault())


def test_an_entry_of_another_record_is_found(place: Location) -> None:
    place.put({**place.item(1), "trail": {"S": customer_id(2)}})
    assert (
        place.fault()
        == f"customer {customer_id(2)}, origin {ORIGIN}: entry 1 is another than its key says"
    )


def test_an_entry_of_a_record_of_no_kind_is_found(place: Location) -> None:
    place.put({**place.item(1), "trail": {"S": "nothing:1"}})
    assert (
        place.fault()
        == f"customer nothing:1, origin {ORIGIN}: entry 1 is another than its key says"
    )


def test_a_write_that_comes_in_between_is_no_fault(place: Location) -> None:
    verification = Verification(place.tables, BusyRecords(place))
    assert verification.first_fault() is None


def test_a_fault_is_found_while_others_write(place: Location) -> None:
    place.remove(2)
    fault = Verification(place.tables, BusyRecords(place)).first_fault()
    assert fault
    assert fault.what == "entry 2 is missing"


class BusyRecords(DynamoRecords):
    """Somebody writes right before and right after the first few answers."""

    def __init__(self, place: Location) -> None:
        super().__init__(place.tables)
        self._place = place
        self._answers = 0

    def get_many(
        self,
        kind: Kind,
        record_ids: Sequence[str],
        on_unreadable: Callable[[str], None] = lambda _: None,
    ) -> list[Record]:
        self._write()
        answer = super().get_many(kind, record_ids, on_unreadable)
        self._write()
        self._answers += 1
        return answer

    def _write(self) -> None:
        if self._answers < 5:
            record = self.get(Kind.CUSTOMER, KEY)
            assert record
            self._place.commit(updated(record, now=record.updated_at + 5, name=f"{record.version}"))


def test_the_command_says_what_it_checked(place: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCATION", "loc1")
    result = CliRunner().invoke(commands, ["verify-audit"])
    assert result.exit_code == 0
    assert "loc1: 9 entries in 5 chains were checked." in result.output
    assert f"{ABROAD}: 2 entries in 1 chains" in result.output


def test_no_key_of_an_entry_hides_the_line_that_names_it(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCATION", "loc1")
    place.put({**place.item(1), "link": {"S": "\x1b[8m#0000000001"}})
    result = CliRunner().invoke(commands, ["verify-audit"])
    assert result.exit_code == 1
    assert r"origin \x1b[8m: entry 1 is another than its key says" in result.output
    assert "\x1b" not in result.output


def test_the_command_fails_where_an_entry_is_bad(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCATION", "loc9")
    place.remove(2)
    result = CliRunner().invoke(commands, ["verify-audit", "--location", "loc1"])
    assert result.exit_code == 1
    assert f"loc1: customer {KEY}, origin {ORIGIN}: entry 2 is missing." in result.output
