"""Pages: some of a longer list, and where to go on."""

from typing import Generic, TypeVar

from msgspec import Struct

Item = TypeVar("Item")


class Page(Struct, Generic[Item], frozen=True):
    """Some items, and where to go on ('' at the end)."""

    items: list[Item]
    next: str


class PageOfReadable(Page[Item], frozen=True):
    """Those that can be read, and how many are `missing` there because they cannot."""

    missing: int
