"""The proxies of the fault tests do what they are told, or those tests would prove nothing."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conftest import being_served
from tests.faults.proxy import HOST, Proxy
from tests.faults.tables_proxy import Fault, TablesProxy, in_conflict, throttled

SILENCE = 0.2


@pytest.fixture
def line() -> Iterator[Proxy]:
    """A line to a program that says everything back."""
    with socket.create_server((HOST, 0)) as server:
        threading.Thread(target=echo_all, args=(server,), daemon=True).start()
        proxy = Proxy()
        proxy.lead_to(server.getsockname()[1])
        yield proxy
        proxy.close()


def echo_all(server: socket.socket) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=echo, args=(client,), daemon=True).start()


def echo(client: socket.socket) -> None:
    with client:
        while data := client.recv(100):
            client.sendall(data)


@contextmanager
def connected(line: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, line.port), timeout=5) as client:
        yield client


def answers(client: socket.socket) -> bool:
    client.settimeout(SILENCE)
    client.sendall(b"x")
    try:
        return client.recv(1) == b"x"
    except TimeoutError:
        return False
    finally:
        client.settimeout(5)


def test_a_whole_line_passes_everything(line: Proxy) -> None:
    with connected(line) as client:
        client.sendall(b"hello")
        assert client.recv(5) == b"hello"


def test_a_line_that_refuses_breaks_what_there_is_and_takes_nothing_new(line: Proxy) -> None:
    with connected(line) as client:
        assert answers(client)
        line.refuse()
        with pytest.raises(ConnectionError):
            client.recv(1)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, line.port), timeout=5)


def test_a_healed_line_takes_new_connections(line: Proxy) -> None:
    line.refuse()
    line.heal()
    with connected(line) as client:
        assert answers(client)


@pytest.mark.parametrize("swallow", [Proxy.hole, Proxy.swallow_answers])
def test_a_connection_that_lost_bytes_stays_open_and_silent_for_good(
    line: Proxy, swallow: object
) -> None:
    with connected(line) as client, connected(line) as other:
        assert answers(client)
        assert callable(swallow)
        swallow(line)
        assert not answers(client)
        line.heal()
        assert not answers(client)
        assert answers(other)


def test_a_reset_breaks_what_there_is_and_lets_others_in(line: Proxy) -> None:
    with connected(line) as client:
        assert answers(client)
        line.reset()
        with pytest.raises(ConnectionError):
            client.recv(1)
    with connected(line) as client:
        assert answers(client)


class Always(BaseHTTPRequestHandler):
    """Tables that answer everything alike, and remember that they were asked."""

    asked = 0

    def do_POST(self) -> None:
        type(self).asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def tables() -> Iterator[TablesProxy]:
    with being_served(ThreadingHTTPServer((HOST, 0), Always)) as address:
        proxy = TablesProxy(address)
        yield proxy
        proxy.close()


def ask(tables: TablesProxy, operation: str, **request: object) -> tuple[int, dict[str, object]]:
    with closing(HTTPConnection(tables.endpoint.removeprefix("http://"), timeout=5)) as client:
        headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        client.request("POST", "/", json.dumps(request), headers)
        answer = client.getresponse()
        return answer.status, json.loads(answer.read())


def test_tables_refuse_as_often_as_they_were_told_and_then_answer(tables: TablesProxy) -> None:
    tables.expect(Fault("PutItem", 2, throttled))
    assert [ask(tables, "PutItem")[0] for _ in range(3)] == [400, 400, 200]
    assert tables.struck("PutItem") == 2
    assert ask(tables, "GetItem")[0] == 200


def test_a_conflict_names_every_item_of_the_transaction(tables: TablesProxy) -> None:
    tables.expect(Fault("TransactWriteItems", 1, in_conflict))
    _, answer = ask(tables, "TransactWriteItems", TransactItems=[{}, {}])
    reasons = answer["CancellationReasons"]
    assert isinstance(reasons, list)
    assert [reason["Code"] for reason in reasons] == ["TransactionConflict", "None"]


def test_a_swallowed_answer_belongs_to_a_request_that_went_through(tables: TablesProxy) -> None:
    before = Always.asked
    tables.expect(Fault("PutItem", 1))
    with pytest.raises(RemoteDisconnected):
        ask(tables, "PutItem")
    assert Always.asked == before + 1
