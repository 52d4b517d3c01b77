"""`dead-letters`: what a person with a command line sees and does."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from moto import mock_aws
from msgspec.structs import replace

from chalicelib.domain.notes import DeadLetter
from chalicelib.domain.record import Kind
from chalicelib.messaging.codec import encode
from chalicelib.services.ports import Store
from chalicelib.settings import Settings
from local.__main__ import commands
from local.errors import CannotRun
from tests.conftest import build_parts
from tests.fakes import NOW, customer, customer_id, event_of

READABLE = encode(event_of(customer(1, location="loc9")))


def letter(offset: int, value: bytes) -> DeadLetter:
    return DeadLetter("sins.customers", 0, offset, b"key", value, "no JSON", NOW, len(value))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("LOCATION", "loc1")
    with mock_aws():
        store = build_parts(Settings()).registry.store
        store.system.add_dead_letter(letter(1, b"\xff\xfe"))
        store.system.add_dead_letter(letter(2, READABLE))
        yield store


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(commands, ["dead-letters", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def offsets(store: Store) -> list[int]:
    return [one.offset for one in store.system.dead_letters("", 10).items]


@pytest.mark.usefixtures("store")
def test_each_is_a_line_with_its_reason() -> None:
    first, second = run("list").stdout.splitlines()
    assert first.startswith(letter(1, b"").id)
    assert first.endswith("2 bytes  no JSON")
    assert second.startswith(letter(2, b"").id)


def test_a_reason_neither_steers_the_terminal_nor_looks_like_another_line(store: Store) -> None:
    reason = "Invalid enum value '\x1b[2J\nsins.customers-0-9'"
    store.system.add_dead_letter(replace(letter(3, b"{}"), reason=reason))
    *_, last = run("list").stdout.splitlines()
    assert last.endswith(r"Invalid enum value '\x1b[2J\nsins.customers-0-9'")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("words", [("list", "--location", "loc1"), ("--location", "loc1", "list")])
def test_the_location_stands_behind_the_command_or_before_it(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("LOCATION", "loc9")
    assert len(run(*words).stdout.splitlines()) == 2


@pytest.mark.usefixtures("store")
def test_the_bytes_come_as_they_are() -> None:
    assert run("show", letter(1, b"").id).stdout_bytes == b"\xff\xfe"


def test_one_that_is_understood_by_now_is_applied(store: Store) -> None:
    assert "applied" in run("retry", letter(2, b"").id).stdout
    assert offsets(store) == [1]
    assert store.records.get(Kind.CUSTOMER, customer_id(1)) is not None


def test_one_is_dropped_for_a_reason(store: Store) -> None:
    run("drop", letter(1, b"").id, "--reason", "a test message")
    assert offsets(store) == [2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "nothing"), "there is no such dead letter"),
        (("retry", letter(1, b"").id), "no event"),
        (("drop", letter(1, b"").id, "--reason", " "), "reason must have"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    store: Store, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CannotRun, match=said):
        run(*arguments)
    assert offsets(store) == [1, 2]
