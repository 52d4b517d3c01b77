"""Child processes: how they are watched, stopped and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local.engines.processes import running, wait_for_end, wait_until
from local.errors import CannotRun

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
PARENT = """
import sys, time
from pathlib import Path
from local.engines.processes import running
with running("child", ["sleep", "60"], Path(sys.argv[1])) as child:
    print(child.popen.pid, flush=True)
    time.sleep(60)
"""


def test_a_child_ends_with_the_block(tmp_path: Path) -> None:
    with running("child", SLEEP, tmp_path / "log") as child:
        assert child.popen.poll() is None
    assert child.popen.returncode == -signal.SIGTERM


def test_a_child_is_out_of_reach_of_ctrl_c(tmp_path: Path) -> None:
    with running("child", SLEEP, tmp_path / "log") as child:
        assert os.getpgid(child.popen.pid) != os.getpgid(0)


def test_a_child_that_is_deaf_is_ended_by_force(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running("child", [sys.executable, "-c", DEAF], log) as child:
        wait_until(lambda: "deaf" in log.read_text(), child)
        child.stop(patience=0.2)
        assert child.popen.returncode == -signal.SIGKILL


def test_a_child_that_died_is_told_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running("child", ["sh", "-c", "echo first; echo no disk; exit 3"], log) as child:
        assert wait_for_end(child) == 3
        with pytest.raises(CannotRun, match=rf"^child stopped with code 3, see {log}: no disk\.$"):
            child.require_alive()


def test_waiting_ends_when_what_is_needed_is_dead(tmp_path: Path) -> None:
    with (
        running("engine", ["false"], tmp_path / "engine") as engine,
        running("child", SLEEP, tmp_path / "child") as child,
        pytest.raises(CannotRun, match="engine stopped with code 1"),
    ):
        wait_until(lambda: False, child, [engine])


def test_waiting_ends_when_patience_does(tmp_path: Path) -> None:
    with (
        running("child", SLEEP, tmp_path / "log") as child,
        pytest.raises(CannotRun, match="child was not ready within 0 s"),
    ):
        wait_until(lambda: False, child, patience=0.2)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of it")
def test_no_child_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
    assert becomes_true(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    """Whether it runs; a dead one that nobody has collected doesn't."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def becomes_true(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()
