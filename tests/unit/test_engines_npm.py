"""Fetching an npm package: what is kept, and what a person is told when it fails."""

import base64
import hashlib
import shutil
import tarfile
from pathlib import Path

import pytest

from local.engines.npm import NpmPackage, fetch
from local.errors import CannotRun


class Registry:
    """A folder of programs with an `npm` that delivers one archive, as often as it is asked."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.archive = folder / "published.tgz"
        self.programs = folder / "bin"
        self.programs.mkdir()
        self._pack(folder / "package")
        self.npm(f"cp {self.archive} engine-1.0.tgz")
        monkeypatch.setenv("PATH", f"{self.programs}:/usr/bin:/bin")

    def npm(self, script: str) -> None:
        program = self.programs / "npm"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    @property
    def package(self) -> NpmPackage:
        digest = hashlib.sha512(self.archive.read_bytes()).digest()
        return NpmPackage("engine", "1.0", "package/emulator", base64.b64encode(digest).decode())

    def _pack(self, folder: Path) -> None:
        (folder / "emulator" / "lib").mkdir(parents=True)
        (folder / "emulator" / "engine.jar").write_text("jar")
        (folder / "emulator" / "lib" / "a.so").write_text("lib")
        (folder / "README.md").write_text("not needed")
        with tarfile.open(self.archive, "w:gz") as tar:
            tar.add(folder, arcname="package")


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    return Registry(tmp_path, monkeypatch)


@pytest.fixture
def engines(tmp_path: Path) -> Path:
    return tmp_path / "engines"


def test_only_the_folder_that_is_needed_is_kept(registry: Registry, engines: Path) -> None:
    folder = fetch(registry.package, engines)
    kept = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert kept == {"engine.jar", "lib/a.so"}


def test_what_is_there_is_not_fetched_again(registry: Registry, engines: Path) -> None:
    package = registry.package
    first = fetch(package, engines)
    registry.npm("exit 1")
    assert fetch(package, engines) == first


def test_another_program_may_be_faster(registry: Registry, engines: Path) -> None:
    registry.npm(f"mkdir -p {engines}/engine-1.0/x; cp {registry.archive} engine-1.0.tgz")
    assert fetch(registry.package, engines) == engines / "engine-1.0"


@pytest.mark.parametrize("delivery", ["head -c 50 {}", "echo garbage", "cat {}; echo"])
def test_a_broken_download_is_refused_and_leaves_nothing(
    registry: Registry, engines: Path, delivery: str
) -> None:
    registry.npm(f"{{ {delivery.format(registry.archive)}; }} > engine-1.0.tgz")
    with pytest.raises(CannotRun, match=r"engine 1\.0 is not what was published: empty npm"):
        fetch(registry.package, engines)
    assert list(engines.iterdir()) == []


@pytest.mark.parametrize("script", ["exit 1", "exit 0"])
def test_an_npm_that_fails_is_told_in_one_sentence(
    registry: Registry, engines: Path, script: str
) -> None:
    registry.npm(script)
    with pytest.raises(CannotRun, match=r"npm could not fetch engine@1\.0: see to the network"):
        fetch(registry.package, engines)


def test_a_machine_without_npm_is_told_what_to_install(
    registry: Registry, engines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(shutil.which("sh")))
    with pytest.raises(CannotRun, match=r"npm was not found: install Node\.js"):
        fetch(registry.package, engines)


def test_a_folder_that_cannot_be_written_is_named(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotRun, match=f"^{tmp_path}/file/engines cannot be written"):
        fetch(registry.package, tmp_path / "file" / "engines")
