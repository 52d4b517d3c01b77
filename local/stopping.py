"""Lets a program be asked to stop, and do it at a moment of its own choosing.

A signal only leaves a note, which `pause` reads. Raised from the signal handler itself, an
exception can strike inside the standard library and leave a lock of its held for good.
"""

import signal
import time
from types import FrameType


class Stopped(Exception):
    """The program was asked to stop."""


_asked = False


def stop_on_signals() -> None:
    """From now on SIGINT, SIGTERM and SIGHUP end the next pause."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ask)


def pause(seconds: float) -> None:
    """Sleeps; raises Stopped if the program was asked to stop."""
    if not _asked:
        time.sleep(seconds)
    if _asked:
        raise Stopped


def _ask(_number: int, _frame: FrameType | None) -> None:
    global _asked  # noqa: PLW0603
    _asked = True
