"""The file of settings beside the Makefile."""

from pathlib import Path

import pytest

from local.env_file import read_env_file
from local.errors import CannotRun


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# a comment\n\nLOCATIONS=5\nDATA_DIR = /data \nEMPTY=\nQUERY=a=b\n")
    environment = {"LOCATIONS": "2"}
    read_env_file(file, environment)
    assert environment == {"LOCATIONS": "2", "DATA_DIR": "/data", "EMPTY": "", "QUERY": "a=b"}


def test_no_file_means_no_settings(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    read_env_file(tmp_path / ".env", environment)
    assert environment == {}


def test_a_byte_order_mark_hides_no_setting(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfLOCATIONS=5\r\n")
    environment: dict[str, str] = {}
    read_env_file(file, environment)
    assert environment == {"LOCATIONS": "5"}


def test_a_file_of_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes("# Büro\nLOCATIONS=5\n".encode("cp1252"))
    with pytest.raises(CannotRun, match=f"^{file} is not UTF-8: save it so.$"):
        read_env_file(file, {})


def test_a_line_that_sets_nothing_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\nLOCATIONS 5\n")
    with pytest.raises(CannotRun, match=f"^Line 2 of {file} is not NAME=value"):
        read_env_file(file, {})
