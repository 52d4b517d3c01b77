"""A location that starts before its tables."""

import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from local.engines.dynamodb import dynamodb_local
from local.engines.network import free_port
from local.engines.processes import running, wait_until
from local.locations import healthy
from tests.conftest import start


def test_a_location_waits_for_tables_that_do_not_answer_yet(tmp_path: Path) -> None:
    tables, port = free_port(), free_port()
    environment = {
        "PATH": "/usr/bin:/bin",
        "LOCATION": "loc1",
        "AWS_ACCESS_KEY_ID": "loc1",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "local",
        "DYNAMODB_ENDPOINT": f"http://127.0.0.1:{tables}",
    }
    command = [sys.executable, "-m", "local", "serve", "--port", str(port), "--no-events"]
    log = tmp_path / "loc1.log"
    address = f"http://127.0.0.1:{port}"
    with running("loc1", command, log, address=address, environment=environment) as process:
        wait_until(lambda: "Retrying" in log.read_text(), process)
        with ExitStack() as engines:
            start(engines, partial(dynamodb_local, tables, lives_long=False))
            wait_until(healthy(process), process)
