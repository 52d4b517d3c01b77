"""What the command line is told before it begins, and who is on record for it."""

import getpass
import os

import pytest
from click.testing import CliRunner

from local.__main__ import commands
from local.person import name_here, person_here

GIVEN = ("LOGNAME", "USER", "LNAME", "USERNAME")


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose user is in no list."""
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987654)


@pytest.mark.usefixtures("nameless")
def test_user_says_who_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "ann")
    assert person_here().actor == "command-line/ann"


@pytest.mark.usefixtures("nameless")
def test_whoever_has_no_name_is_known_by_the_number() -> None:
    assert person_here().actor == "command-line/uid-987654"


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("No username set")])
def test_every_python_says_differently_that_there_is_no_name(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def getuser() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", getuser)
    assert name_here() == f"uid-{os.getuid()}"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--actor", "ann"], "--actor goes with --url only."),
        (["--role", "service_agent"], "--role goes with --url only."),
        (["--token", "a token"], "--token goes with --url only."),
        (
            ["--location", "loc2", "--url", "http://localhost:1"],
            "--location does not go with --url.",
        ),
    ],
)
def test_an_import_tells_whoever_names_what_it_would_not_go_by(
    arguments: list[str], sentence: str
) -> None:
    result = CliRunner().invoke(commands, ["import", __file__, *arguments])
    assert sentence in result.stderr
    assert result.exit_code == 2


def test_an_import_of_what_can_be_read_only_once_is_refused_in_a_sentence() -> None:
    reader, writer = os.pipe()
    os.close(writer)
    arguments = ["import", f"/dev/fd/{reader}", "--format", "csv", "--url", "http://localhost:1"]
    result = CliRunner().invoke(commands, arguments)
    os.close(reader)
    assert str(result.exception) == (
        f"/dev/fd/{reader} can be read once only: write it to a file, and import that."
    )


@pytest.mark.usefixtures("nameless")
def test_an_import_without_a_name_starts() -> None:
    result = CliRunner().invoke(commands, ["import", __file__, "--url", "http://localhost:1"])
    # It gets as far as looking at the file.
    assert not isinstance(result.exception, KeyError)
