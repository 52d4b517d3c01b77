"""What a location believes to be DynamoDB: passes requests on, and answers some as told.

DynamoDB Local never throttles and never has a conflict between transactions; here both are
said in DynamoDB's own words.
"""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

TYPE = "com.amazonaws.dynamodb.v20120810#"
JSON = "application/x-amz-json-1.0"
# What belongs to one connection and not to the message.
HOP = {"connection", "keep-alive", "transfer-encoding", "host"}

Request = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What happens to requests of an operation, `times` times.

    `answer` makes a body from the request; without one the request is passed on and its answer
    is swallowed. `concerns` picks among the requests of that operation.
    """

    operation: str
    times: int
    answer: Callable[[Request], Request] | None = None
    concerns: Callable[[Request], bool] = lambda _request: True


class TablesProxy:
    """Passes everything on, but for the faults that it was given."""

    def __init__(self, endpoint: str) -> None:
        self._server = _Server(endpoint)
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def expect(self, *faults: Fault) -> None:
        """These faults and no others, from now on."""
        self._server.faults = {fault.operation: fault for fault in faults}
        self._server.struck.clear()

    def struck(self, operation: str) -> int:
        """How many requests of the operation met their fault."""
        return self._server.struck[operation]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def throttled(_request: Request) -> Request:
    return {"__type": f"{TYPE}ProvisionedThroughputExceededException", "message": "slow down"}


def in_conflict(request: Request) -> Request:
    """Another transaction is at work on the first of the items."""
    others = [{"Code": "None"} for _ in request["TransactItems"][1:]]
    return {
        "__type": f"{TYPE}TransactionCanceledException",
        "Message": "Transaction cancelled [TransactionConflict]",
        "CancellationReasons": [{"Code": "TransactionConflict", "Message": "busy"}, *others],
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(endpoint).netloc
        self.faults: dict[str, Fault] = {}
        self.struck: Counter[str] = Counter()
        self._lock = Lock()

    def handle_error(self, *_args: Any) -> None:
        """A location that is killed leaves its connections in the middle of a sentence."""

    def fault_for(self, operation: str, body: bytes) -> Fault | None:
        fault = self.faults.get(operation)
        if fault is None or not fault.concerns(json.loads(body)):
            return None
        with self._lock:
            if self.struck[operation] >= fault.times:
                return None
            self.struck[operation] += 1
            return fault


class _Handler(BaseHTTPRequestHandler):
    """One connection of the location."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    server: _Server

    def do_GET(self) -> None:
        self._pass_on(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.fault_for(self._operation(), body)
        if fault is None:
            self._pass_on(body)
        elif fault.answer is None:
            self._ask(body)
            self.close_connection = True
        else:
            answer = json.dumps(fault.answer(json.loads(body))).encode()
            self._answer(400, {"Content-Type": JSON}, answer)

    def log_message(self, *_args: Any) -> None:
        """The tests say what went wrong."""

    def _operation(self) -> str:
        return self.headers.get("X-Amz-Target", "").rpartition(".")[2]

    def _pass_on(self, body: bytes) -> None:
        self._answer(*self._ask(body))

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {name: text for name, text in self.headers.items() if name.lower() not in HOP}
        # A connection for each request: one that was kept might have been closed meanwhile.
        with closing(HTTPConnection(self.server.target, timeout=60)) as onward:
            onward.request(self.command, self.path, body, headers)
            answer = onward.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, text in headers.items():
            if name.lower() not in HOP | {"content-length"}:
                self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
