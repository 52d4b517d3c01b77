"""Where fetched engines are kept: `.engines`, beside the code.

An engine is made complete beside its place and then renamed, so a folder that is there is
complete, also when two programs fetch it at once.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from local.errors import CannotRun

ENGINES = Path(__file__).resolve().parent.parent.parent / ".engines"


def put_in_place(target: Path, make: Callable[[Path], Path]) -> None:
    """Keeps as `target` the folder that `make` returns, made in a scratch folder."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="fetching-") as scratch:
            _rename(make(Path(scratch)), target)
    except OSError as error:
        raise CannotRun(
            f"{target.parent} cannot be written: see to its rights and its space ({error})."
        ) from None


def _rename(made: Path, target: Path) -> None:
    try:
        made.rename(target)
    except OSError:
        if not target.exists():  # otherwise another program was faster
            raise
