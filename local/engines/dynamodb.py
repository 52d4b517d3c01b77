"""DynamoDB Local, as the package amplify-dynamodb-simulator carries it.

Its licence forbids passing it on, so it is fetched and never committed. It keeps one
database file for each access key and region; locations with keys of their own therefore don't wait
for each other's writes.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from local.engines import npm
from local.engines.folders import folder_or_scratch
from local.engines.java import find_java
from local.engines.network import HOST, free_port, http_answers
from local.engines.processes import Process, running, wait_until
from local.errors import CannotRun

_REGION = "local"
PACKAGE = npm.NpmPackage(
    name="amplify-dynamodb-simulator",
    version="2.9.30",
    folder="package/emulator",
    sha512="xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==",
)


@contextmanager
def dynamodb_local(
    port: int | None = None,
    data_dir: Path | None = None,
    logs: Path | None = None,
    lives_long: bool = True,
    keys: Iterable[str] = (),
) -> Iterator[Process]:
    """DynamoDB Local, ready at `address`; without a data folder it keeps all in memory.

    One that `lives_long` works a third faster after some minutes, and slower before. What is
    written with the access `keys` waits for the disk once and not four times, where its file system
    allows that.
    """
    port = port or free_port()
    address = f"http://{HOST}:{port}"
    with folder_or_scratch(logs) as log_dir, folder_or_scratch(data_dir) as folder:
        storage = ["-inMemory"] if data_dir is None else ["-dbPath", "."]
        for key in keys if data_dir is not None else ():
            write_ahead(folder / f"{key}_{_REGION}.db")
        command = [*_command(lives_long), *storage, "-port", str(port), "-disableTelemetry"]
        log = log_dir / "dynamodb.log"
        # It writes a file of its own wherever it is started, so it starts in its folder.
        with running("DynamoDB Local", command, log, address=address, folder=folder) as process:
            wait_until(lambda: http_answers(address), process)
            yield process


def credentials(key: str) -> dict[str, str]:
    """The environment of who uses the database file of this access key."""
    return {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": _REGION,
        "AWS_DEFAULT_REGION": _REGION,
    }


def write_ahead(database: Path) -> None:
    """Makes SQLite keep a write-ahead log for this file, from now on and whoever opens it.

    With it a commit syncs one file; without it the journal twice, its folder and the database. It
    lasts through a power cut all the same. Raises CannotRun where there can be no such file, or it
    is no database.
    """
    try:
        # Where the file system cannot have such a log a commit goes on to wait longer.
        with (
            closing(sqlite3.connect(database, timeout=1)) as opened,
            suppress(sqlite3.OperationalError),
        ):
            opened.execute("PRAGMA journal_mode = WAL")
    except sqlite3.DatabaseError as error:
        raise CannotRun(f"{database} cannot be used: {error}.") from error


def _command(lives_long: bool) -> list[str]:
    engine = npm.fetch(PACKAGE)
    return [
        str(find_java()),
        "-Xmx256m",
        "-XX:+UseSerialGC",
        # The second compiler, which makes faster code, costs more than a test wins by it.
        *([] if lives_long else ["-XX:TieredStopAtLevel=1"]),
        f"-Djava.library.path={engine / 'DynamoDBLocal_lib'}",
        "-jar",
        str(engine / "DynamoDBLocal.jar"),
    ]
