"""Snapshots of the search index: in a folder on one machine, in a bucket when deployed."""

import logging
import os
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

NAME = "search-index"
# A search waits for the bucket no longer, and has the index built from the table.
SILENT_SECONDS = 5
LOGGER = logging.getLogger("sins")


class FolderSnapshots:
    """One file in a folder, replaced by renaming."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> Path | None:
        path = self._folder / NAME
        return path if path.exists() else None

    def replace(self, write: Callable[[Path], None]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=f"{NAME}.")
        os.close(handle)
        try:
            write(Path(name))
            Path(name).rename(self._folder / NAME)
        finally:
            Path(name).unlink(missing_ok=True)


class BucketSnapshots:
    """One object in a bucket, fetched into this function's own disk."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._key = "/".join(part for part in (prefix, NAME) if part)

    def newest(self) -> Path | None:
        from botocore.exceptions import BotoCoreError, ClientError

        path = Path(tempfile.gettempdir()) / NAME
        # A file that is mapped already stays whole: the new one takes its name only.
        fresh = path.with_suffix(".fresh")
        try:
            self._fetch(fresh)
        except (ClientError, BotoCoreError, OSError) as error:
            # Whoever may not list the bucket hears "forbidden" of what is not there.
            LOGGER.warning("there is no snapshot of the search index: %s", error)
            return None
        return fresh.rename(path)

    def _fetch(self, path: Path) -> None:
        body = self._client.get_object(Bucket=self._bucket, Key=self._key)["Body"]
        with path.open("wb") as file:
            for chunk in body.iter_chunks(1 << 20):
                file.write(chunk)

    def replace(self, write: Callable[[Path], None]) -> None:
        with tempfile.NamedTemporaryFile(prefix=NAME) as file:
            write(Path(file.name))
            with Path(file.name).open("rb") as body:
                self._client.put_object(Bucket=self._bucket, Key=self._key, Body=body)

    @cached_property
    def _client(self) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        tries = {"mode": "standard", "total_max_attempts": 2}
        in_time = Config(connect_timeout=1, read_timeout=SILENT_SECONDS, retries=tries)
        return Session().create_client("s3", config=in_time)


def snapshots_at(place: str) -> FolderSnapshots | BucketSnapshots | None:
    """A folder's path or `s3://bucket/prefix`; None where nothing is said."""
    if not place:
        return None
    if place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        return BucketSnapshots(bucket, prefix.strip("/"))
    return FolderSnapshots(Path(place))
