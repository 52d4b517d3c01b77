"""What a location notes about itself: facts for the status page, and dead letters."""

from collections.abc import Mapping
from dataclasses import dataclass

Fact = Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record of the topic that cannot be applied, with its bytes."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    reason: str
    at: int
