"""A caller of the API, through Chalice's test client or over the wire."""

import http.client
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from chalice.test import Client

ITEMS = "/api/customers/items"
FIELDS = "/api/customers/fields"
AUDIT = "/api/audit"
ACCESS = "/api/access"
STATUS = "/api/locations/status"
SEARCH = f"{ITEMS}/search"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def etag(self) -> str:
        return self.headers["etag"]


Send = Callable[[str, str, Mapping[str, str], bytes], Reply]


@dataclass(frozen=True, slots=True)
class Api:
    """Requests of one caller: a service provider where nothing else is said."""

    send: Send
    identity: Mapping[str, str]

    def by(self, role: str, actor: str = "somebody else") -> "Api":
        return replace(self, identity={"X-Role": role, "X-Actor": actor})

    def bearing(self, token: str) -> "Api":
        return replace(self, identity={"Authorization": f"Bearer {token}"})

    def call(
        self, method: str, path: str, body: Any = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """`body` as it is where it is bytes, as JSON where it is anything else."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send(method, path, {**self.identity, **(headers or {})}, data)

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, headers=_named(headers))

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        return self.call("POST", path, body, _named(headers))

    def put(self, path: str, body: Any, **headers: str) -> Reply:
        return self.call("PUT", path, body, _named(headers))

    def patch(self, path: str, body: Any, **headers: str) -> Reply:
        return self.call("PATCH", path, body, _named(headers))

    def delete(self, path: str, **headers: str) -> Reply:
        return self.call("DELETE", path, headers=_named(headers))

    def create(self, surname: str = "Meyer", **values: Any) -> dict[str, Any]:
        """A customer that is there now."""
        return accepted(self.post(ITEMS, {"surname": surname, **values}), 201)

    def define(self, key: str, kind: str = "text", **properties: Any) -> dict[str, Any]:
        """A field definition that is there now."""
        whole = {"key": key, "label": key.title(), "type": kind, **properties}
        return accepted(self.post(FIELDS, whole), 201)

    def read(self, customer_id: str) -> dict[str, Any]:
        return accepted(self.get(item(customer_id)))

    def items(self, path: str) -> list[Any]:
        found: list[Any] = accepted(self.get(path))["items"]
        return found


def item(customer_id: str) -> str:
    return f"{ITEMS}/{customer_id}"


def field(key: str) -> str:
    return f"{FIELDS}/{key}"


def accepted(reply: Reply, status: int = 200) -> dict[str, Any]:
    """The body of an answer that has to have this status."""
    assert reply.status == status, (reply.status, reply.data[:500])
    body: dict[str, Any] = reply.json
    return body


def assert_refused(reply: Reply, status: int, code: str, field: str | None = None) -> None:
    """Holds an answer against everything that is promised about errors."""
    assert reply.status == status, (reply.status, reply.data[:500])
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == reply.headers["x-request-id"] != ""
    assert ("retry-after" in reply.headers) == (status == 503)
    assert ("www-authenticate" in reply.headers) == (status == 401)
    # Where it is about no value, it names none.
    assert body.get("field") != ""
    if field is not None:
        assert body["field"] == field


def assert_clear(reply: Reply) -> None:
    """Whatever was asked: an answer that was meant, or a refusal that says why."""
    assert reply.status < 500, (reply.status, reply.data[:500])
    if reply.status >= 400:
        assert_refused(reply, reply.status, reply.json["code"])


def in_process() -> Send:
    """Requests to the app in this process, as the gateway would pass them on."""
    from app import app

    gateway = Client(app).http

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        answer = gateway.request(method, path, headers=dict(headers), body=body)
        return Reply(answer.status_code, _lowered(answer.headers), answer.body)

    return send


def over_http(port: int) -> Send:
    """Requests over the wire, a connection each."""

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            return Reply(answer.status, _lowered(dict(answer.headers)), answer.read())
        finally:
            connection.close()

    return send


def at_once(number: int, ask: Callable[[int], Answer]) -> list[Answer]:
    """What so many callers are answered who all ask now."""
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(ask, range(number)))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    """`if_match="1"` as the header If-Match."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
