"""Starts the locations: one process each, told apart by their environment alone."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from local.engines.dynamodb import credentials
from local.engines.network import http_answers
from local.engines.processes import Process, running


class Surroundings(Struct, frozen=True):
    """What all locations of a run share."""

    data_dir: Path
    dynamodb: str
    dynamodb_is_ours: bool
    kafka: str

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"


@contextmanager
def location(
    name: str, port: int, shared: Surroundings, program: str = "local"
) -> Iterator[Process]:
    """A location that serves HTTP on the port. It may need a moment until it is healthy."""
    with running(
        name,
        [sys.executable, "-m", program, "serve", "--port", str(port)],
        shared.logs / f"{name}.log",
        address=f"http://localhost:{port}",
        environment=_environment(name, shared),
    ) as process:
        yield process


def healthy(process: Process) -> Callable[[], bool]:
    return lambda: http_answers(f"{process.address}/health", status=200)


def ready(process: Process) -> Callable[[], bool]:
    """Whether it takes changes: it may have to hear of the others first."""
    return lambda: http_answers(f"{process.address}/ready", status=200)


@contextmanager
def sample_data_loader(name: str, shared: Surroundings) -> Iterator[Process]:
    """The program that gives this location the sample customers, and then ends."""
    with running(
        "load-sample-data",
        [sys.executable, "-m", "local", "load-sample-data"],
        shared.logs / "load-sample-data.log",
        environment=_environment(name, shared),
    ) as process:
        yield process


def _environment(name: str, shared: Surroundings) -> dict[str, str]:
    return {
        "AUTH_MODE": "header",
        **_with_credentials(name, shared),
        "LOCATION": name,
        "DATA_DIR": str(shared.data_dir.resolve()),
        "DYNAMODB_ENDPOINT": shared.dynamodb,
        "KAFKA_BOOTSTRAP": shared.kafka,
        "SNAPSHOTS": str(shared.data_dir.resolve() / "snapshots" / name),
    }


def _with_credentials(name: str, shared: Surroundings) -> dict[str, str]:
    """Ours get a key for each location, so that each has a database file of its own."""
    keys = credentials(name)
    if not shared.dynamodb_is_ours:
        return keys | dict(os.environ)
    return {key: value for key, value in os.environ.items() if key[:4] != "AWS_"} | keys
