"""Fetching Apache Kafka with Maven, and what a person is told when it fails."""

import shutil
from pathlib import Path

import pytest

from local.engines.kafka import Door, fetch, write_settings
from local.errors import CannotRun

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><version>9.9</version></project>"""
DELIVERS = """
for argument in "$@"; do case $argument in -DoutputDirectory=*) folder=${argument#*=};; esac; done
mkdir "$folder" && echo jar > "$folder/kafka.jar"
"""


class Maven:
    """A folder of programs with an `mvn` that does what the script says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._programs = folder / "bin"
        self._programs.mkdir()
        self.does(DELIVERS)
        monkeypatch.setenv("PATH", f"{self._programs}:/usr/bin:/bin")

    def does(self, script: str) -> None:
        program = self._programs / "mvn"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maven:
    return Maven(tmp_path, monkeypatch)


@pytest.fixture
def pom(tmp_path: Path) -> Path:
    (tmp_path / "pom.xml").write_text(POM)
    return tmp_path / "pom.xml"


@pytest.fixture
def engines(tmp_path: Path) -> Path:
    return tmp_path / "engines"


def test_the_jars_are_kept_under_the_version_that_the_pom_names(
    maven: Maven, pom: Path, engines: Path
) -> None:
    folder = fetch(engines, pom)
    assert folder == engines / "kafka-9.9"
    assert [file.name for file in folder.iterdir()] == ["kafka.jar"]
    assert list(engines.iterdir()) == [folder]


def test_what_is_there_is_not_fetched_again(maven: Maven, pom: Path, engines: Path) -> None:
    first = fetch(engines, pom)
    maven.does("exit 1")
    assert fetch(engines, pom) == first


@pytest.mark.parametrize("script", ["exit 1", "exit 0", f"{DELIVERS}\nexit 1"])
def test_a_maven_that_fails_is_told_in_one_sentence_and_leaves_nothing(
    maven: Maven, pom: Path, engines: Path, script: str
) -> None:
    maven.does(script)
    with pytest.raises(CannotRun, match=rf"Maven could not fetch what {pom} names: see to the"):
        fetch(engines, pom)
    assert list(engines.iterdir()) == []


def test_a_machine_without_maven_is_told_what_to_install(
    pom: Path, engines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(shutil.which("sh")))
    with pytest.raises(CannotRun, match=r"mvn was not found: install Maven"):
        fetch(engines, pom)


def test_a_client_that_comes_by_a_door_is_told_to_stay_with_it(tmp_path: Path) -> None:
    file = write_settings(tmp_path, [Door(1111, 1111), Door(2222, 3333)])
    settings = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert settings["listeners"].startswith("MAIN://127.0.0.1:1111,DOOR1://127.0.0.1:2222,")
    assert settings["advertised.listeners"] == "MAIN://127.0.0.1:1111,DOOR1://127.0.0.1:3333"
