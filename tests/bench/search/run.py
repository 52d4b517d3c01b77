"""One run: a size after the other, every peer beside the others."""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.search import febrl
from tests.bench.search.corpus import Corpus, write
from tests.bench.search.peers import PEERS
from tests.bench.search.plot import save_plot
from tests.bench.search.queries import Query, all_queries
from tests.bench.search.remote import Remote, cold_start, started
from tests.bench.search.results import OURS, Results, Sample
from tests.bench.search.table import print_tables

SEED = 7
BLOCK = 50
TRIALS, SLOW_MS = 15, 50
CHANGES = 1000
COLD_STARTS = 5
FOLDER = Path("build/bench")


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller may choose."""

    sizes: Sequence[int] = (100_000, 1_000_000)
    peers: Sequence[str] = tuple(PEERS)
    queries: int = 1000
    seconds: float = 30

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Options":
        """The options in an environment: lists are separated by spaces."""
        given: dict[str, Any] = {
            name: parse(environment[f"SEARCH_{name.upper()}"])
            for name, parse in _PARSERS.items()
            if environment.get(f"SEARCH_{name.upper()}")
        }
        return cls(**given)


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "sizes": lambda text: [int(word) for word in text.split()],
    "peers": str.split,
    "queries": int,
    "seconds": float,
}


def report() -> None:
    """Prints a table for each size, and saves its figures and a plot."""
    options = Options.read()
    for size in options.sizes:
        print(f"\n### {size:,} customers\n", flush=True)
        results = measure(size, options)
        print_tables(results)
        save(results)


def measure(size: int, options: Options) -> Results:
    """Every peer's answers for customers in a file that is then gone."""
    originals = febrl.originals()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        sample = max(CHANGES, 3 * options.queries)
        corpus = write(Path(folder) / "corpus", size, SEED, originals, sample)
        queries = all_queries(corpus, febrl.duplicates(), options.queries, SEED)
        remotes = [
            remote
            for name in options.peers
            if (remote := stack.enter_context(started(name, corpus.path)))
        ]
        results = Results(size, {remote.name: remote.built for remote in remotes})
        slow = [remote for remote in remotes if _is_slow(remote, queries)]
        results.samples += _ask_fast([one for one in remotes if one not in slow], queries)
        for remote in slow:
            results.samples += _ask_slow(remote, queries, options.seconds)
        results.cold_starts = _start_cold(remotes, Path(folder) / "snapshot")
        results.changes = _change(remotes, corpus)
    return results


def save(results: Results) -> None:
    """The figures as JSON and a plot beside it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"search-{results.size}"
    path.with_suffix(".json").write_text(json.dumps(results.figures(), indent=1) + "\n")
    save_plot(results, path.with_suffix(".png"))
    print(f"\n{path}.json and {path}.png")


def _is_slow(remote: Remote, queries: Sequence[Query]) -> bool:
    """Whether all queries would take this peer too long."""
    return statistics.median(remote.search(query).ms for query in queries[:TRIALS]) > SLOW_MS


def _ask_fast(remotes: Sequence[Remote], queries: Sequence[Query]) -> Iterator[Sample]:
    """A block of queries to every peer in turn; the first a second time, when all is warm."""
    random = Random(SEED)
    blocks = [queries[start : start + BLOCK] for start in range(0, len(queries), BLOCK)]
    for number, block in enumerate([blocks[0], *blocks]):
        for remote in random.sample(remotes, len(remotes)):
            samples = [remote.search(query) for query in block if remote.understands(query)]
            if number:
                yield from samples


def _ask_slow(remote: Remote, queries: Sequence[Query], seconds: float) -> Iterator[Sample]:
    """As many queries of each kind as fit in so many seconds, one at least."""
    understood = [query for query in queries if remote.understands(query)]
    for _, same_kind in groupby(sorted(understood, key=_kind), _kind):
        end = time.monotonic() + seconds
        for query in same_kind:
            yield remote.search(query)
            if time.monotonic() > end:
                break


def _kind(query: Query) -> str:
    return query.kind


def _start_cold(remotes: Sequence[Remote], snapshot: Path) -> list[dict[str, float]]:
    """What new processes of ours take to answer from a snapshot."""
    ours = [remote for remote in remotes if remote.name == OURS]
    for remote in ours:
        remote.save(snapshot)
    return [cold_start(snapshot) for _ in ours for _ in range(COLD_STARTS)]


def _change(remotes: Sequence[Remote], corpus: Corpus) -> dict[str, float]:
    """What it takes each peer until a search sees changed customers, in milliseconds."""
    changed = [replace(one, name=f"{one.name} Maria") for one in corpus.sample[:CHANGES]]
    rows = [(one.id, one.surname, one.name, one.dob, one.document_number) for one in changed]
    times = {remote.name: remote.change(rows) for remote in remotes}
    return {name: value for name, value in times.items() if value is not None}
