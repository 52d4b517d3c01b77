"""The virtual environment: made anew only when what it must hold has changed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("local/__init__.py", "local/errors.py", "local/venv.py")
FILES = ("requirements.txt", "local/requirements.txt", "tests/requirements.txt")
REMEMBER = "from local import venv; venv.INSTALLED.write_text(venv._wanted_state() + '\\n')"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with an environment that was made, whose Python installs as it is told to."""
    for name in (*MODULES, *FILES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for name in MODULES:
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    pip_says(tmp_path, "exit 0")
    subprocess.run([sys.executable, "-c", REMEMBER], cwd=tmp_path, check=True)
    return tmp_path


def pip_says(project: Path, script: str) -> None:
    python = project / ".venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)


def ensure(project: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.venv", FILES[0]]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_packages_are_installed_once(project: Path) -> None:
    assert ensure(project).stderr == f"Installing the packages of {FILES[0]}\n"
    assert ensure(project).stderr == ""


def test_a_changed_file_makes_the_environment_anew(project: Path) -> None:
    ensure(project)
    (project / FILES[1]).write_text("# another package\n")
    assert ensure(project).stderr.startswith("Making the virtual environment .venv\n")


def test_an_installation_that_fails_is_told_and_tried_again(project: Path) -> None:
    pip_says(project, "echo 'no network' >&2; exit 1")
    for _ in range(2):
        result = ensure(project)
        assert result.returncode == 1
        assert result.stderr.splitlines()[-1] == (
            f"The packages of {FILES[0]} could not be installed: "
            "see to the network and run it again (no network)."
        )


def test_an_environment_that_cannot_be_made_is_told_in_one_sentence(project: Path) -> None:
    shutil.rmtree(project / ".venv")
    (project / ".venv").write_text("in the way")
    result = ensure(project)
    assert result.returncode == 1
    assert "could not make the virtual environment: install its venv module" in result.stderr
    assert "Traceback" not in result.stderr
