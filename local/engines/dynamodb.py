"""DynamoDB Local, as the package amplify-dynamodb-simulator carries it.

Its licence forbids passing it on, so it is fetched and never committed. It keeps one
database file for each access key; locations with keys of their own therefore don't wait
for each other's writes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.engines import npm
from local.engines.folders import folder_or_scratch
from local.engines.java import find_java
from local.engines.network import HOST, free_port, http_answers
from local.engines.processes import Process, running, wait_until

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
) -> Iterator[Process]:
    """DynamoDB Local, ready at `address`; without a data folder it keeps all in memory.

    One that `lives_long` works a third faster after some minutes, and slower before.
    """
    port = port or free_port()
    address = f"http://{HOST}:{port}"
    with folder_or_scratch(logs) as log_dir, folder_or_scratch(data_dir) as folder:
        storage = ["-inMemory"] if data_dir is None else ["-dbPath", "."]
        command = [*_command(lives_long), *storage, "-port", str(port), "-disableTelemetry"]
        log = log_dir / "dynamodb.log"
        # It writes a file of its own wherever it is started, so it starts in its folder.
        with running("DynamoDB Local", command, log, address=address, folder=folder) as process:
            wait_until(lambda: http_answers(address), process)
            yield process


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
