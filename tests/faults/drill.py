"""`make drill`: one location is cut off while everywhere is written, and is healed.

Or every one, as where the broker is away. Prints what it took until all were equal again, what was
kept of edits that met each other, how late changes were before the cut and afterwards, and what
every process took of memory. `make drill ARGS="--minutes 10 --rate 50"`; the picture is
`build/drill.png`.
"""

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import psutil

from chalicelib.domain.conflict import superseded
from chalicelib.storage.client import Tables, text
from chalicelib.storage.outbox import first_id_at
from chalicelib.storage.tables import ChangeItem
from local.engines.processes import Process
from tests.bench.figures import percentile
from tests.faults import invariants
from tests.faults.drill_plot import save_plot
from tests.faults.rig import Location, Rig, depth, in_process, rig_in

CALM_SECONDS = 30
# All locations edit these, so that edits meet each other.
SHARED = 60
# One write in so many is such an edit.
EDITS = 5
WRITERS = 4
SAMPLE_SECONDS = 2.0
PATIENCE = 3600.0
PICTURE = Path("build") / "drill.png"

# Customer or field, origin, sequence: which change it is.
Change = tuple[str, str, int]


@dataclass
class Times:
    """Moments of the drill, in milliseconds since 1970."""

    began: int = 0
    cut: int = 0
    healed: int = 0
    drained: int = 0
    ended: int = 0


@dataclass
class Memory:
    """Megabytes that each process held, by the seconds since the drill began."""

    samples: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What is written: so many changes a second, of the shared customers and, or not, new ones."""

    shared: Sequence[str]
    rate: float
    creates: bool


@dataclass(frozen=True)
class Drill:
    """What was measured."""

    times: Times
    # When each change was committed, location by location.
    commits: dict[str, dict[Change, int]]
    memory: Memory
    cut_off: list[str]
    conflicts: int
    backlog: int

    def lags(self, since: int, until: int) -> list[float]:
        """From a commit until it was committed at another location; of commits in that time."""
        return [lag for _, lag in self.arrivals(since, until)]

    def arrivals(self, since: int, until: int) -> list[tuple[int, float]]:
        """When each commit of that time was made, and how late it was at each other location."""
        return [
            (made, float(arrived - made))
            for change, made in self.made().items()
            if since <= made < until
            for name, seen in self.commits.items()
            if name != _location_of(change)
            for arrived in [seen[change]]
        ]

    def first_in(self) -> float:
        """Seconds from the healing until the first event arrived where the line was cut."""
        return self._first_after_healing(lambda at, origin: at in self.cut_off and at != origin)

    def first_out(self) -> float:
        """Seconds from the healing until the first event from there arrived elsewhere."""
        return self._first_after_healing(lambda at, origin: origin in self.cut_off and at != origin)

    def _first_after_healing(self, concerns: Callable[[str, str], bool]) -> float:
        moments = [
            moment
            for name, seen in self.commits.items()
            for change, moment in seen.items()
            if moment >= self.times.healed and concerns(name, _location_of(change))
        ]
        return (min(moments) - self.times.healed) / 1000

    def made(self) -> dict[Change, int]:
        """When each change was committed where it was written."""
        return {
            change: seen[change]
            for name, seen in self.commits.items()
            for change in seen
            if _location_of(change) == name
        }


@click.command()
@click.option("--minutes", default=10.0, show_default=True, help="How long the cut lasts.")
@click.option("--rate", default=50.0, show_default=True, help="Writes a second, all together.")
@click.option("--in-memory", is_flag=True, help="The tables are; else they wait for the disk.")
@click.option("--silent", is_flag=True, help="The line swallows everything, instead of refusing.")
@click.option("--everybody", is_flag=True, help="All are cut off, as where the broker is away.")
@click.option("--soak", is_flag=True, help="Nobody is cut off, and nobody created: memory is flat.")
def main(
    minutes: float, rate: float, in_memory: bool, silent: bool, everybody: bool, soak: bool
) -> None:
    """Cuts a location off, heals it and tells what it took."""
    with (
        tempfile.TemporaryDirectory() as folder,
        rig_in(Path(folder), _start, on_disk=not in_memory, lives_long=True) as rig,
    ):
        rig.require_kafka()
        cut_off = rig.locations if everybody else rig.locations[1:2]
        load = Load(_warm_up(rig), rate, creates=not soak)
        drill = _drill(rig, [] if soak else cut_off, minutes * 60, load, silent)
    _print(drill)
    PICTURE.parent.mkdir(exist_ok=True)
    save_plot(drill, PICTURE)
    print(f"\n{PICTURE}")


def _start(running: ExitStack, engine: Callable[[], Any]) -> Process:
    process: Process = running.enter_context(engine())
    return process


def _drill(
    rig: Rig, cut_off: Sequence[Location], seconds: float, load: Load, silent: bool
) -> Drill:
    times = Times()
    with _memory_of(rig) as memory:
        times.began = _now()
        _write(rig, load, CALM_SECONDS)
        rig.settle()
        times.cut = _now()
        for line in map(rig.line, cut_off):
            (line.hole if silent else line.refuse)()
        _write(rig, load, seconds)
        backlog = sum(depth(here) + rig.unread(here) for here in cut_off)
        times.healed = _now()
        for line in map(rig.line, cut_off):
            line.heal()
        rig.settle(PATIENCE)
        times.drained = _now()
        _write(rig, load, CALM_SECONDS)
        rig.settle()
        times.ended = _now()
    # Fails where anything was lost or where the locations differ.
    invariants.check(rig)
    commits = {here.name: _commits(here, times.began) for here in rig}
    names = [here.name for here in cut_off]
    return Drill(times, commits, memory, names, _conflicts(rig), backlog)


def _warm_up(rig: Rig) -> list[str]:
    shared = [rig.locations[n % 3].create(surname=f"Shared {n}") for n in range(SHARED)]
    rig.settle()
    return shared


def _write(rig: Rig, load: Load, seconds: float) -> None:
    """Writes everywhere, evenly; waits until all of it is acknowledged."""
    each = replace(load, rate=load.rate / len(rig.locations) / WRITERS)
    with ThreadPoolExecutor(WRITERS * len(rig.locations)) as pool:
        written: list[Future[None]] = [
            pool.submit(_keep_writing, here, each, seconds, first)
            for here in rig
            for first in range(WRITERS)
        ]
        for one in written:
            one.result()


def _keep_writing(here: Location, load: Load, seconds: float, first: int) -> None:
    started = time.monotonic() + first / load.rate / WRITERS
    for number in range(int(seconds * load.rate)):
        time.sleep(max(0.0, started + number / load.rate - time.monotonic()))
        if load.creates and number % EDITS:
            here.create(surname=f"Drill {number}", name="Ada")
        else:
            customer_id = load.shared[(number + first) % SHARED]
            here.patch(customer_id, name=f"{here.name} {time.monotonic_ns()}")


def _commits(here: Location, since: int) -> dict[Change, int]:
    """The changes that the location committed since, and when."""
    tables = in_process(here.name, lambda: Tables.of(here.settings))
    items = tables.query(
        ChangeItem,
        KeyConditionExpression="#shard = :shard AND id > :since",
        ExpressionAttributeNames={"#shard": "shard"},
        ExpressionAttributeValues={":shard": text("0"), ":since": text(first_id_at(since))},
        Limit=1000,
    )
    return {
        change: int(item.id.replace("-", "")[:12], 16)
        for item in items
        for change in _changes_in(item)
    }


def _changes_in(item: ChangeItem) -> list[Change]:
    if item.applied:
        return [(record_id, origin, seq) for _, record_id, origin, seq in json.loads(item.applied)]
    return [(item.record_id, item.origin, int(item.seq))]


def _conflicts(rig: Rig) -> int:
    """How many values lost against another location's, and are kept in a history."""
    trails = invariants.tables_of(rig.locations[0]).trails.values()
    in_order = (sorted(trail, key=lambda entry: entry.stamp) for trail in trails)
    return sum(len(names) for trail in in_order for names in superseded(trail))


@contextmanager
def _memory_of(rig: Rig) -> Iterator[Memory]:
    """Samples every process of the rig until the block ends."""
    memory, done, began = Memory(), threading.Event(), time.monotonic()
    processes = {here.name: here.process for here in rig}
    processes |= {"DynamoDB Local": rig.dynamodb, "Kafka": rig.broker.process}
    watched = {name: psutil.Process(one.popen.pid) for name, one in processes.items()}

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            for name, process in watched.items():
                megabytes = process.memory_info().rss / 2**20
                at = time.monotonic() - began
                memory.samples.setdefault(name, []).append((at, megabytes))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield memory
    finally:
        done.set()
        sampler.join()


def _print(drill: Drill) -> None:
    times = drill.times
    took = (times.drained - times.healed) / 1000
    _row("converged", "yes")
    _row("writes", f"{len(drill.made()):,}")
    _row("conflicts kept in histories", f"{drill.conflicts:,}")
    if drill.cut_off:
        _row("cut off", f"{', '.join(drill.cut_off)}, {(times.healed - times.cut) / 1000:.0f} s")
        _row("backlog at the healing", f"{drill.backlog:,} events")
        _row("healing to the first event in", f"{drill.first_in():.2f} s")
        _row("healing to the first event out", f"{drill.first_out():.2f} s")
        _row("healing to drained", f"{took:.1f} s")
        _row("drained", f"{drill.backlog / took:.0f} events a second")
    for name, since, until in (
        ("before the cut", times.began, times.cut),
        ("afterwards", times.drained, times.ended),
    ):
        lags = drill.lags(since, until)
        shown = f"median {percentile(lags, 0.5):.0f} ms, 99 % {percentile(lags, 0.99):.0f} ms"
        _row(f"lag {name}", shown)
    print(f"\n{'memory, MB':<34}{'calm':>8}{'healed':>8}{'end':>8}{'largest':>9}")
    for name, samples in drill.memory.samples.items():
        print(_memory_row(name, samples, drill))


def _row(name: str, value: str) -> None:
    print(f"{name:<34}{value}")


def _memory_row(name: str, samples: list[tuple[float, float]], drill: Drill) -> str:
    moments = [drill.times.cut, drill.times.healed, drill.times.ended]
    at = [(moment - drill.times.began) / 1000 for moment in moments]
    shown = [min(samples, key=lambda one: abs(one[0] - moment))[1] for moment in at]
    largest = max(megabytes for _, megabytes in samples)
    return f"{name:<34}" + "".join(f"{value:>8.0f}" for value in shown) + f"{largest:>9.0f}"


def _location_of(change: Change) -> str:
    return change[1].rpartition("-")[0]


def _now() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    # DynamoDB Local takes any key, and no request is made without one.
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "drill")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "drill")
    main()
