"""Folders of engines: made, thrown away, and held by one run at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.engines.folders import folder_or_scratch, locked
from local.errors import CannotRun

KILLED_WHILE_ITS_CHILD_IS_SLOW = """
import os, sys
from pathlib import Path
from local.engines.folders import locked
from local.engines.processes import running
slow = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), exit())); "
slow += "print('up', flush=True); time.sleep(60)"
log = Path(sys.argv[1]) / "log"
with locked(Path(sys.argv[1])), running("slow", [sys.executable, "-c", slow], log):
    while not log.read_text():
        pass
    os.kill(os.getpid(), 9)
"""


def test_a_named_folder_stays(tmp_path: Path) -> None:
    with folder_or_scratch(tmp_path / "a" / "b") as folder:
        assert folder == tmp_path / "a" / "b"
    assert folder.is_dir()


def test_a_scratch_folder_goes(tmp_path: Path) -> None:
    with folder_or_scratch(None) as folder:
        (folder / "file").write_text("data")
    assert not folder.exists()


def test_a_folder_is_held_by_one_run(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(CannotRun, match=f"^Another run uses the folder {tmp_path}: stop it"),
        locked(tmp_path, patience=0.1),
    ):
        pass


def test_a_run_that_ended_lets_go(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path, patience=0.1):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux asks the child to stop")
def test_a_new_run_waits_until_the_last_child_of_a_killed_one_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_WHILE_ITS_CHILD_IS_SLOW, str(tmp_path)]
    subprocess.run(command, check=False)
    with pytest.raises(CannotRun), locked(tmp_path, patience=0.1):
        pass
    with locked(tmp_path, patience=30):
        pass
