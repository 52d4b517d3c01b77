"""Folders that engines keep their data in."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.errors import CannotRun
from local.stopping import pause

LOCK_SECONDS = 5.0


@contextmanager
def folder_or_scratch(folder: Path | None) -> Iterator[Path]:
    """The folder, made if need be; without one a new folder that is removed at the end."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="sins-") as scratch:
        yield Path(scratch)


@contextmanager
def locked(folder: Path, patience: float = LOCK_SECONDS) -> Iterator[None]:
    """Holds the folder for this program and the children it starts.

    The children hold it too: if this program is killed, the next one waits until the
    last of them has saved its data and is gone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        _acquire(lock.fileno(), folder, patience)
        yield


def _acquire(lock: int, folder: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not _try_to_acquire(lock):
        if time.monotonic() > deadline:
            raise CannotRun(
                f"Another run uses the folder {folder}: stop it, or name another with DATA_DIR."
            )
        pause(0.1)


def _try_to_acquire(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
