"""The packages that ship: installed as wheels for Lambda's machine, whatever runs this here.

uv resolves for another Python and another platform than its own, so nothing is ever compiled, and
nothing that would not load there is taken. Every file is checked against the hash in
`requirements.txt`.
"""

import subprocess
import sys
from pathlib import Path

from infra.packaging.errors import CannotPackage

# What the runtimes of Lambda from python3.12 on can load (Amazon Linux 2023).
PLATFORM = "x86_64-manylinux_2_28"
# The newest for which every package has a wheel; google-re2 has none for 3.15.
RUNTIME = "python3.14"


def install_wheels(requirements: Path, runtime: str, folder: Path) -> None:
    """Fills the folder with the packages. Raises CannotPackage where one has no wheel."""
    target = ["--python-version", version_of(runtime), "--python-platform", PLATFORM]
    strict = ["--only-binary", ":all:", "--require-hashes", "--no-deps"]
    command = ["-m", "uv", "pip", "install", "--quiet", "--target", str(folder)]
    result = subprocess.run(
        [sys.executable, *command, *target, *strict, "--requirements", str(requirements)],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise CannotPackage(f"the wheels for {runtime} are not to be had:\n{result.stderr.strip()}")
    # What uv leaves behind for itself.
    (folder / ".lock").unlink(missing_ok=True)


def version_of(runtime: str) -> str:
    """`python3.13` is Python 3.13."""
    return runtime.removeprefix("python")
