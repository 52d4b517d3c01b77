"""Ports, and whether somebody answers on them."""

import socket
import struct
import urllib.error
import urllib.request

from local.errors import CannotRun

HOST = "127.0.0.1"
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def require_free(port: int, remedy: str) -> None:
    """Raises if something listens on the port."""
    with socket.socket() as listener:
        # Without this a connection that closed a moment ago would still hold the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            raise CannotRun(
                f"Port {port} is taken: stop the program that uses it, or {remedy}."
            ) from None


def http_answers(url: str, *, status: int | None = None) -> bool:
    """Whether the address answers HTTP at all, or with this status."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            answered: int = response.status
    except urllib.error.HTTPError as error:
        answered = error.code
    except (OSError, ValueError):
        return False
    return status is None or answered == status


def kafka_answers(bootstrap: str) -> bool:
    """Whether one of the brokers answers the question a Kafka client asks first."""
    return any(_broker_answers(address) for address in bootstrap.split(","))


def _broker_answers(address: str) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2) as connection:
            connection.sendall(_API_VERSIONS)
            return bool(connection.recv(1))
    except (OSError, ValueError):
        return False
