"""One rig for all fault tests of a test process: three locations take long to start."""

from collections.abc import Iterator

import pytest

from tests.conftest import start
from tests.faults.rig import Rig, rig_in


@pytest.fixture(scope="session")
def whole_rig(environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with rig_in(tmp_path_factory.mktemp("rig"), start) as rig:
        yield rig


@pytest.fixture
def rig(whole_rig: Rig) -> Rig:
    """The rig with everything running, whatever the test before left behind."""
    whole_rig.mend()
    return whole_rig
