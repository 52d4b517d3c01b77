"""Child processes that never outlive the program that started them.

Each child is a process group of its own, so that Ctrl-C reaches only the program that
knows the order to stop them in. On Linux the kernel asks a child to stop when that
program dies without a word; it watches the thread that started the child, so start them
from the main thread.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from local.errors import CannotRun, last_line
from local.stopping import pause

PATIENCE = 10.0
READY_SECONDS = 120.0
_PR_SET_PDEATHSIG = 1


class Process(Struct, frozen=True):
    """A running child, the address it answers on, and the file it logs to."""

    name: str
    address: str
    log: Path
    popen: subprocess.Popen[bytes]

    def require_alive(self) -> None:
        """Raises if the process stopped by itself, with the last thing it said, or was ended."""
        code = self.popen.poll()
        if code is None:
            return
        if code < 0:
            # What it said last has nothing to do with it.
            by = signal.Signals(-code).name
            raise CannotRun(f"{self.name} was ended by {by}, see {self.log}.")
        said = last_line(self.log.read_text(errors="replace"))
        raise CannotRun(f"{self.name} stopped with code {code}, see {self.log}: {said}.")

    def ask_to_stop(self) -> None:
        if self.popen.poll() is None:
            self.popen.terminate()

    def stop(self, patience: float = PATIENCE) -> None:
        """Lets the process save its data, and ends it by force if that takes too long."""
        self.ask_to_stop()
        try:
            self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    log: Path,
    *,
    address: str = "",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Process]:
    """A child that runs as long as the block does, with the files marked inheritable."""
    process = Process(name, address, log, _start(command, log, environment, folder))
    try:
        yield process
    finally:
        process.stop()


def wait_until(
    ready: Callable[[], bool],
    process: Process,
    others: Sequence[Process] = (),
    patience: float = READY_SECONDS,
) -> None:
    """Returns once the process is ready; raises when it, or another it needs, is dead."""
    deadline = time.monotonic() + patience
    while not ready():
        for needed in (*others, process):
            needed.require_alive()
        if time.monotonic() > deadline:
            raise CannotRun(
                f"{process.name} was not ready within {patience:.0f} s, see {process.log}."
            )
        pause(0.05)


def wait_for_end(process: Process, others: Sequence[Process] = ()) -> int:
    """The code the process ended with; raises when another that it needs is dead."""
    while (code := process.popen.poll()) is None:
        for needed in others:
            needed.require_alive()
        pause(0.05)
    return code


def _start(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None,
    folder: Path | None,
) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            close_fds=False,
            process_group=0,
            # Safe here: no other thread of ours holds a lock when children start.
            preexec_fn=_stop_with_parent() if sys.platform == "linux" else None,  # noqa: PLW1509
        )


def _stop_with_parent() -> Callable[[], None]:
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel was asked
            os._exit(1)

    return ask_kernel
