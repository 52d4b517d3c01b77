"""Whatever is started with a bad setting says so in one sentence, and ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.engines.network import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ["local", "serve", "--port", "1"],
        ["local", "create-tables"],
        ["local", "load-sample-data", "--if-set"],
        ["infra.topics"],
        ["infra.restored"],
    ],
    ids=" ".join,
)
def test_a_bad_setting_is_told_in_one_sentence(arguments: list[str]) -> None:
    result = started(arguments, KAFKA_SECURITY="ssl")
    assert result.stderr == "KAFKA_SECURITY must be plaintext, tls or iam.\n"
    assert result.returncode == 1


@pytest.mark.parametrize(
    "arguments", [["local", "serve", "--port", "1"], ["local", "create-tables"]], ids=" ".join
)
def test_tables_for_which_there_are_no_credentials_are_told_in_one_sentence(
    arguments: list[str], tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    nobody = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    result = started(arguments, LOCATION="loc7", DYNAMODB_ENDPOINT=address, **nobody)
    assert result.stderr == (
        f"The tables of location loc7 cannot be made at {address}: Unable to locate credentials.\n"
    )
    assert result.returncode == 1


def test_whoever_makes_topics_is_told_that_no_broker_answers() -> None:
    address = f"127.0.0.1:{free_port()}"
    result = started(["infra.topics"], KAFKA_BOOTSTRAP=address)
    said = result.stderr.splitlines()[-1]
    assert said.startswith(f"The topics cannot be made at KAFKA_BOOTSTRAP={address} ")
    assert "Traceback" not in result.stderr
    assert result.returncode == 1


def started(arguments: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
