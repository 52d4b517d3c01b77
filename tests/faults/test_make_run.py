"""`make run` as a person meets it: one line a location, one sentence a failure, no leftovers.

The folder is free again only when the last process of a run is gone, since each of them
holds its lock: that is how these tests know that nothing was left behind.
"""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from local.engines.folders import locked
from local.engines.network import free_port, require_free
from local.errors import CannotRun

ROOT = Path(__file__).resolve().parents[2]
AGENT = {"X-Role": "service_agent", "X-Actor": "ann"}
LINE = re.compile(r"^loc\d+ (http://localhost:\d+)$")


class Run:
    """A run on ports and in a folder of its own."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.settings = {name: str(value) for name, value in settings.items()}
        self.process = self._start()

    def addresses(self) -> list[str]:
        """Waits for the line of each location."""
        assert self.process.stdout
        lines = [self.process.stdout.readline() for _ in range(int(self.settings["LOCATIONS"]))]
        found = [LINE.match(line.strip()) for line in lines]
        assert all(found), (lines, self.process.stderr and self.process.stderr.read())
        return [match[1] for match in found if match]

    def end(self) -> tuple[int, str]:
        """Waits for the end of it: the code, and what it told the person."""
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said

    def children(self, part: str) -> list[int]:
        """The processes that it started with this in their command."""
        command = ["pgrep", "-P", str(self.process.pid), "-f", "--", part]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "local", "run"],
            cwd=ROOT,
            env=os.environ | self.settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def ports_in_a_row(count: int) -> int:
    """The first of some free ports, below those that the system gives to connections."""
    while True:
        first = random.randrange(20_000, 30_000)
        try:
            for port in range(first, first + count):
                require_free(port, "take another")
            return first
        except CannotRun:
            continue


@contextmanager
def run(folder: Path, **settings: object) -> Iterator[Run]:
    first = ports_in_a_row(8)
    ports = {"FIRST_PORT": first, "DYNAMODB_PORT": first + 6, "KAFKA_PORT": first + 7}
    defaults = {"DATA_DIR": folder, "LOCATIONS": 1, "LOAD_SAMPLE_DATA": 0, **ports}
    started = Run(folder, **{**defaults, **settings})
    try:
        yield started
    finally:
        started.process.terminate()
        started.process.communicate()


def nothing_is_left(folder: Path) -> bool:
    with locked(folder, patience=20):
        return True


@pytest.fixture(autouse=True)
def engines(dynamodb_endpoint: str, kafka_bootstrap: str) -> None:
    """Skips these tests where engines cannot run."""


def test_what_was_written_yesterday_is_there_today(tmp_path: Path) -> None:
    with run(tmp_path, LOAD_SAMPLE_DATA=1) as first:
        (address,) = first.addresses()
        assert customers(address), "the sample customers are there from the first line on"
        written = create_customer(address)
        first.process.send_signal(signal.SIGINT)
        assert first.end() == (0, "Stopped.\n")
    assert nothing_is_left(tmp_path)
    with run(tmp_path, LOAD_SAMPLE_DATA=1) as second:
        (address,) = second.addresses()
        assert requests.get(f"{address}{written}", headers=AGENT, timeout=10).status_code == 200


def test_locations_stand_side_by_side_and_a_killed_run_leaves_none(tmp_path: Path) -> None:
    with run(tmp_path, LOCATIONS=2) as running:
        first, second = running.addresses()
        assert first != second
        running.process.kill()
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("part", ["serve --port", "--only kafka"])
def test_a_child_that_dies_ends_the_run_with_its_name(tmp_path: Path, part: str) -> None:
    with run(tmp_path) as running:
        running.addresses()
        (child,) = running.children(part)
        os.kill(child, signal.SIGKILL)
        code, said = running.end()
    assert code == 1
    assert re.fullmatch(rf".+ was ended by SIGKILL, see {tmp_path}/logs/\w+\.log\.\n", said)
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("seconds", [0.5, 1.5, 3])
def test_a_run_may_be_stopped_while_it_starts(tmp_path: Path, seconds: float) -> None:
    with run(tmp_path) as running:
        time.sleep(seconds)
        running.process.send_signal(signal.SIGTERM)
        _, said = running.end()
    assert "Traceback" not in said
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("setting", ["FIRST_PORT", "DYNAMODB_PORT", "KAFKA_PORT"])
def test_a_taken_port_is_told_with_what_to_do(
    tmp_path: Path, dynamodb_endpoint: str, setting: str
) -> None:
    taken = dynamodb_endpoint.rpartition(":")[2]
    with run(tmp_path, **{setting: taken}) as running:
        code, said = running.end()
    assert code == 1
    assert re.fullmatch(rf"Port {taken} is taken: .+ or set {setting} .+\.\n", said)


@pytest.mark.parametrize("setting", ["FIRST_PORT", "DYNAMODB_PORT", "KAFKA_PORT"])
@pytest.mark.parametrize("port", ["0", "80000", "x"])
def test_what_is_no_port_is_told(tmp_path: Path, setting: str, port: str) -> None:
    with run(tmp_path, **{setting: port}) as running:
        code, said = running.end()
    assert code == 2
    assert setting in said
    assert port in said
    assert "Traceback" not in said


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with run(tmp_path / "file" / "data") as running:
        code, said = running.end()
    assert code == 1
    assert re.fullmatch(r".+ cannot be used \(.+\): .+ another folder with DATA_DIR\.\n", said)


def test_engines_of_mine_are_used_and_none_is_started(
    tmp_path: Path, dynamodb_endpoint: str, kafka_bootstrap: str
) -> None:
    mine = {"DYNAMODB_ENDPOINT": dynamodb_endpoint, "KAFKA_BOOTSTRAP": kafka_bootstrap}
    with run(tmp_path, **mine) as running:
        (address,) = running.addresses()
        create_customer(address)
        assert not running.children("DynamoDBLocal")
        assert not running.children("--only kafka")


@pytest.mark.parametrize("setting", ["DYNAMODB_ENDPOINT", "KAFKA_BOOTSTRAP"])
def test_an_engine_of_mine_that_is_away_is_told(tmp_path: Path, setting: str) -> None:
    scheme = "http://" if setting == "DYNAMODB_ENDPOINT" else ""
    away = f"{scheme}localhost:{free_port()}"
    with run(tmp_path, **{setting: away}) as running:
        code, said = running.end()
    assert code == 1
    assert re.fullmatch(rf".+ answers at {setting}={away}: start it, or unset it\.\n", said)


def test_a_python_that_is_too_old_is_told_with_what_to_do() -> None:
    command = ["make", "run", "PYTHON=/bin/false"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert result.stderr.startswith("SINS needs Python 3.11 or newer: install it, or name one")


def create_customer(address: str) -> str:
    """The path of a new customer."""
    items = "/api/customers/items"
    values = {"surname": "Lovelace", "name": "Ada"}
    answer = requests.post(f"{address}{items}", json=values, headers=AGENT, timeout=10)
    assert answer.status_code == 201, answer.text
    return f"{items}/{answer.json()['id']}"


def customers(address: str) -> list[object]:
    answer = requests.get(f"{address}/api/customers/items", headers=AGENT, timeout=10)
    items: list[object] = answer.json()["items"]
    return items
