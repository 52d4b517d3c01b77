"""Importing and exporting generated customers: rows a second, and memory.

The commands run in processes of their own, as a person starts them, on a DynamoDB Local that keeps
its tables in memory. Memory is the most that the process ever held. The processor's time is the
process's own: it does not depend on what else the machine does.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from chalicelib.services.fields import create_field
from chalicelib.settings import Settings
from local.engines.dynamodb import dynamodb_local
from local.generate import customers
from tests.conftest import REGION, build_parts
from tests.fakes import DEFINITION, PROVIDER

SIZES = (10_000, 100_000)
EXTRAS = ("middle_name", "alt_phone", "notes")


def report() -> None:
    """Prints a line for each size and command. BENCH_ROWS=10000 is for less patience."""
    print(f"{'':<34}{'seconds':>10}{'rows/s':>10}{'processor':>15}{'memory':>12}")
    named = os.environ.get("BENCH_ROWS")
    for size in [int(named)] if named else SIZES:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            environment = _location(stack.enter_context(dynamodb_local()).address)
            _measure(size, folder, environment)


def _measure(size: int, folder: Path, environment: dict[str, str]) -> None:
    rows, copy = folder / "rows.csv", folder / "copy.csv"
    write_rows(rows, size)
    _timed(f"{size:,} imported", size, environment, "import", str(rows))
    _timed(f"{size:,} exported", size, environment, "export", "--out", str(copy))
    _timed(f"{size:,} imported again, unchanged", size, environment, "import", str(copy))


def write_rows(file: Path, size: int) -> None:
    """The generated customers as CSV; who has no document number has an external id."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        lines = csv.writer(stream)
        head = ["external_id", "surname", "name", "dob", "document_number"]
        lines.writerow([*head, *(f"extra_fields.{key}" for key in EXTRAS)])
        for number, one in enumerate(customers(size, 1)):
            external_id = "" if one["document_number"] else f"bench/{number}"
            extras = [one["extra_fields"].get(key) for key in EXTRAS]
            lines.writerow([external_id, *(one[name] for name in head[1:]), *extras])


def _location(endpoint: str) -> dict[str, str]:
    """The environment of a fresh location."""
    settings = Settings(
        location="bench", dynamodb_endpoint=endpoint, aws_region=REGION, log_level="ERROR"
    )
    registry = build_parts(settings).registry
    for key in EXTRAS:
        create_field(key, {**DEFINITION, "label": key}, PROVIDER, registry)
    given = {"LOCATION": "bench", "DYNAMODB_ENDPOINT": endpoint, "AWS_REGION": REGION}
    return {**os.environ, **given, "LOG_LEVEL": "ERROR"}


def _timed(name: str, size: int, environment: dict[str, str], *arguments: str) -> None:
    started = time.monotonic()
    command = [sys.executable, "-m", "local", *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - started
    if process.returncode:
        raise RuntimeError(f"{name} failed")
    processor = 1000 * (usage.ru_utime + usage.ru_stime) / size
    print(
        f"{name:<34}{took:10.1f}{size / took:10.0f}{processor:8.2f} ms/row"
        f"{usage.ru_maxrss / 1024:9.0f} MB",
        flush=True,
    )
