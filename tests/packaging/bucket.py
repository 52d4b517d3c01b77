"""A bucket on loopback that holds nothing yet and takes what it is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.conftest import being_served

MISSING = b"<Error><Code>NoSuchKey</Code><Message>nothing</Message></Error>"


@dataclass
class Bucket:
    """Where it is, and the paths that were put."""

    url: str = ""
    taken: list[str] = field(default_factory=list)


@contextmanager
def bucket() -> Iterator[Bucket]:
    made = Bucket()

    class Handler(BaseHTTPRequestHandler):
        # Whoever sends much asks first whether it may.
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(404, MISSING)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            made.taken.append(self.path)
            self._answer(200, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with being_served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as made.url:
        yield made
