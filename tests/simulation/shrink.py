"""Delta debugging: the shortest part of a schedule that still fails (Zeller, 2002)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Part = TypeVar("Part")


def shrink(whole: Sequence[Part], fails: Callable[[Sequence[Part]], bool]) -> tuple[Part, ...]:
    """A part of the whole that fails, and no longer does without any one of its pieces."""
    kept, size = tuple(whole), len(whole) // 2
    while size:
        kept, before = _without_pieces(kept, size, fails), len(kept)
        if size == 1 and len(kept) < before:
            continue
        size //= 2
    return kept


def _without_pieces(
    whole: tuple[Part, ...], size: int, fails: Callable[[Sequence[Part]], bool]
) -> tuple[Part, ...]:
    """The whole without every piece of that size that it can fail without, from the end."""
    kept = whole
    for start in range(len(whole) - size, -size, -size):
        begin = max(0, start)
        shorter = kept[:begin] + kept[start + size :]
        if len(shorter) < len(kept) and fails(shorter):
            kept = shorter
    return kept
