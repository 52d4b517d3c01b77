"""What the product adds to its DynamoDB calls.

A get and a create through the app, as Lambda would call it, beside the very same calls (recorded
from the product, sent again with fresh ids) made raw with botocore, in turn.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chalice.test import Client
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables, open_client
from chalicelib.storage.store import DynamoStore
from local.engines.dynamodb import dynamodb_local
from tests.bench.figures import heading, line, ratio
from tests.conftest import build_parts

ROUNDS = 600
WARM_UP = 100
ITEMS = "/api/customers/items"
HEADERS = {"X-Role": "service_agent", "X-Actor": "bench", "Content-Type": "application/json"}
BODY = json.dumps(
    {"surname": "Söderström", "name": "Ada", "dob": "1980-02-03", "document_number": "X94678"}
).encode()

Call = Callable[[], Any]


def report() -> None:
    """Prints get and create, raw and through the app, with the ratio."""
    with _location() as settings, _client() as client:
        customer = create(client)
        raw = open_client(settings.dynamodb_endpoint, settings.aws_region)
        print(heading())
        for name, call in {
            "get": lambda: client.http.get(f"{ITEMS}/{customer}", headers=HEADERS),
            "create": lambda: create(client),
        }.items():
            compare(name, recorded(call), call, raw)


@contextmanager
def _location() -> Iterator[Settings]:
    with dynamodb_local() as engine:
        settings = Settings(location="bench", dynamodb_endpoint=engine.address, log_level="ERROR")
        bootstrap.use(build_parts(settings))
        yield settings
        bootstrap.use(None)


@contextmanager
def _client() -> Iterator[Client]:
    from app import app

    with Client(app) as client:
        yield client


def create(client: Client) -> str:
    """Creates a customer through the app; its id."""
    answer = client.http.post(ITEMS, headers=HEADERS, body=BODY)
    return str(answer.json_body["id"])


def compare(name: str, calls: "Recording", ours: Call, raw: Any) -> None:
    """Both in turn, many times over."""
    raw_times, our_times = [], []
    for _ in range(WARM_UP + ROUNDS):
        raw_times.append(timed(calls.again(raw)))
        our_times.append(timed(ours))
    raw_times, our_times = raw_times[WARM_UP:], our_times[WARM_UP:]
    print(line(f"{name}, raw", raw_times))
    print(line(f"{name}, through the app", our_times), f"  x {ratio(our_times, raw_times)}")


def timed(call: Call) -> float:
    """How long a call takes, in milliseconds."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


class Recording:
    """DynamoDB calls as JSON, so that they can be sent again with other ids."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def again(self, client: Any) -> Call:
        """The same calls, ready to be sent; what was created is created under other ids."""
        fresh = {old: str(uuid.uuid4()) for old in self._created()}
        ready = [
            (getattr(client, name), json.loads(_renamed(text, fresh))) for name, text in self.calls
        ]
        return lambda: [send(**arguments) for send, arguments in ready]

    def _created(self) -> list[str]:
        puts = [
            put
            for name, text in self.calls
            if name == "transact_write_items"
            for put in _puts(text)
        ]
        return [put["Item"]["id"]["S"] for put in puts if "id" in put["Item"]]


def recorded(call: Call) -> Recording:
    """What a call sends to DynamoDB."""
    recording, parts = Recording(), bootstrap.parts()
    tables = Tables.of(parts.settings)
    recorder: Any = _Recorder(tables.client, recording)
    store = DynamoStore(Tables(recorder, tables.prefix), parts.settings.location)
    bootstrap.use(replace(parts, registry=parts.registry.moved(store=store)))
    call()
    bootstrap.use(parts)
    return recording


class _Recorder:
    def __init__(self, client: Any, recording: Recording) -> None:
        self._client = client
        self._recording = recording

    def __getattr__(self, name: str) -> Any:
        def send(**arguments: Any) -> Any:
            self._recording.calls.append((name, json.dumps(arguments)))
            return getattr(self._client, name)(**arguments)

        return send


def _renamed(text: str, fresh: dict[str, str]) -> str:
    for old, new in fresh.items():
        text = text.replace(old, new)
    return text


def _puts(text: str) -> list[dict[str, Any]]:
    return [item["Put"] for item in json.loads(text)["TransactItems"]]
