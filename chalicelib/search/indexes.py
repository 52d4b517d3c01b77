"""Indexes: made empty, saved, and loaded again."""

import logging
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from chalicelib.search.index import SearchIndex

LOGGER = logging.getLogger("sins")


class Snapshots(Protocol):
    """Where saved indexes are kept."""

    def newest(self) -> "Path | None":
        """A local copy of the newest file, or None."""

    def replace(self, write: "Callable[[Path], None]") -> None:
        """Puts what `write` writes in the place of the newest, all or nothing."""


class SavedIndexes:
    """See `ports.Indexes`. NumPy is imported when the first index is needed, not before."""

    def __init__(self, snapshots: Snapshots | None = None) -> None:
        self._snapshots = snapshots

    @property
    def are_kept(self) -> bool:
        return self._snapshots is not None

    def empty(self, fields: Collection[str] = ()) -> "SearchIndex":
        from chalicelib.search.index import SearchIndex

        return SearchIndex(fields)

    def load(self) -> "tuple[SearchIndex, int] | None":
        from chalicelib.search.files import UnreadableSnapshot, read_index

        path = self._snapshots.newest() if self._snapshots else None
        if path is None:
            return None
        try:
            return read_index(path)
        except UnreadableSnapshot as error:
            LOGGER.warning("a snapshot of the search index is not used: %s", error)
            return None

    def save(self, index: Any, moment: int) -> None:
        from chalicelib.search.files import write_index

        if self._snapshots:
            self._snapshots.replace(lambda path: write_index(path, index, moment))
