"""Samples and how they are shown."""

import statistics
from collections.abc import Sequence


def percentile(samples: Sequence[float], share: float) -> float:
    """The sample below which `share` of all lie."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def line(name: str, samples: Sequence[float]) -> str:
    """Median, 95th and 99th percentile of some milliseconds."""
    shown = [statistics.median(samples), percentile(samples, 0.95), percentile(samples, 0.99)]
    return f"{name:<34}" + "".join(f"{value:10.2f}" for value in shown) + " ms"


def heading() -> str:
    return f"{'':<34}{'median':>10}{'95 %':>10}{'99 %':>10}"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The median of the ratios pair by pair: both halves of a pair met the same weather."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f}"
