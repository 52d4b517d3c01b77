"""A peer in a process of its own, as the run sees it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

from tests.bench.search.peer import Hit
from tests.bench.search.queries import ABSENT_NUMBERS, NUMBERS, Query
from tests.bench.search.results import Built, Sample

# Engines and number libraries that would use every core.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "1")


class Remote:
    """One peer in a process of its own."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", built: Built) -> None:
        self.name = name
        self.built = built
        self._process = process

    def understands(self, query: Query) -> bool:
        return self.built.knows_numbers or query.kind not in (NUMBERS, ABSENT_NUMBERS)

    def search(self, query: Query) -> Sample:
        answer = self._ask("search", query.text)
        hits = [Hit(*values) for values in answer["hits"]]
        sample = Sample(self.name, query, answer["ms"], hits, self.built.has_our_scores)
        if query.truth and not sample.is_shown and not sample.has_our_scores:
            rated = self._ask("rate", [query.text, astuple(query.truth)])["score"]
            return replace(sample, their_score=rated)
        return sample

    def change(self, customers: Sequence[Sequence[str]]) -> float | None:
        """Milliseconds until a search sees them."""
        milliseconds: float | None = self._ask("change", customers)["ms"]
        return milliseconds

    def save(self, path: Path) -> None:
        """Writes a snapshot."""
        self._ask("save", str(path))

    def _ask(self, verb: str, subject: Any) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps([verb, subject]) + "\n")
        self._process.stdin.flush()
        return _heard(self.name, self._process)


@contextmanager
def started(name: str, corpus: Path) -> Iterator[Remote | None]:
    """A peer that has built, or None with a printed line if it is not installed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.search.worker", name, str(corpus)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ONE_THREAD},
    )
    with process:
        built = _heard(name, process)
        if "missing" in built:
            print(f"{name} is left out: {built['missing']}", flush=True)
            yield None
        else:
            print(f"{name} is built", file=sys.stderr, flush=True)
            yield Remote(name, process, Built(**built))


def cold_start(snapshot: Path) -> dict[str, float]:
    """What a new process takes, in milliseconds and bytes, to answer from a snapshot."""
    command = [sys.executable, "-m", "tests.bench.search.cold", str(snapshot)]
    environment = {**os.environ, **ONE_THREAD}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _heard(name: str, process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{name} has died")
    heard: dict[str, Any] = json.loads(line)
    return heard
