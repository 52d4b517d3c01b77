"""The Kafka broker: the package noida-db, which speaks Kafka's protocol.

Only this module knows which broker it is. It saves its topics when it is asked to stop;
one that is killed loses about its last second.
"""

import importlib.resources
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.engines.folders import folder_or_scratch
from local.engines.network import HOST, free_port, kafka_answers
from local.engines.processes import Process, running, wait_until


@contextmanager
def broker(
    port: int | None = None,
    data_dir: Path | None = None,
    logs: Path | None = None,
) -> Iterator[Process]:
    """A broker, ready at `address`; without a data folder it forgets all at the end."""
    port = port or free_port()
    address = f"{HOST}:{port}"
    with folder_or_scratch(data_dir) as data, folder_or_scratch(logs) as log_dir:
        command = [_program(), "start", "--only", "kafka"]
        command += ["--kafka-port", str(port), "--data-dir", str(data)]
        log = log_dir / "broker.log"
        with running("The broker", command, log, address=address) as process:
            wait_until(lambda: kafka_answers(address), process)
            yield process


def _program() -> str:
    """The program itself: the script of that name would start it as a child of its own."""
    program = Path(str(importlib.resources.files("noida_db"))) / "noida-db"
    if not os.access(program, os.X_OK):
        program.chmod(0o755)
    return str(program)
