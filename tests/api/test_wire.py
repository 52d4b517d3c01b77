"""What only shows on the wire: paths, methods, sizes, connections."""

import http.client
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest

from chalicelib.bootstrap import Parts
from tests.api.client import (
    FIELDS,
    ITEMS,
    SEARCH,
    STATUS,
    Api,
    accepted,
    assert_clear,
    assert_refused,
    at_once,
    item,
    over_http,
)
from tests.api.conftest import PROVIDER, serving

NOBODY = "0190aaaa-0001-7000-8000-000000000001"
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def port(common_parts: Parts) -> Iterator[int]:
    with serving(common_parts) as port:
        yield port


@pytest.fixture
def wire(port: int) -> Api:
    return Api(over_http(port), PROVIDER)


def test_a_slash_at_the_end_changes_nothing(wire: Api) -> None:
    body = accepted(wire.post(f"{ITEMS}/", {"surname": "Meyer"}), 201)
    path = item(body["id"])
    wire.post(f"{FIELDS}/", {"key": "slash", "label": "Slash", "type": "text"})
    for one in (ITEMS, path, f"{path}/history", FIELDS, f"{FIELDS}/slash", "/health"):
        assert wire.get(f"{one}/").data == wire.get(one).data
    assert wire.get(f"{SEARCH}/?q=Meyer").status == 200
    assert wire.get(f"{STATUS}/").status == 200
    assert accepted(wire.patch(f"{path}/", {"name": "Anna"}))["version"] == 2
    assert accepted(wire.put(f"{path}/", {"surname": "Maier"}))["version"] == 3
    assert wire.delete(f"{path}/").status == 204
    assert wire.delete(f"{FIELDS}/slash/").status == 204


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api",
        "/api/",
        "/api/customers",
        "/api/customers/item",
        "/API/customers/items",
        "/api/customers/items/x/y",
        "/api/customers/items/x/history/y",
        "/api//customers/items",
        "/api/customers/./items",
        "/api/customers/../customers/items",
        "/api%2fcustomers%2fitems",
        "/%61pi/customers/items",
        "/" + "x" * 3000,
        "/é".encode().decode("latin-1"),
        "/%ff",
        "/app.py",
        "/.git/config",
        "/chalicelib/settings.py",
        "*",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_told(port: int, method: str, path: str) -> None:
    status, data = raw(port, method, path)
    assert status == 404
    assert json.loads(data)["code"] == "not_found"


def raw(port: int, method: str, path: str) -> tuple[int, bytes]:
    """A request whose path no client library would send, in Latin-1 as it is."""
    lines = (f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", "", "")
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1"))
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        return answer.status, answer.read()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/health"),
        ("DELETE", ITEMS),
        ("PATCH", ITEMS),
        ("POST", item(NOBODY)),
        ("POST", SEARCH),
        ("PUT", SEARCH),
        ("DELETE", f"{item(NOBODY)}/history"),
        ("DELETE", "/api/audit"),
        ("POST", STATUS),
        ("PUT", "/"),
        ("TRACE", ITEMS),
        ("QUERY", ITEMS),
        ("BREW", ITEMS),
        ("get", ITEMS),
    ],
)
def test_a_method_that_a_path_does_not_take_is_told(wire: Api, method: str, path: str) -> None:
    refused = wire.call(method, path, {})
    assert_refused(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] in refused.json["detail"]


def test_a_refused_method_is_told_which_ones_are_taken(wire: Api) -> None:
    assert wire.delete(ITEMS).headers["allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["/", "/health", ITEMS, item(NOBODY), "/nothing"])
def test_an_answer_to_head_has_no_body(wire: Api, path: str) -> None:
    reply = wire.call("HEAD", path)
    assert reply.status in (404, 405)
    assert reply.data == b""
    assert reply.headers["x-request-id"]


@pytest.mark.parametrize(
    ("request_line", "headers", "status", "code"),
    [
        ("GET /health HTTP/3.0", "", 400, "malformed_request"),
        (f"GET /{'x' * 70_000} HTTP/1.1", "", 413, "too_large"),
        ("GET /health HTTP/1.1", f"X-Long: {'x' * 70_000}\r\n", 413, "too_large"),
        ("GET /health HTTP/1.1", "X-Many: x\r\n" * 200, 413, "too_large"),
    ],
    ids=["another version", "a long address", "a long header", "many headers"],
)
def test_what_the_server_cannot_read_is_told_like_any_other_error(
    port: int, request_line: str, headers: str, status: int, code: str
) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(f"{request_line}\r\nHost: x\r\n{headers}\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.read())["code"] == code


@pytest.mark.parametrize("path", ["/", ITEMS, item(NOBODY)])
def test_options_opens_nothing_to_other_sites(wire: Api, path: str) -> None:
    reply = wire.call("OPTIONS", path, headers={"Origin": "https://elsewhere.example"})
    assert reply.status == 200
    assert "access-control-allow-origin" not in reply.headers
    assert "access-control-allow-origin" not in wire.get("/health").headers


@pytest.mark.parametrize(
    "encoded", ["%30190aaaa", "0190%61aaa", "0190AAAA"], ids=["digit", "letter", "capitals"]
)
def test_an_encoded_id_is_the_same_id(wire: Api, encoded: str) -> None:
    body = wire.create()
    written = "".join(f"%{ord(character):02x}" for character in body["id"])
    assert wire.read(written) == body
    assert_refused(wire.get(item(NOBODY.replace("0190aaaa", encoded))), 404, "not_found")


def test_text_of_any_script_crosses_the_wire(wire: Api) -> None:
    surname = "Łukasiewicz 山田 אברהם 😀 é"
    body = accepted(
        wire.post(ITEMS, json.dumps({"surname": surname}, ensure_ascii=False).encode()), 201
    )
    assert body["surname"] == surname
    assert wire.read(body["id"]) == body
    assert wire.items(f"{SEARCH}?q={quote(surname)}")[0]["id"] == body["id"]


def test_an_actor_of_any_script_crosses_the_wire(wire: Api) -> None:
    body = wire.by("service_agent", "%E5%B1%B1%E7%94%B0%20Zo%C3%AB").create()
    (entry,) = wire.items(f"{item(body['id'])}/history")
    assert entry["actor"] == "山田 Zoë"


@pytest.mark.parametrize("size", [MEGABYTE, 9 * MEGABYTE])
def test_a_large_body_is_refused(wire: Api, size: int) -> None:
    assert_refused(wire.post(ITEMS, b" " * size), 413, "too_large")
    assert wire.get("/health").status == 200


@pytest.mark.parametrize("length", [str(11 * MEGABYTE), "9" * 5_000])
def test_a_body_that_no_gateway_takes_is_refused_before_it_is_sent(port: int, length: str) -> None:
    request = (
        f"POST {ITEMS} HTTP/1.1\r\nHost: x\r\nX-Role: service_agent\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(request.encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 413
        assert json.loads(answer.read())["code"] == "too_large"


@pytest.mark.parametrize(
    "header",
    ["Transfer-Encoding: chunked", "Content-Length: -5", "Content-Length: x", "Content-Length: "],
)
def test_a_body_of_unknown_length_is_refused(port: int, header: str) -> None:
    request = f"POST {ITEMS} HTTP/1.1\r\nHost: x\r\nX-Role: service_agent\r\n{header}\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(request.encode() + b"0\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 400
        assert json.loads(answer.read())["code"] == "malformed_request"


def test_a_connection_goes_on_after_an_error(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        for method, path, body, status in (
            ("GET", "/health", b"", 200),
            ("POST", ITEMS, b"{", 400),
            ("GET", item("nobody"), b"", 404),
            ("GET", "/nothing", b"", 404),
            ("DELETE", ITEMS, b"", 405),
            ("BREW", "/health", b"", 405),
            ("POST", ITEMS, b'{"surname":"Li"}', 201),
            ("GET", "/health", b"", 200),
        ):
            connection.request(method, path, body=body, headers=PROVIDER)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads take turns so often that what they share by mistake shows."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_many_callers_at_once_are_each_recorded_with_their_own_change(wire: Api) -> None:

    def ask(number: int) -> bool:
        mine = wire.by("service_agent", f"agent-{number}")
        reply = mine.post(ITEMS, {"surname": f"Meyer {number}"}, x_request_id=f"id-{number}")
        (entry,) = mine.items(f"{item(reply.json['id'])}/history")
        assert reply.headers["x-request-id"] == entry["request_id"] == f"id-{number}"
        assert (entry["actor"], entry["role"]) == (f"agent-{number}", "service_agent")
        assert reply.json["surname"] == entry["after"]["surname"] == f"Meyer {number}"
        return True

    assert all(at_once(40, ask))


@pytest.mark.usefixtures("restless_threads")
def test_no_request_is_mistaken_for_another_one(port: int) -> None:
    def ask(number: int) -> list[str]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            return [answered(connection, f"{number}-{turn}") for turn in range(50)]

    expected = [[f"{number}-{turn}" for turn in range(50)] for number in range(40)]
    assert at_once(40, ask) == expected


def answered(connection: http.client.HTTPConnection, request_id: str) -> str:
    """The id that a request with this id is answered with."""
    connection.request("GET", "/health", headers={"X-Request-Id": request_id})
    answer = connection.getresponse()
    answer.read()
    return answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "path",
    [
        f"{ITEMS}?cursor=%",
        f"{ITEMS}?limit=%zz",
        f"{SEARCH}?q=%ff%fe",
        f"{SEARCH}?q=a%00b",
        f"{SEARCH}?q=" + "%F0%9F%98%80" * 200,
        f"{SEARCH}?{'q=a&' * 1000}",
        f"{ITEMS}#fragment",
        f"{ITEMS};parameter",
        f"{ITEMS}?x#y?z",
        "http://elsewhere.example/health",
        "//health",
        "/health?" + "x" * 60_000,
    ],
)
def test_a_strange_address_has_a_clear_answer(wire: Api, path: str) -> None:
    assert_clear(wire.get(path))
