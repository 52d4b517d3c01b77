"""The figures as text."""

import statistics
from collections.abc import Mapping

from tests.bench.search.queries import ABSENT, ODD, WITH_TRUTH
from tests.bench.search.results import OURS, Figures, Results

KINDS = (*WITH_TRUTH, *ABSENT, ODD)
WITH_TRUTH_NAMES = ("@1", "@10", "sins @10", "bound", "as exh.", "likely", "ties")


def print_tables(results: Results) -> None:
    """How the peers were built, and a block for each kind of query."""
    print(_row("", "build", "memory", "changes"))
    for peer, built in results.built.items():
        memory = f"{built.bytes / 2**20:.0f} MB"
        changes = f"{results.changes[peer]:.0f} ms" if peer in results.changes else "-"
        print(_row(peer, f"{built.seconds:.1f} s", memory, changes))
    if results.cold_starts:
        milliseconds = statistics.median(one["ms"] for one in results.cold_starts)
        megabytes = statistics.median(one["bytes"] for one in results.cold_starts) / 2**20
        print("\nsins from a snapshot in the page cache, with all imports: ", end="")
        print(f"first answer {milliseconds:.0f} ms, {megabytes:.0f} MB")
    for kind in KINDS:
        figures = results.of(kind)
        if figures:
            _print_kind(kind, figures)
    if results.built.keys() > {OURS}:
        print("\nx sins, and of how many queries")
        print(*ratio_lines(results), sep="\n")


def ratio_lines(results: Results) -> list[str]:
    """How many times as long as ours each peer took for each kind of query, side by side."""
    peers = [peer for peer in results.built if peer != OURS]
    lines = [_wide_row("", *peers)]
    for kind in (*WITH_TRUTH, *ABSENT):
        figures = results.of(kind)
        lines.append(_wide_row(kind, *(_ratio(figures.get(peer)) for peer in peers)))
    return lines


def _ratio(one: Figures | None) -> str:
    if one is None or one.times_ours is None:
        return "-"
    return f"{_text(one.times_ours, 2)} ({one.queries})"


def _print_kind(kind: str, figures: Mapping[str, Figures]) -> None:
    print(f"\n{kind}")
    times = ("queries", "median", "95 %", "99 %", "largest", "x sins")
    print(_row("", *times, *_quality_names(kind)))
    for peer, one in figures.items():
        values = [_text(value, 2) for value in (one.median, one.p95, one.p99, one.largest)]
        print(_row(peer, str(one.queries), *values, _text(one.times_ours, 2), *_quality(kind, one)))


def _quality_names(kind: str) -> tuple[str, ...]:
    if kind in ABSENT:
        return ("answered", "likely")
    return WITH_TRUTH_NAMES if kind in WITH_TRUTH else ()


def _quality(kind: str, one: Figures) -> list[str]:
    if kind in ABSENT:
        return [_text(one.answered, 3), _text(one.likely, 3)]
    if kind not in WITH_TRUTH:
        return []
    shares = (one.at_1, one.at_10, one.ours_at_10, one.bound, one.as_reference, one.likely)
    return [*(_text(share, 3) for share in shares), _text(one.ties, 0)]


def _row(name: str, *values: str) -> str:
    return f"  {name:<11}" + "".join(f"{value:>9}" for value in values)


def _wide_row(name: str, *values: str) -> str:
    return f"  {name:<42}" + "".join(f"{value:>17}" for value in values)


def _text(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
