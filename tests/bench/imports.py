"""A cold start: importing `app` in a fresh process, beside boto3 with a DynamoDB client."""

import subprocess
import sys

from tests.bench.figures import heading, line, ratio

RUNS = 15
CLIENT = "boto3.client('dynamodb', region_name='eu-central-1', endpoint_url='http://127.0.0.1:1')"
PROGRAMS = {
    "import boto3, a client": f"import boto3; {CLIENT}",
    "import app": "import app",
    "import app, a client, all parts": (
        "import app; from chalicelib import bootstrap; bootstrap.parts()"
    ),
}
TIMED = "import time; start = time.perf_counter(); {}; print((time.perf_counter() - start) * 1000)"


def report() -> None:
    """Prints a line a program, and the ratio to boto3."""
    samples: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(RUNS + 1):
        for name, program in PROGRAMS.items():
            samples[name].append(_time(program))
    print(heading())
    base = samples["import boto3, a client"][1:]
    for name, (_, *times) in samples.items():
        print(line(name, times), f"  x {ratio(times, base)}")


def _time(program: str) -> float:
    command = [sys.executable, "-c", TIMED.format(program)]
    environment = {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "DYNAMODB_ENDPOINT": "http://127.0.0.1:1",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)
