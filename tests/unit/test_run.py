"""What `make run` was asked for, before anything is started."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from local.__main__ import commands
from local.engines.network import free_port
from local.errors import CannotRun
from local.locations import Surroundings
from local.run import Options, _load_sample_data, _require_free_ports


def asked(first_port: int, dynamodb_port: int, kafka_port: int) -> Options:
    return Options(3, Path(), None, None, first_port, dynamodb_port, kafka_port, False)


def test_its_help_names_the_ports_that_it_takes_by_itself() -> None:
    said = CliRunner().invoke(commands, ["run", "--help"]).output
    assert all(f"default: {port}" in said for port in (8001, 8000, 9092))


@pytest.mark.parametrize(
    ("dynamodb", "kafka", "sentence"),
    [
        (2, 9, "loc3 and DYNAMODB_PORT both have port .*: set DYNAMODB_PORT to another one.$"),
        (9, 0, "loc1 and KAFKA_PORT both have port .*: set KAFKA_PORT to another one.$"),
        (9, 9, "DYNAMODB_PORT and KAFKA_PORT both have port .*: set KAFKA_PORT to another one.$"),
    ],
)
def test_a_port_that_two_of_one_run_would_have_is_named(
    dynamodb: int, kafka: int, sentence: str
) -> None:
    first = free_port()
    with pytest.raises(CannotRun, match=f"^{sentence}"):
        _require_free_ports(asked(first, first + dynamodb, first + kafka))


def test_locations_run_on_where_the_samples_cannot_be_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # As where loc1 reads for minutes what the others hold, and takes no changes.
    nowhere = f"http://127.0.0.1:{free_port()}"
    (tmp_path / "logs").mkdir()
    _load_sample_data(Surroundings(tmp_path, nowhere, True, "127.0.0.1:1"), [])
    said = capsys.readouterr().err
    assert said.endswith("load-sample-data.log. The next start tries again.\n")
