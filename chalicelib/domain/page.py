"""Pages: some of a longer list, and where to go on."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and where to go on ('' at the end)."""

    items: list[Item]
    next: str
