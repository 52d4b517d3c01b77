"""Reads a file of settings, `NAME=value` a line, into the environment."""

from collections.abc import Iterator, MutableMapping
from pathlib import Path

from local.errors import CannotRun


def read_env_file(path: Path, environment: MutableMapping[str, str]) -> None:
    """Sets what the file names and the environment lacks. No file, no settings."""
    if path.is_file():
        for name, value in _settings(path):
            environment.setdefault(name, value)


def _settings(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(_text(path).splitlines(), start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            name, equals, value = text.partition("=")
            if not equals:
                raise CannotRun(f"Line {number} of {path} is not NAME=value: correct it.")
            yield name.strip(), value.strip()


def _text(path: Path) -> str:
    try:
        # An editor's byte order mark would be part of the first name.
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CannotRun(f"{path} is not UTF-8: save it so.") from error
    except OSError as error:
        raise CannotRun(f"{path} cannot be read ({error.strerror}): see to its rights.") from error
