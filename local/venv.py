"""Makes the virtual environment `.venv` and keeps it equal to the requirement files.

`python3 -m local.venv FILE` runs before anything is installed, so this module needs the
standard library only. Every requirement file is complete for its use: what ships,
what one machine runs, what the tests need. A changed file builds the environment anew,
since pip alone would leave behind what the file no longer names.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from local.errors import CannotRun, last_line

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
INSTALLED = VENV / "installed"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ("requirements.txt", "local/requirements.txt", "tests/requirements.txt")


def main(requirements: str) -> None:
    """Leaves an environment that holds the packages of this requirement file."""
    try:
        ensure(requirements)
    except CannotRun as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped.")


def ensure(requirements: str) -> None:
    if _read_state() != _wanted_state():
        _create()
    if requirements not in _installed():
        print(f"Installing the packages of {requirements}", file=sys.stderr)
        install(requirements)
        _remember(requirements)


def install(requirements: str) -> None:
    """Installs a requirement file, every package checked against its hash."""
    _run(
        [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirements],
        f"The packages of {requirements} could not be installed: "
        "see to the network and run it again",
    )


def _create() -> None:
    print("Making the virtual environment .venv", file=sys.stderr)
    _run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        f"{sys.executable} could not make the virtual environment: "
        "install its venv module, or name another Python with PYTHON=",
    )
    INSTALLED.write_text(_wanted_state() + "\n")


def _run(command: list[str], failure: str) -> None:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise CannotRun(f"{failure} ({last_line(result.stderr or result.stdout)}).")


def _wanted_state() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in REQUIREMENTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _read_state() -> str:
    return _lines()[0] if PYTHON.exists() and _lines() else ""


def _installed() -> list[str]:
    return _lines()[1:]


def _lines() -> list[str]:
    return INSTALLED.read_text().splitlines() if INSTALLED.exists() else []


def _remember(requirements: str) -> None:
    with INSTALLED.open("a") as file:
        file.write(requirements + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
