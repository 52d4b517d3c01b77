"""Ports that are taken, and engines that answer or don't."""

import socket
from collections.abc import Iterator

import pytest

from local.engines.network import free_port, http_answers, kafka_answers, require_free
from local.errors import CannotRun


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_free() -> None:
    require_free(free_port(), "look elsewhere")


def test_a_taken_port_is_told_with_what_to_do(silent_port: int) -> None:
    with pytest.raises(
        CannotRun,
        match=rf"^Port {silent_port} is taken: stop the program that uses it, or use another\.$",
    ):
        require_free(silent_port, "use another")


def test_nobody_answers_on_a_port_that_is_free() -> None:
    port = free_port()
    assert not http_answers(f"http://127.0.0.1:{port}")
    assert not kafka_answers(f"127.0.0.1:{port},localhost:{port}")


@pytest.mark.parametrize("address", ["", "localhost", "localhost:none", ","])
def test_an_address_that_makes_no_sense_does_not_answer(address: str) -> None:
    assert not http_answers(address)
    assert not kafka_answers(address)


def test_to_take_a_connection_is_not_to_answer(silent_port: int) -> None:
    assert not http_answers(f"http://127.0.0.1:{silent_port}")
    assert not kafka_answers(f"127.0.0.1:{silent_port}")


def test_an_error_is_an_answer_but_not_the_one_that_means_health(dynamodb_endpoint: str) -> None:
    assert http_answers(dynamodb_endpoint)
    assert not http_answers(dynamodb_endpoint, status=200)


def test_one_broker_of_several_is_enough(kafka_bootstrap: str) -> None:
    assert kafka_answers(f"127.0.0.1:{free_port()}, {kafka_bootstrap}")
