"""What the bench asks of a peer."""

import gc
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.search.corpus import Customer

LIMIT = 10
FIRST_QUERY = "Smith Emily"


class Hit(NamedTuple):
    """A customer's id, how well it matches, and whether the product would call that likely."""

    id: str
    value: float
    is_likely: bool = False


# The best first.
Hits = list[Hit]


class Missing(Exception):
    """The peer is not installed; the message says what is missing."""


class Peer:
    """One engine. It imports its library when it builds, so that memory counts it.

    `has_our_scores`: its order is that of the product's score. `knows_numbers`: it finds people by
    document number. `can_change`: it takes in changed customers in a way that is worth measuring.
    """

    has_our_scores = True
    knows_numbers = True
    can_change = False

    def __init__(self) -> None:
        self._before = resident()

    def build(self, customers: Iterable[Customer]) -> None:
        """Takes in the customers. Raises Missing."""
        raise NotImplementedError

    def memory(self) -> int:
        """Bytes that it holds because of what it built."""
        gc.collect()
        return resident() - self._before

    def prepare(self, customers: Iterable[Customer]) -> None:
        """Loads what it needs besides to score candidates."""

    def search(self, text: str) -> Hits:
        """The best LIMIT customers, none below the product's minimum if the scores are ours."""
        raise NotImplementedError

    def rate(self, text: str, customer: Customer) -> float:
        """How well the peer itself says that a customer matches, if the scores are not ours."""
        raise NotImplementedError

    def change(self, customers: Sequence[Customer]) -> None:
        """Takes in changed customers."""
        raise NotImplementedError

    def save(self, path: Path) -> None:
        """Writes a snapshot that another process can start from."""
        raise NotImplementedError

    def close(self) -> None:
        """Leaves nothing behind."""


def resident() -> int:
    """Bytes of this process in physical memory."""
    import psutil

    return int(psutil.Process(os.getpid()).memory_info().rss)
