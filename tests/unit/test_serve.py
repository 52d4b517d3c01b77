"""A location in one process: where it answers, and before its tables do."""

import socket
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner

from chalicelib import bootstrap
from chalicelib.settings import Settings
from local.__main__ import commands
from local.engines.dynamodb import dynamodb_local
from local.engines.network import free_port
from local.engines.processes import running, wait_until
from local.errors import CannotRun
from local.locations import healthy
from local.serve import Serving, _run
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


def test_a_port_that_is_none_is_refused_before_anything_starts() -> None:
    result = CliRunner().invoke(commands, ["serve", "--port", "70000"])
    assert result.exit_code == 2
    assert "70000 is not in the range 1<=x<=65535" in result.output


def test_an_address_that_cannot_be_had_is_named_with_the_reason() -> None:
    parts = bootstrap.build(Settings(dynamodb_endpoint="http://127.0.0.1:1"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=rf"127\.0\.0\.1:{port} \(Address already in use\)"):
            _run(parts, Serving("127.0.0.1", port, events=False), Event())
    # An address that no machine has (RFC 5737).
    with pytest.raises(CannotRun, match=r"192\.0\.2\.1:8001 \(Cannot assign requested address\)"):
        _run(parts, Serving("192.0.2.1", 8001, events=False), Event())
