"""Callers of a location that stands on real tables."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.bootstrap import Parts
from chalicelib.domain.record import Kind
from chalicelib.search.indexes import SavedIndexes
from chalicelib.services.warm_index import WarmIndex
from chalicelib.storage.client import Tables
from chalicelib.storage.store import DynamoStore
from infra.tables import create_missing
from local.http_server import open_server
from tests.api.client import Api, in_process, over_http
from tests.conftest import ClientOf, being_served, new_location, region_of, settings_on
from tests.contract.conftest import DynamoBackend

PROVIDER = {"X-Role": "service_provider", "X-Actor": "admin"}
ApiOn = Callable[[Parts], Api]
MakeParts = Callable[[], Parts]


@pytest.fixture(scope="session")
def make_parts(dynamodb_endpoint: str, client_of: ClientOf) -> MakeParts:
    """A factory of fresh locations."""
    settings = settings_on(dynamodb_endpoint, new_location(), {"log_level": "ERROR"})
    pattern = bootstrap.build(settings)

    def make() -> Parts:
        location = new_location()
        tables = Tables(client_of(location), f"sins-{location}-")
        create_missing(tables)
        its_own = replace(settings, location=location, aws_region=region_of(location))
        moved = replace(pattern, settings=its_own)
        made = with_store(moved, DynamoStore(tables, location))
        made.registry.membership.note(True, "a test has no other locations")
        return made

    return make


def with_store(parts: Parts, store: DynamoStore) -> Parts:
    """The parts of a process that has just started on this store."""
    registry = parts.registry.moved(store=store)
    return replace(parts, registry=registry, warm_index=WarmIndex(SavedIndexes()))


def another_process(parts: Parts) -> Parts:
    """Parts on the same tables that know nothing of what these have read."""
    return replace(parts, registry=parts.registry.moved(), warm_index=WarmIndex(SavedIndexes()))


def with_settings(parts: Parts, **settings: Any) -> Parts:
    return replace(parts, settings=replace(parts.settings, **settings))


def tear(customer_id: str, parts: Parts) -> None:
    """Makes a customer's row one that nobody can read."""
    record = parts.registry.store.records.get(Kind.CUSTOMER, customer_id)
    assert record is not None
    DynamoBackend(Tables.of(parts.settings)).make_unreadable(record)


@pytest.fixture
def api_on() -> Iterator[ApiOn]:
    """Lets the app of this process stand on some parts from here on."""

    def stand_on(parts: Parts) -> Api:
        bootstrap.use(parts)
        return Api(in_process(), PROVIDER)

    yield stand_on
    bootstrap.use(None)


@pytest.fixture
def parts(make_parts: MakeParts) -> Parts:
    """A location of the test's own."""
    return make_parts()


@pytest.fixture
def api(parts: Parts, api_on: ApiOn) -> Api:
    """A service provider who calls a location of the test's own."""
    return api_on(parts)


@pytest.fixture(scope="module")
def common_parts(make_parts: MakeParts) -> Parts:
    return make_parts()


@pytest.fixture
def common(common_parts: Parts, api_on: ApiOn) -> Api:
    """For facts about single requests: the tests of a module share the location."""
    return api_on(common_parts)


@pytest.fixture
def served(parts: Parts) -> Iterator[Api]:
    """A service provider who calls a location of the test's own over the wire."""
    with serving(parts) as port:
        yield Api(over_http(port), PROVIDER)


@contextmanager
def serving(parts: Parts) -> Iterator[int]:
    """The port of a real HTTP server for the app on these parts."""
    from app import app

    bootstrap.use(parts)
    server = open_server(app, "127.0.0.1", 0)
    try:
        with being_served(server):
            yield server.server_port
    finally:
        bootstrap.use(None)
