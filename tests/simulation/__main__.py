"""Plays many schedules, or one again: `python -m tests.simulation --schedules 1000000`.

The first one that fails is cut down to its shortest part and printed, with the command that
plays it again.
"""

import argparse
import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tqdm import tqdm

from tests.simulation.run import play
from tests.simulation.schedule import Schedule, draw
from tests.simulation.shrink import shrink

LENGTH = 200
# So many schedules are handed to a core at once.
CHUNK = 50


def main() -> int:
    options = _options()
    if options.seed is not None:
        return _replay(options.seed, options.length)
    seeds = range(options.start, options.start + options.schedules)
    met: Counter[str] = Counter()
    for failed, counts in _played(seeds, options.length):
        met += counts
        if failed is not None:
            return _replay(failed, options.length)
    _print_counts(met)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this one, and shrink it if it fails")
    parser.add_argument("--schedules", type=int, default=1000, help="how many to play")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--length", type=int, default=LENGTH, help="operations in each")
    return parser.parse_args()


def _played(seeds: range, length: int) -> Iterable[tuple[int | None, Counter[str]]]:
    """For each chunk the seed that failed, if one did, and what was met."""
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with (
        ProcessPoolExecutor(os.cpu_count()) as pool,
        tqdm(total=len(seeds), unit=" schedules", smoothing=0) as progress,
    ):
        try:
            for chunk, result in zip(
                chunks, pool.map(partial(first_failure, length), chunks), strict=True
            ):
                progress.update(len(chunk))
                yield result
        finally:
            pool.shutdown(cancel_futures=True)


def first_failure(length: int, seeds: Iterable[int]) -> tuple[int | None, Counter[str]]:
    """The first of the seeds whose schedule fails, and what was met until then."""
    met: Counter[str] = Counter()
    for seed in seeds:
        try:
            met += play(draw(seed, length), seed)
        except Exception:  # noqa: BLE001
            # Whatever the product raises is a failure, and is raised again in the replay.
            return seed, met
    return None, met


def _replay(seed: int, length: int) -> int:
    schedule = draw(seed, length)
    reason = failure(schedule, seed)
    if reason is None:
        print(f"seed {seed} holds")
        return 0
    kind = _kind(reason)
    shortest = shrink(schedule, lambda part: _kind(failure(tuple(part), seed)) == kind)
    _print_failure(seed, length, shortest)
    return 1


def failure(schedule: Schedule, seed: int) -> Exception | None:
    """What a schedule fails with."""
    try:
        play(schedule, seed)
    except Exception as error:  # noqa: BLE001
        return error
    return None


def _kind(error: Exception | None) -> tuple[object, str] | None:
    """What makes two failures the same: not the names and numbers that they tell."""
    return (type(error), str(error)[:12]) if error else None


def _print_failure(seed: int, length: int, shortest: Sequence[object]) -> None:
    error = failure(tuple(shortest), seed)  # type: ignore[arg-type]
    print(f"\nseed {seed} fails; the shortest part of its schedule that does:\n")
    for operation in shortest:
        print(f"    {operation}")
    print()
    traceback.print_exception(error, file=sys.stdout)
    print(f"\nplay it again: python -m tests.simulation --seed {seed} --length {length}")


def _print_counts(met: Counter[str]) -> None:
    for name, times in sorted(met.items()):
        print(f"{times:12,} {name}")


if __name__ == "__main__":
    sys.exit(main())
