"""Finding an interpreter of a certain version on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.packaging.wheels import version_of


def interpreter_for(runtime: str) -> str | None:
    """The path of an interpreter that loads what is made for the runtime; None without one."""
    return next((path for path in _candidates(runtime) if _is(path, runtime)), None)


def _candidates(runtime: str) -> Iterator[str]:
    yield sys.executable
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "uv",
            "python",
            "find",
            "--no-python-downloads",
            version_of(runtime),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    yield found.stdout.strip()
    # What pyenv puts on the path runs only the version that it is set to.
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{version_of(runtime)}.*/bin/{runtime}")))


def _is(path: str, runtime: str) -> bool:
    if not path:
        return False
    program = "import sys; print('python%d.%d' % sys.version_info[:2])"
    try:
        said = subprocess.run(
            [path, "-c", program], capture_output=True, text=True, check=False, timeout=20
        )
    except OSError:
        return False
    return said.stdout.strip() == runtime
