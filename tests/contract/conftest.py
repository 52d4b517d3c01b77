"""The stores that the suite runs on.

moto is here for what it can tell quickly; the rules about transactions are only proven by
DynamoDB Local.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import pytest
from moto import mock_aws

from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.page import Page
from chalicelib.domain.record import Record
from chalicelib.services.ports import Store
from chalicelib.storage.client import Tables, open_client, text
from chalicelib.storage.records import MODEL, record_key
from chalicelib.storage.store import DynamoStore
from chalicelib.storage.tables import MODELS, AuditItem
from chalicelib.storage.trail import audit_key, entry_to_item
from infra.tables import create_missing
from tests.conftest import ClientOf, access_lines, new_location
from tests.fakes import FakeStore, FakeTables, entry_key

Wanted_contra = TypeVar("Wanted_contra", contravariant=True)
Found = TypeVar("Found")
TORN = {"state": text('{"kind": "cust')}


class NewestFirst(Protocol[Wanted_contra, Found]):
    """What is read page by page."""

    def newest(self, wanted: Wanted_contra, before: str, limit: int, /) -> Page[Found]: ...


def walk(
    log: NewestFirst[Wanted_contra, Found], wanted: Wanted_contra, limit: int = 100
) -> list[Found]:
    """All that is wanted, page by page."""
    page = log.newest(wanted, "", limit)
    found = page.items
    while page.next:
        page = log.newest(wanted, page.next, limit)
        assert len(page.items) <= limit
        found = found + page.items
    return found


class Backend(Protocol):
    """One location's tables, whatever keeps them."""

    def open(self) -> Store:
        """A store as a process that starts now opens it."""

    def wipe(self) -> None:
        """Throws the tables away and makes new ones."""

    def lose(self, record: Record) -> None:
        """Takes a row away behind the product's back."""

    def make_unreadable(self, record: Record, wrong: Mapping[str, Any] = TORN, /) -> None:
        """Puts wrong attributes into a row behind the product's back; None takes one out."""

    def lose_entry(self, entry: AuditEntry) -> None:
        """Takes an audit entry away behind the product's back."""

    def tear_entry(self, entry: AuditEntry, torn: str = "{", /) -> None:
        """Leaves something else where an audit entry was."""

    def accesses(self) -> list[tuple[str, str, str]]:
        """Actor, action and resource of each line of the access log."""


@dataclass
class FakeBackend:
    tables: FakeTables = field(default_factory=FakeTables)

    def open(self) -> Store:
        return FakeStore(tables=self.tables)

    def wipe(self) -> None:
        self.tables = FakeTables(incarnation="00000002")

    def lose(self, record: Record) -> None:
        del self.tables.records[record.kind, record.id]

    def make_unreadable(self, record: Record, _wrong: Mapping[str, Any] = TORN) -> None:
        self.tables.unreadable.add((record.kind, record.id))

    def lose_entry(self, entry: AuditEntry) -> None:
        del self.tables.entries[entry_key(entry)]

    def tear_entry(self, entry: AuditEntry, _torn: str = "{") -> None:
        self.tables.torn.add(entry_key(entry))

    def accesses(self) -> list[tuple[str, str, str]]:
        return [(e.caller.actor, e.action, e.resource) for e in self.tables.accesses]


@dataclass
class DynamoBackend:
    tables: Tables

    def open(self) -> Store:
        return DynamoStore(self.tables, "loc1")

    def wipe(self) -> None:
        for model in MODELS:
            self.tables.client.delete_table(TableName=self.tables.name(model))
        create_missing(self.tables)

    def lose(self, record: Record) -> None:
        key = record_key(record.kind, record.id)
        self.tables.call("delete_item", TableName=self.tables.name(MODEL[record.kind]), Key=key)

    def make_unreadable(self, record: Record, wrong: Mapping[str, Any] = TORN) -> None:
        table, key = self.tables.name(MODEL[record.kind]), record_key(record.kind, record.id)
        row = self.tables.call("get_item", TableName=table, Key=key)["Item"] | wrong
        item = {name: value for name, value in row.items() if value is not None}
        self.tables.call("put_item", TableName=table, Item=item)

    def lose_entry(self, entry: AuditEntry) -> None:
        key = audit_key(entry.kind, entry.record_id, entry.origin, entry.seq)
        self.tables.call("delete_item", TableName=self.tables.name(AuditItem), Key=key)

    def tear_entry(self, entry: AuditEntry, torn: str = "{") -> None:
        item = entry_to_item(entry)
        item.entry = torn
        self.tables.put(item)

    def accesses(self) -> list[tuple[str, str, str]]:
        return [(one.actor, one.action, one.resource) for one in access_lines(self.tables)]


@pytest.fixture
def dynamodb_tables(client_of: ClientOf) -> Tables:
    location = new_location()
    tables = Tables(client_of(location), f"sins-{location}-")
    create_missing(tables)
    return tables


@pytest.fixture
def dynamodb(dynamodb_tables: Tables) -> Backend:
    return DynamoBackend(dynamodb_tables)


@pytest.fixture(scope="session")
def moto_client(environment: None) -> Any:
    return open_client(None, "eu-central-1")


@pytest.fixture
def moto(moto_client: Any) -> Iterator[Backend]:
    with mock_aws():
        tables = Tables(moto_client, "sins-loc1-")
        create_missing(tables)
        yield DynamoBackend(tables)


@pytest.fixture
def fake() -> Backend:
    return FakeBackend()


@pytest.fixture(params=["fake", "moto", "dynamodb"])
def backend(request: pytest.FixtureRequest) -> Backend:
    made: Backend = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def store(backend: Backend) -> Store:
    return backend.open()


@pytest.fixture
def commit(store: Store) -> Callable[..., None]:
    """Commits some changes one after the other."""

    def all_of(*changes: Any) -> None:
        for change in changes:
            store.commit(change)

    return all_of
