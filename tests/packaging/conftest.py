"""A package that was made once, for a runtime that an interpreter here can load."""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.packaging.interpreters import interpreter_for
from infra.packaging.making import Made, make
from local.engines.folders import locked

PATIENCE = 500.0
# Best first. The last is none that the package is deployed on: its machine in Lambda is older.
RUNTIMES = ("python3.14", "python3.13", "python3.12", "python3.11")


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
    shared = folder_of_run(tmp_path_factory)
    with locked(shared, PATIENCE):
        made = Made(shared / "package", runtime, interpreter)
        if not (shared / "unzipped").exists():
            make("loc1", runtime, made.folder)
            with zipfile.ZipFile(made.zip) as archive:
                archive.extractall(shared / "unzipped")
    return Unzipped(made, shared / "unzipped", interpreter)


def folder_of_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all workers of a run: the package is made once."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "sins-package"
