"""Runs the whole product on this machine until somebody stops it.

The engines start first, then the locations side by side, then the sample customers are
loaded, then each location gets its line. Everything stops in the opposite order, so that
a location finishes its work on engines that still answer.
"""

import os
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from local.engines.broker import broker
from local.engines.dynamodb import dynamodb_local
from local.engines.folders import locked
from local.engines.network import http_answers, kafka_answers, require_free
from local.engines.processes import Process, wait_for_end, wait_until
from local.errors import CannotRun
from local.locations import Surroundings, healthy, location, ready, sample_data_loader
from local.stopping import Stopped, pause, stop_on_signals

# How long the start waits, in seconds, for a location that has to hear of the others.
PATIENCE = 30.0


class Options(Struct, frozen=True):
    """What a person may choose. An engine of theirs means that ours isn't started."""

    locations: int
    data_dir: Path
    dynamodb_endpoint: str | None
    kafka_bootstrap: str | None
    first_port: int
    dynamodb_port: int
    kafka_port: int
    sample_data: bool

    @property
    def ports(self) -> dict[str, int]:
        """The port of each location, by its name."""
        return {f"loc{n + 1}": self.first_port + n for n in range(self.locations)}

    @property
    def engine_ports(self) -> dict[str, int]:
        """The port of each engine that is started here, by its setting."""
        ports = {}
        if self.dynamodb_endpoint is None:
            ports["DYNAMODB_PORT"] = self.dynamodb_port
        if self.kafka_bootstrap is None:
            ports["KAFKA_PORT"] = self.kafka_port
        return ports

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"


def run(options: Options) -> None:
    """Returns once it was asked to stop, with no process left behind."""
    started_by = os.getppid()
    stop_on_signals()
    try:
        with locked(options.data_dir), ExitStack() as started:
            _watch(_start(options, started), started_by)
    except Stopped:
        print("Stopped.", file=sys.stderr)
    except OSError as error:
        if error.filename is None:
            raise
        raise _unusable(error) from None


def _start(options: Options, started: ExitStack) -> list[Process]:
    _require_free_ports(options)
    options.logs.mkdir(exist_ok=True)
    shared, engines = _start_engines(options, started)
    locations = _start_locations(options, shared, started)
    for process in locations:
        wait_until(healthy(process), process, [*engines, *locations])
        _await_membership(process)
    if options.sample_data:
        _load_sample_data(shared, [*engines, *locations])
    for process in locations:
        print(process.name, process.address, flush=True)
    return [*engines, *locations]


def _await_membership(process: Process) -> None:
    """Lets the location hear of the others; one that lost its tables may need minutes."""
    end = time.monotonic() + PATIENCE
    while not ready(process)():
        if time.monotonic() > end:
            print(f"{process.name} reads what the others hold and takes no changes yet.")
            return
        pause(0.05)


def _require_free_ports(options: Options) -> None:
    _require_different_ports(options)
    for port in options.ports.values():
        require_free(port, "set FIRST_PORT to the first of some free ones")
    for setting, port in options.engine_ports.items():
        require_free(port, f"set {setting} to a free one")


def _require_different_ports(options: Options) -> None:
    """Raises where two of this run would have one port, while neither has it yet."""
    users = {port: name for name, port in options.ports.items()}
    for setting, port in options.engine_ports.items():
        if port in users:
            raise CannotRun(
                f"{users[port]} and {setting} both have port {port}: set {setting} to another one."
            )
        users[port] = setting


def _start_engines(options: Options, started: ExitStack) -> tuple[Surroundings, list[Process]]:
    engines = []
    dynamodb, kafka = options.dynamodb_endpoint, options.kafka_bootstrap
    if dynamodb is None:
        folder = options.data_dir / "dynamodb"
        ours = dynamodb_local(options.dynamodb_port, folder, options.logs, keys=options.ports)
        engines.append(started.enter_context(ours))
        dynamodb = engines[-1].address
    if kafka is None:
        ours = broker(options.kafka_port, options.data_dir / "kafka", options.logs)
        engines.append(started.enter_context(ours))
        kafka = engines[-1].address
    _require_answers(dynamodb, kafka)
    own = options.dynamodb_endpoint is None
    return Surroundings(options.data_dir, dynamodb, own, kafka), engines


def _require_answers(dynamodb: str, kafka: str) -> None:
    if not http_answers(dynamodb):
        raise CannotRun(f"Nothing answers at DYNAMODB_ENDPOINT={dynamodb}: start it, or unset it.")
    if not kafka_answers(kafka):
        raise CannotRun(f"No broker answers at KAFKA_BOOTSTRAP={kafka}: start it, or unset it.")


def _start_locations(options: Options, shared: Surroundings, started: ExitStack) -> list[Process]:
    locations = [
        started.enter_context(location(name, port, shared)) for name, port in options.ports.items()
    ]
    started.callback(_ask_to_stop, locations)
    return locations


def _ask_to_stop(processes: Iterable[Process]) -> None:
    """Asks all before anybody waits for one."""
    for process in processes:
        process.ask_to_stop()


def _load_sample_data(shared: Surroundings, needed: list[Process]) -> None:
    """The locations run on without them: loc1 may take no changes for as long as it has to read."""
    with sample_data_loader("loc1", shared) as loader:
        if wait_for_end(loader, needed) != 0:
            print(
                f"The samples could not be loaded, see {loader.log}. The next start tries again.",
                file=sys.stderr,
            )


def _watch(processes: list[Process], started_by: int) -> None:
    """Returns when the program that started this one is gone, raises when a child is."""
    while os.getppid() == started_by:
        for process in processes:
            process.require_alive()
        pause(0.2)


def _unusable(error: OSError) -> CannotRun:
    return CannotRun(
        f"{error.filename} cannot be used ({error.strerror}): "
        "see to its rights and its space, or name another folder with DATA_DIR."
    )
