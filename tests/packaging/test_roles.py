"""Each function's role holds what the function calls: calls are recorded, and held against it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import app
from chalicelib import bootstrap
from chalicelib.bootstrap import Parts
from chalicelib.domain.audit import Caller
from chalicelib.domain.change import Change
from chalicelib.domain.notes import DeadLetter
from chalicelib.messaging.codec import decode, encode, encode_key
from chalicelib.search.indexes import SavedIndexes
from chalicelib.services.digest import PATIENCE, exchange_digests
from chalicelib.services.registry import wall_clock
from chalicelib.services.repair import repair_differences
from chalicelib.services.replication import apply_event
from chalicelib.services.warm_index import WarmIndex
from chalicelib.storage.client import RawItem, Tables, text
from chalicelib.storage.snapshots import snapshots_at
from chalicelib.storage.store import DynamoStore
from chalicelib.storage.tables import CustomerItem, FieldItem
from infra.stacks.functions import FUNCTIONS, Function
from local.event_sources import scheduled_event
from tests.api.client import (
    ACCESS,
    AUDIT,
    FIELDS,
    ITEMS,
    STATUS,
    Api,
    accepted,
    field,
    in_process,
    item,
)
from tests.api.test_transfer import imported
from tests.conftest import PartsOn
from tests.contract.conftest import DynamoBackend
from tests.fakes import (
    FakeBoard,
    FakeClock,
    FakeProducer,
    customer,
    definition,
    event_of,
    site,
    updated,
)
from tests.packaging.events import kafka

Called = set[tuple[str, str]]
CallsOf = Callable[[Callable[[], object]], Called]
NOTHING: Called = set()
# Whoever comes first to new tables gives the location its name.
MADE_ONCE: Called = {("PutItem", "system")}
SYSTEM = Caller("sins/repair", "system", "repair-1", "trace-1")
BY_NAME = {function.name: function for function in FUNCTIONS}
TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}


def allowed(function: Function) -> Called:
    """What the role lets the function do, as pairs of action and table or `table/index`."""
    on_tables = {(action, table) for table, some in function.tables.items() for action in some}
    on_indexes = {
        ("Query", f"{table}/{index}") for table, some in function.indexes.items() for index in some
    }
    return on_tables | on_indexes


def asked(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What IAM checks for a request."""
    if operation == "TransactWriteItems":
        for part in params["TransactItems"]:
            (kind,) = part
            yield TRANSACTED.get(kind, kind), part[kind]["TableName"]
    elif "RequestItems" in params:
        yield from ((operation, table) for table in params["RequestItems"])
    else:
        index = f"/{params['IndexName']}" if "IndexName" in params else ""
        yield operation, params["TableName"] + index


@contextmanager
def recorded(parts: Parts) -> Iterator[Called]:
    """Every request that the parts send while this is open."""
    calls: Called = set()
    prefix = f"sins-{parts.settings.location}-"

    def note(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        for action, table in asked(model.name, params):
            calls.add((action, table.removeprefix(prefix)))

    store: Any = parts.registry.store
    events = store._tables.client.meta.events
    events.register("before-parameter-build.dynamodb", note)
    try:
        yield calls
    finally:
        events.unregister("before-parameter-build.dynamodb", note)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(wall_clock())


@pytest.fixture
def parts(parts_on: PartsOn, clock: FakeClock, tmp_path: Path) -> Iterator[Parts]:
    made = parts_on(producer=FakeProducer(), clock=clock)
    indexes = SavedIndexes(snapshots_at(str(tmp_path / "snapshots")))
    made = replace(made, board=FakeBoard(), warm_index=WarmIndex(indexes))
    bootstrap.use(made)
    yield made
    bootstrap.use(None)


@pytest.fixture
def api(parts: Parts) -> Api:
    return Api(in_process(), {"X-Role": "service_provider", "X-Actor": "eve"})


@pytest.fixture
def calls_of(parts: Parts) -> CallsOf:
    """What a process that has read nothing yet calls while it does something."""

    def during(act: Callable[[], object]) -> Called:
        store: Any = parts.registry.store
        fresh = replace(
            parts,
            registry=parts.registry.moved(DynamoStore(store._tables, parts.settings.location)),
            warm_index=WarmIndex(parts.warm_index.indexes),
        )
        bootstrap.use(fresh)
        with recorded(fresh) as calls:
            act()
        return calls

    return during


def sent(*made: Change) -> Any:
    """The topic's event for some changes of other locations."""
    events = [event_of(change) for change in made]
    return kafka(*[(encode_key(event), encode(event)) for event in events])


def assert_allowed(calls: Called, function: str, unused: Called = NOTHING) -> None:
    """The role allows what was called, and nothing that was not, but for `unused`."""
    may = allowed(BY_NAME[function])
    assert calls - may == set()
    assert may - calls == unused


@pytest.mark.parametrize("name", ["relay", "sweep_relay"])
def test_who_sends_changes(name: str, api: Api, parts: Parts, calls_of: CallsOf) -> None:
    api.create()
    api.define("city")
    lost = api.create("Lost")
    store: Any = parts.registry.store
    store._tables.call("delete_item", TableName=store._tables.name(CustomerItem), Key=key(lost))
    calls = calls_of(lambda: getattr(app, name)(scheduled_event("sweep"), None))
    # Only a relay that was overtaken has what it sent itself sent again.
    assert_allowed(calls, name, {("BatchWriteItem", "changes")})


def key(made: Mapping[str, Any]) -> RawItem:
    return {"id": text(made["id"])}


def test_who_applies_changes(parts: Parts, calls_of: CallsOf) -> None:
    first = customer(1, wall_clock(), "loc9")
    app.consumer(sent(first), None)
    ours = updated(first.record, wall_clock(), "loc9", name="Ada")
    theirs = updated(first.record, wall_clock(), "loc8", name="Ida")
    poison = kafka((b"", b"{"))
    lost = customer(2, wall_clock(), "loc9")
    app.consumer(sent(lost), None)
    store: Any = parts.registry.store
    tables: Tables = store._tables
    tables.call(
        "delete_item", TableName=tables.name(CustomerItem), Key={"id": text(lost.record.id)}
    )
    again = replace(event_of(lost), via="loc8-00000001")

    def apply() -> None:
        app.consumer(sent(ours, definition(location="loc9")), None)
        app.consumer(sent(theirs), None)
        app.consumer(sent(first, definition(location="loc9")), None)
        app.consumer(poison, None)
        app.consumer(kafka((encode_key(again), encode(again))), None)

    # Alone, and so by itself, a definition is read where two locations made one.
    assert_allowed(calls_of(apply), "consumer", {("GetItem", "fields")})


def test_who_erases(parts: Parts, clock: FakeClock, calls_of: CallsOf) -> None:
    claims = [customer(one, wall_clock(), "loc9", document_number="X 1") for one in (1, 2)]
    due, torn = customer(3), customer(4)
    app.consumer(sent(due, torn, *claims), None)
    other = site("loc9", clock)
    for change in (due, torn):
        apply_event(event_of(change), other.registry)
    store: Any = parts.registry.store
    DynamoBackend(store._tables).make_unreadable(torn.record)
    exchange_digests(other.registry, parts.board)
    calls = calls_of(lambda: app.sweep_expired(scheduled_event("sweep"), None))
    assert_allowed(calls, "sweep_expired", MADE_ONCE)


def test_who_takes_the_digest(calls_of: CallsOf) -> None:
    claims = [customer(one, wall_clock(), "loc9", document_number="X 1") for one in (1, 2)]
    app.consumer(sent(*claims), None)
    calls = calls_of(lambda: app.take_digest(scheduled_event("digest"), None))
    assert_allowed(calls, "take_digest", MADE_ONCE)


def test_who_joins(parts: Parts, clock: FakeClock, calls_of: CallsOf) -> None:
    claims = [customer(one, wall_clock(), "loc9", document_number="X 1") for one in (1, 2)]
    app.consumer(sent(*claims), None)
    parts.registry.membership.note(False, "to see it join")
    clock.advance(seconds=5)
    calls = calls_of(lambda: app.join(scheduled_event("join"), None))
    assert_allowed(calls, "join", MADE_ONCE)


def test_who_repairs(api: Api, parts: Parts, clock: FakeClock, calls_of: CallsOf) -> None:
    lost, other = api.create(), site("loc9", clock)
    api.define("city")
    app.relay({"Records": []}, None)
    producer: Any = parts.producer
    for event in producer.sent:
        apply_event(decode(encode(event)), other.registry)
    store: Any = parts.registry.store
    tables: Tables = store._tables
    tables.call("delete_item", TableName=tables.name(CustomerItem), Key=key(lost))
    tables.call("delete_item", TableName=tables.name(FieldItem), Key={"key": text("city")})

    def repair() -> None:
        for _ in range(3):
            clock.advance(milliseconds=PATIENCE)
            exchange_digests(other.registry, parts.board)
            repair_differences(SYSTEM, other.registry, parts.board, other.producer)
            app.repair_differences(scheduled_event("repair"), None)

    for _ in range(2):
        clock.advance(milliseconds=PATIENCE)
        exchange_digests(parts.registry, parts.board)
        exchange_digests(other.registry, parts.board)
    assert_allowed(calls_of(repair), "repair_differences", MADE_ONCE)


def test_who_keeps_an_index(calls_of: CallsOf) -> None:
    app.consumer(sent(customer(4, wall_clock(), "loc9")), None)

    def ticks() -> None:
        # The first reads all customers, the second what changed since.
        for _ in range(2):
            app.take_snapshot(scheduled_event("snapshot"), None)

    assert_allowed(calls_of(ticks), "take_snapshot")


def test_who_answers_people(api: Api, parts: Parts, calls_of: CallsOf) -> None:
    readable = encode(event_of(customer(5, wall_clock(), "loc9")))
    letters = [
        DeadLetter("sins.customers", 0, offset, b"", value, "late", 1, len(value))
        for offset, value in enumerate((readable, b"{"))
    ]
    for letter in letters:
        parts.registry.store.system.add_dead_letter(letter)
    calls = calls_of(lambda: ask_everything(api, [letter.id for letter in letters]))
    assert_allowed(calls, "api_handler")


def ask_everything(api: Api, letters: list[str]) -> None:
    """Every route, with what makes each look further."""
    numbered = {"surname": "Meyer", "document_number": "X 2"}
    made = accepted(api.post(ITEMS, numbered, idempotency_key="key"), 201)
    api.post(ITEMS, numbered, idempotency_key="key")
    where = item(made["id"])
    api.patch(where, {"name": "Ann"}, if_match='"1"')
    api.put(where, {"surname": "Maier"})
    for path in (ITEMS, where, f"{where}/history", AUDIT, ACCESS, STATUS, FIELDS, "/ready"):
        accepted(api.get(path))
    for path in ("search?q=maier", "search?q=x2&mode=exact", "conflicts", "duplicates"):
        api.get(f"{ITEMS}/{path}" if path.startswith("search") else f"/api/customers/{path}")
    oldest = api.items(f"{where}/history")[-1]
    api.delete(where)
    accepted(api.post(f"{where}/restore", {"origin": oldest["origin"], "seq": oldest["seq"]}))
    api.define("city")
    api.get(field("city"))
    api.patch(field("city"), {"label": "Town"})
    api.delete(field("city"))
    assert api.get("/api/customers/export").status == 200
    for surname in ("Meyer", "Maier"):
        imported(api, f"document_number,surname\r\nX 3,{surname}\r\n")
    api.by("nobody").get(ITEMS)
    for letter in letters:
        path = f"/api/locations/dead-letters/{letter}"
        accepted(api.get(path))
        api.post(f"{path}/retry", {})
        api.delete(f"{path}?reason=broken")
    accepted(api.get("/api/locations/dead-letters"))
