"""A package that was made once, for a runtime that an interpreter here can load."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.packaging.interpreters import interpreter_for
from infra.packaging.making import Made, make
from infra.packaging.wheels import RUNTIMES

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker has all of them: the package is made once."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.xdist_group("packaging"))


@dataclass(frozen=True, slots=True)
class Unzipped:
    """A package as it lies in a function, and the interpreter that runs it."""

    made: Made
    folder: Path
    interpreter: str


@pytest.fixture(scope="session")
def unzipped(tmp_path_factory: pytest.TempPathFactory) -> Unzipped:
    """The newest runtime for which there is an interpreter; the one that runs this always is."""
    runtime, interpreter = next(
        (runtime, found) for runtime in RUNTIMES if (found := interpreter_for(runtime))
    )
    made = make("loc1", runtime, tmp_path_factory.mktemp("package"))
    folder = tmp_path_factory.mktemp("unzipped")
    with zipfile.ZipFile(made.zip) as archive:
        archive.extractall(folder)
    return Unzipped(made, folder, interpreter)
