"""How large a package is, and how much of the processor a function needs until it can begin."""

import statistics
import subprocess
import tempfile
import zipfile
from pathlib import Path

from msgspec import Struct

RUNS = 15
_PROGRAM = """
import sys, time
sys.path[:] = [sys.argv[1], *(path for path in sys.path if "site-packages" not in path)]
sys.dont_write_bytecode = True
started = time.process_time()
import app
imported = time.process_time()
from chalicelib import bootstrap
bootstrap.parts()
print(imported - started, time.process_time() - started)
"""


class Figures(Struct, frozen=True):
    """Bytes zipped and unzipped; of the processor the milliseconds to import `app` and to begin.

    It does not matter to these what else the machine does.
    """

    zipped: int
    unzipped: int
    importing: float = 0
    starting: float = 0


def measure(packages: list[Path], interpreter: str | None) -> list[Figures]:
    """The figures of some zips, medians of fresh interpreters that take turns."""
    with tempfile.TemporaryDirectory(prefix="sins-measure-") as name:
        folders = [_unzip(path, Path(name) / str(at)) for at, path in enumerate(packages)]
        if interpreter is None:
            return [_sizes(path) for path in packages]
        rounds = [[_start(interpreter, folder) for folder in folders] for _ in range(RUNS)]
    return [
        Figures(
            _sizes(path).zipped,
            _sizes(path).unzipped,
            statistics.median(one[at][0] for one in rounds),
            statistics.median(one[at][1] for one in rounds),
        )
        for at, path in enumerate(packages)
    ]


def _sizes(path: Path) -> Figures:
    with zipfile.ZipFile(path) as archive:
        unzipped = sum(info.file_size for info in archive.infolist())
    return Figures(path.stat().st_size, unzipped)


def _unzip(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


def _start(interpreter: str, folder: Path) -> tuple[float, float]:
    said = subprocess.run(
        # Isolated: nothing but the package, and no settings but those of a function.
        [interpreter, "-I", "-c", _PROGRAM, str(folder)],
        cwd=folder,
        env={"LOCATION": "loc1", "AWS_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    importing, starting = map(float, said.stdout.split())
    return 1000 * importing, 1000 * starting
