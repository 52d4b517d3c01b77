"""One rig for the fault tests of a test process: three locations take long to start.

Its broker is Apache Kafka. Where that cannot be had, the embedded broker takes its place, with a
warning; with SINS_REQUIRE_ENGINES=1 the tests fail instead.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import kafka_is_missing, start
from tests.faults.rig import Rig, rig_in

BROKEN = pytest.StashKey[bool]()
KEEPER = pytest.StashKey["Keeper"]()


class Keeper:
    """Lends the one rig, and a new one after a test that failed: it may have left anything."""

    def __init__(self, new_folder: Callable[[], Path]) -> None:
        self._new_folder = new_folder
        self._running = ExitStack()
        self._rig: Rig | None = None

    def rig(self, session: pytest.Session) -> Rig:
        if session.stash.get(BROKEN, False):
            self.close()
        if self._rig is None:
            session.stash[BROKEN] = False
            rig = rig_in(self._new_folder(), start, embedded=kafka_is_missing())
            self._rig = self._running.enter_context(rig)
        return self._rig

    def close(self) -> None:
        self._rig = None
        self._running.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps those that need a rig on two workers, so that few are built.

    Behind all others come those after which nobody else can use it.
    """
    modules = sorted(Path(__file__).parent.glob("test_*.py"))
    places = [at for at, item in enumerate(items) if needs_rig(item)]
    in_order = sorted((items[at] for at in places), key=_is_last)
    for at, item in zip(places, in_order, strict=True):
        items[at] = item
    for item in items:
        if item.path in modules and needs_rig(item):
            item.add_marker(pytest.mark.xdist_group(f"rig {modules.index(item.path) % 2}"))


def needs_rig(item: pytest.Item | None) -> bool:
    return "rig" in getattr(item, "fixturenames", ())


def _is_last(item: pytest.Item) -> bool:
    return "last_of_its_rig" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Ends the rig behind the last test that needs it: it takes a fifth of a processor at rest."""
    if KEEPER in item.session.stash and not needs_rig(nextitem):
        item.session.stash[KEEPER].close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.session.stash[BROKEN] = True
    return report


@pytest.fixture(scope="session")
def keeper(
    environment: None, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Keeper]:
    keeper = Keeper(lambda: tmp_path_factory.mktemp("rig"))
    request.session.stash[KEEPER] = keeper
    yield keeper
    keeper.close()


@pytest.fixture
def rig(keeper: Keeper, request: pytest.FixtureRequest) -> Rig:
    """Three locations with everything running, and whatever other tests wrote."""
    return keeper.rig(request.session)


@pytest.fixture
def last_of_its_rig(request: pytest.FixtureRequest) -> Iterator[None]:
    """Gives those that come after this test a new rig."""
    yield
    request.session.stash[BROKEN] = True
