"""What every suite may ask for: engines, and the parts of a location that stands on them.

An engine starts once a test process, keeps everything in memory and stops with it. Where one
cannot run, its tests are skipped; with SINS_REQUIRE_ENGINES=1 they fail instead.
"""

import logging
import os
import secrets
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from http.server import HTTPServer
from operator import attrgetter
from pathlib import Path
from threading import Thread
from typing import Any, Protocol
from zlib import crc32

import pytest
from botocore.config import Config
from botocore.session import Session
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.bootstrap import Parts
from chalicelib.log import LOGGER
from chalicelib.services.ports import Producer
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables, open_client
from chalicelib.storage.tables import AccessItem
from infra.tables import create_missing
from local.engines import kafka
from local.engines.broker import broker
from local.engines.dynamodb import dynamodb_local
from local.engines.processes import Process
from local.errors import CannotRun

REGION = "local"
# DynamoDB Local keeps a database for each, and works the slower the more tables are in one: where
# a test process makes all its tables in one, most of its time is spent on that in the end.
REGIONS = 16
ClientOf = Callable[[str], Any]
DRAWN: Counter[str] = Counter()


class WithoutKafka(UserWarning):
    """The fault tests ran on a broker that is not the one of production."""


class PartsOn(Protocol):
    """Makes the parts of a location; without a name of one that nobody else has."""

    def __call__(
        self,
        location: str = "",
        clock: Callable[[], int] | None = None,
        producer: Producer | None = None,
        **settings: Any,
    ) -> Parts: ...


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """Credentials that open nothing, and none of the settings of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("AWS_", "DYNAMODB_", "KAFKA_")):
                patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        yield


@pytest.fixture(scope="session")
def dynamodb_endpoint(environment: None) -> Iterator[str]:
    """The address of a real DynamoDB Local."""
    with ExitStack() as engines:
        address = start(engines, partial(dynamodb_local, lives_long=False)).address
        warm_up(address)
        yield address


@pytest.fixture(scope="session")
def client_of(dynamodb_endpoint: str) -> ClientOf:
    """The client that all tests share who use the tables of this location, or its neighbours.

    Opening another takes longer than making the tables.
    """
    in_region = cache(partial(open_client, dynamodb_endpoint))
    return lambda location: in_region(region_of(location))


@pytest.fixture(scope="session")
def kafka_bootstrap(environment: None) -> Iterator[str]:
    """The address of a real Kafka broker."""
    with ExitStack() as engines:
        yield start(engines, broker).address


@pytest.fixture
def heard(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> pytest.LogCaptureFixture:
    """What the product logs: whoever made its parts before has had it say less, and only there."""
    monkeypatch.setattr(LOGGER, "propagate", True)
    caplog.set_level(logging.INFO, LOGGER.name)
    return caplog


@pytest.fixture
def fresh_location() -> str:
    """The name of a location that has no tables yet."""
    return new_location()


@pytest.fixture
def parts_on(dynamodb_endpoint: str) -> PartsOn:
    """A factory of parts on real tables: `parts_on()` for a fresh location.

    `parts_on("loc1")` twice gives two processes of one location. `clock` and `producer` take
    the place of the real ones; what else is named is a setting (`kafka_bootstrap=...`).
    """

    def make(
        location: str = "",
        clock: Callable[[], int] | None = None,
        producer: Producer | None = None,
        **settings: Any,
    ) -> Parts:
        given = settings_on(dynamodb_endpoint, location or new_location(), settings)
        parts = build_parts(given)
        if clock:
            parts = with_clock(parts, clock)
        return replace(parts, producer=producer) if producer else parts

    return make


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Adds up the requests that tests say they drew, in whichever process they ran."""
    if report.when == "teardown":
        drawn: Any = dict(report.user_properties).get("requests", {})
        DRAWN.update(drawn)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if DRAWN:
        terminalreporter.section("API contract")
        answers = ", ".join(f"{DRAWN[status]:,} x {status}" for status in sorted(DRAWN))
        terminalreporter.line(f"{DRAWN.total():,} requests drawn from the document: {answers}")


def start(engines: ExitStack, engine: Callable[[], Any]) -> Process:
    """The engine, running until `engines` is closed. Skips, or fails, where it cannot run."""
    try:
        process: Process = engines.enter_context(engine())
        return process
    except (CannotRun, ImportError, OSError) as error:
        if os.environ.get("SINS_REQUIRE_ENGINES") == "1":
            pytest.fail(f"an engine cannot run: {error}")
        pytest.skip(f"an engine cannot run: {error}")


def kafka_is_missing(fetch: Callable[[], Path] = kafka.fetch) -> bool:
    """Whether the embedded broker has to do. Fails where the real one is required."""
    try:
        fetch()
        return False
    except CannotRun as error:
        if os.environ.get("SINS_REQUIRE_ENGINES") == "1":
            pytest.fail(f"Apache Kafka cannot run: {error}")
        message = f"THE FAULT TESTS RUN WITHOUT APACHE KAFKA, on the embedded broker: {error}"
        warnings.warn(WithoutKafka(message), stacklevel=1)
        return True


def warm_up(endpoint: str) -> None:
    """Lets the first requests, which load the engine's code, take longer than the product would."""
    patient = Config(read_timeout=60, retries={"total_max_attempts": 1})
    client = Session().create_client(
        "dynamodb", region_name=REGION, endpoint_url=endpoint, config=patient
    )
    create_missing(Tables(client, f"sins-{new_location()}-"))


@contextmanager
def being_served(server: HTTPServer) -> Iterator[str]:
    """The address at which the server answers, for as long as the block runs."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def access_lines(tables: Tables) -> list[Any]:
    """The lines of the access log, oldest first."""
    lines = map(AccessItem.from_raw_data, tables.raw_scan(AccessItem))
    return sorted(lines, key=attrgetter("at"))


def new_location() -> str:
    return f"t{secrets.token_hex(6)}"


def region_of(location: str) -> str:
    """Always the same one, so that several processes of a location find the same tables."""
    return f"{REGION}-{crc32(location.encode()) % REGIONS}"


def settings_on(endpoint: str, location: str, others: Mapping[str, Any]) -> Settings:
    region = region_of(location)
    return Settings(
        **{"location": location, "dynamodb_endpoint": endpoint, "aws_region": region, **others}
    )


def build_parts(settings: Settings) -> Parts:
    """The product's own parts of a location that may write, with its tables made where missing."""
    create_missing(Tables.of(settings))
    parts = bootstrap.build(settings)
    parts.registry.membership.note(True, "a test has no other locations")
    return parts


def with_clock(parts: Parts, clock: Callable[[], int]) -> Parts:
    return replace(parts, registry=parts.registry.moved(clock=clock))
