"""Fetches the contents of an npm package, checks them and keeps them in `.engines`."""

import base64
import hashlib
import shutil
import sys
import tarfile
from pathlib import Path

from msgspec import Struct

from local.engines.fetching import ENGINES, put_in_place
from local.engines.processes import running, wait_for_end
from local.errors import CannotRun


class NpmPackage(Struct, frozen=True):
    """A package, the folder of it that is needed, and the sha512 of what npm delivers."""

    name: str
    version: str
    folder: str
    sha512: str


def fetch(package: NpmPackage, engines: Path = ENGINES) -> Path:
    """The folder of the package on this machine, fetched on first use."""
    target = engines / f"{package.name}-{package.version}"
    if not target.exists():
        print(f"Fetching {package.name} {package.version}", file=sys.stderr)
        put_in_place(target, lambda scratch: _unpacked(package, scratch))
    return target


def _unpacked(package: NpmPackage, scratch: Path) -> Path:
    archive = _pack(package, scratch)
    _check(archive, package)
    _unpack(archive, package.folder, scratch / "unpacked")
    return scratch / "unpacked"


def _pack(package: NpmPackage, folder: Path) -> Path:
    spec = f"{package.name}@{package.version}"
    command = [_npm(), "pack", spec, "--ignore-scripts", "--fetch-retries=1", "--silent"]
    with running("npm", command, folder / "npm.log", folder=folder) as process:
        code = wait_for_end(process)
    archives = list(folder.glob("*.tgz"))
    if code != 0 or not archives:
        raise CannotRun(f"npm could not fetch {spec}: see to the network and run it again.")
    return archives[0]


def _npm() -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotRun("npm was not found: install Node.js, which brings it.")
    return npm


def _check(archive: Path, package: NpmPackage) -> None:
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    if base64.b64encode(digest).decode() != package.sha512:
        raise CannotRun(
            f"The download of {package.name} {package.version} is not what was published: "
            "empty npm's cache with `npm cache clean --force` and run it again."
        )


def _unpack(archive: Path, folder: str, target: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and member.name.startswith(f"{folder}/"):
                file = target / member.name.removeprefix(f"{folder}/")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(_read(tar, member))


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file else b""
