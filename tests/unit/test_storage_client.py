"""How tables are asked: reads, batches that they take in parts, transactions that they cancel."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.errors import Unavailable
from chalicelib.services.warm_index import OVERLAP
from chalicelib.storage import client
from chalicelib.storage.client import Tables, open_client, text
from chalicelib.storage.store import DynamoStore
from chalicelib.storage.system import DynamoSystem
from chalicelib.storage.tables import FieldItem
from tests.contract.test_unavailable import CALLS
from tests.fakes import NOW

KEYS = [{"key": text(key)} for key in ("city", "phone", "vip")]
TABLE = "fields"


class OneAtATime:
    """Takes the first of each batch, and leaves the others."""

    def __init__(self, answers: int) -> None:
        self.answers = answers
        self.written: list[str] = []

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        first, *others = RequestItems[TABLE]["Keys"]
        if not self.answers:
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        self.answers -= 1
        item = {**first, "state": text("{}"), "heads": text("{}"), "version": {"N": "1"}}
        left = {TABLE: {"Keys": others}} if others else {}
        return {"Responses": {TABLE: [item]}, "UnprocessedKeys": left}

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        first, *others = RequestItems[TABLE]
        if not self.answers:
            return {"UnprocessedItems": RequestItems}
        self.answers -= 1
        self.written.append(first["PutRequest"]["Item"]["key"]["S"])
        return {"UnprocessedItems": {TABLE: others} if others else {}}


def items_of(*keys: str) -> list[FieldItem]:
    return [FieldItem(key=key, state="{}", heads="{}", version=1) for key in keys]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    # Not `time.sleep` itself: threads of other tests in this process sleep too.
    monkeypatch.setattr(client, "time", SimpleNamespace(sleep=taken.append))
    return taken


def test_what_was_left_of_a_batch_is_asked_for_after_a_pause(pauses: list[float]) -> None:
    found = Tables(OneAtATime(answers=3), "").get_many(FieldItem, KEYS)
    assert [item.key for item in found] == ["city", "phone", "vip"]
    assert len(pauses) == 2


def test_tables_that_answer_no_more_of_a_batch_are_unavailable(pauses: list[float]) -> None:
    with pytest.raises(Unavailable):
        Tables(OneAtATime(answers=1), "").get_many(FieldItem, KEYS)
    assert len(pauses) == client.TRIES


def test_what_was_left_of_a_batch_is_written_after_a_pause(pauses: list[float]) -> None:
    tables = OneAtATime(answers=3)
    Tables(tables, "").put_many(items_of("city", "phone", "vip"))
    assert tables.written == ["city", "phone", "vip"]
    assert len(pauses) == 2


def test_tables_that_take_no_more_of_a_batch_are_unavailable() -> None:
    with pytest.raises(Unavailable):
        Tables(OneAtATime(answers=1), "").put_many(items_of("city", "phone"))


class Refusing:
    """Answers each request with an error."""

    def __init__(self, code: str) -> None:
        self._code = code

    def get_item(self, **_arguments: Any) -> None:
        raise ClientError({"Error": {"Code": self._code}}, "GetItem")

    put_item = get_item


@pytest.mark.parametrize(
    "code",
    [
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    ],
)
def test_tables_that_have_no_time_now_are_unavailable(code: str) -> None:
    with pytest.raises(Unavailable):
        Tables(Refusing(code), "").get(FieldItem, KEYS[0])


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_tables_that_will_never_answer_so_are_a_fault(code: str) -> None:
    with pytest.raises(ClientError):
        Tables(Refusing(code), "").get(FieldItem, KEYS[0])


def test_a_lease_that_cannot_be_written_is_a_fault_and_not_anothers() -> None:
    system = DynamoSystem(Tables(Refusing("AccessDeniedException"), ""))
    with pytest.raises(ClientError):
        system.acquire_lease("relay", "one", NOW, NOW + 1)


class Cancelling:
    """Cancels each transaction for its second item."""

    def __init__(self, code: str) -> None:
        self._code = code

    def transact_write_items(self, **_arguments: Any) -> None:
        reasons = [{"Code": "None"}, {"Code": self._code}]
        answer: Any = {
            "Error": {"Code": "TransactionCanceledException"},
            "CancellationReasons": reasons,
        }
        raise ClientError(answer, "TransactWriteItems")


@pytest.mark.parametrize("code", ["ThrottlingError", "TransactionConflict"])
def test_items_that_were_not_put_together_are_said_why(code: str) -> None:
    with pytest.raises(Unavailable, match=rf"\({code}\)"):
        Tables(Cancelling(code), "").put_together(items_of("city", "phone"))


class Recording:
    """Has nothing, and keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def __getattr__(self, operation: str) -> Callable[..., Mapping[str, Any]]:
        def answer(**arguments: Any) -> Mapping[str, Any]:
            self.asked.append((operation, arguments))
            return {"Items": [], "Count": 0, "ScannedCount": 0, "Responses": {}}

        return answer


def test_a_request_is_over_before_searches_look_for_what_it_wrote_no_more() -> None:
    config = open_client("http://localhost", "local").meta.config
    tries = config.retries["total_max_attempts"]
    # botocore's pause before the nth try again is at most 2 ** (n - 1) seconds.
    pauses = 2 ** (tries - 1) - 1
    longest = tries * (config.connect_timeout + config.read_timeout) + pauses
    assert longest * 1000 < OVERLAP


def test_every_read_of_a_table_sees_what_was_written_before() -> None:
    client = Recording()
    store = DynamoStore(Tables(client, ""), "loc1")
    for call in CALLS:
        call(store)
    singles = [one for name, one in client.asked if name in ("get_item", "query", "scan")]
    batches = [one for name, one in client.asked if name == "batch_get_item"]
    reads = [*singles, *(one for batch in batches for one in batch["RequestItems"].values())]
    # DynamoDB knows no such read of an index.
    assert [one for one in reads if "IndexName" not in one and not one.get("ConsistentRead")] == []
    assert len(singles) > len(batches) > 0


@pytest.mark.parametrize(("write", "most"), [(Tables.put_many, 25), (Tables.put_together, 100)])
def test_more_than_a_request_takes_is_written_in_several(
    write: Callable[[Tables, list[FieldItem]], None], most: int
) -> None:
    client, keys = Recording(), [f"key{number}" for number in range(130)]
    write(Tables(client, ""), items_of(*keys))
    requests = [written(request) for _, request in client.asked]
    assert max(map(len, requests)) == most
    assert [key for request in requests for key in request] == keys


def written(request: Mapping[str, Any]) -> list[str]:
    """The keys of the items that a request puts."""
    batch = request.get("RequestItems", {}).get(TABLE, [])
    puts = [one["PutRequest"] for one in batch]
    puts += [one["Put"] for one in request.get("TransactItems", [])]
    return [put["Item"]["key"]["S"] for put in puts]
