"""One rig for the fault tests of a test process: three locations take long to start."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import start
from tests.faults.rig import Rig, rig_in

BROKEN = pytest.StashKey[bool]()


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
            self._rig = self._running.enter_context(rig_in(self._new_folder(), start))
        return self._rig

    def close(self) -> None:
        self._rig = None
        self._running.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps those that need the rig on one worker, so that only one is built."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "rig" in getattr(
            item, "fixturenames", ()
        ):
            item.add_marker(pytest.mark.xdist_group("rig"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.session.stash[BROKEN] = True
    return report


@pytest.fixture(scope="session")
def keeper(environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    keeper = Keeper(lambda: tmp_path_factory.mktemp("rig"))
    yield keeper
    keeper.close()


@pytest.fixture
def rig(keeper: Keeper, request: pytest.FixtureRequest) -> Rig:
    """Three locations with everything running, and whatever other tests wrote."""
    return keeper.rig(request.session)
