"""The one DynamoDB client of a process, and the few ways in which it is used.

The models of `tables` describe items; requests go through one shared client, because
each PynamoDB model would open a client of its own.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session
from msgspec import Struct
from pynamodb.models import Model

from chalicelib.domain.errors import Unavailable
from chalicelib.settings import Settings

AnyItem = TypeVar("AnyItem", bound=Model)
RawItem = Mapping[str, Mapping[str, Any]]
BATCH_READ = 100
BATCH_WRITE = 25
TRANSACTION = 100
# Of a batch that is taken piece by piece: the tables throttle, or it was more than 16 MB.
TRIES = 10
# DynamoDB Local reads all that is left of a table for a page without a limit.
SCAN_PAGE = 1000
# Together at most 15 s, pauses included: well below the 29 s after which a gateway gives up, and a
# commit is there before searches no longer look for it (`OVERLAP` in `services/warm_index.py`).
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=64,
    parameter_validation=False,
    # botocore's own one is put together anew for each request, out of twenty parts.
    user_agent="sins",
)
# What another try a moment later may answer.
_PASSING = {
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionInProgressException",
}


def open_client(endpoint: str | None, region: str) -> Any:
    """A botocore client with time-outs that fit a request.

    It passes attribute values as they are sent: binary ones are text in Base64.
    """
    session = Session()
    # botocore would check each value of an item for ten possible types, which takes longer than
    # all else that is done with it. What is marked as a document is any JSON and passes unread.
    shapes = session.get_service_data("dynamodb")["shapes"]
    shapes["AttributeValue"]["document"] = True
    return session.create_client(
        "dynamodb", region_name=region, endpoint_url=endpoint, config=_CONFIG
    )


class Tables(Struct, frozen=True):
    """A client and the prefix of one location's table names."""

    client: Any
    prefix: str

    @classmethod
    def of(cls, settings: Settings) -> "Tables":
        client = open_client(settings.dynamodb_endpoint, settings.aws_region)
        return cls(client, f"sins-{settings.location}-")

    def name(self, model: type[Model]) -> str:
        return self.prefix + str(model.Meta.table_name)

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """One request. Raises Unavailable for what may pass, ClientError for the rest."""
        try:
            answer: dict[str, Any] = getattr(self.client, operation)(**arguments)
            return answer
        except ClientError as error:
            if error.response["Error"]["Code"] in _PASSING:
                raise Unavailable("the tables are overloaded; try again") from error
            raise
        except BotoCoreError as error:
            raise Unavailable("the tables do not answer; try again") from error

    def get(self, model: type[AnyItem], key: RawItem) -> AnyItem | None:
        """One item, strongly consistent."""
        item = self.raw(model, key)
        return model.from_raw_data(item) if item else None

    def raw(
        self, model: type[Model], key: RawItem, only: Sequence[str] = ()
    ) -> dict[str, Any] | None:
        """The item as it was answered, also if it is not what the model says; see `get`.

        With these attributes only, or all.
        """
        answer = self.call(
            "get_item",
            TableName=self.name(model),
            Key=key,
            ConsistentRead=True,
            **projection(only),
        )
        return answer.get("Item")

    def get_many(self, model: type[AnyItem], keys: Sequence[RawItem]) -> list[AnyItem]:
        """Those of the items that are there, strongly consistent, in no order."""
        return [model.from_raw_data(item) for item in self.raw_many(model, keys)]

    def raw_many(
        self, model: type[Model], keys: Sequence[RawItem], only: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """See `get_many` and `raw`."""
        table = self.name(model)
        items: list[dict[str, Any]] = []
        for start in range(0, len(keys), BATCH_READ):
            batch = keys[start : start + BATCH_READ]
            wanted: Any = {table: {"Keys": batch, "ConsistentRead": True, **projection(only)}}
            for _ in _tries():
                answer = self.call("batch_get_item", RequestItems=wanted)
                items += answer["Responses"].get(table, [])
                wanted = answer.get("UnprocessedKeys")
                if not wanted:
                    break
        return items

    def put(self, item: Model) -> None:
        self.call("put_item", TableName=self.name(type(item)), Item=item.serialize())

    def put_many(self, items: Sequence[Model]) -> None:
        """Each of the items, all of one model, replacing what stood under its key."""
        for start in range(0, len(items), BATCH_WRITE):
            batch = items[start : start + BATCH_WRITE]
            puts = [{"PutRequest": {"Item": item.serialize()}} for item in batch]
            wanted: Any = {self.name(type(batch[0])): puts}
            for _ in _tries():
                wanted = self.call("batch_write_item", RequestItems=wanted).get("UnprocessedItems")
                if not wanted:
                    break

    def put_together(self, items: Sequence[Model]) -> None:
        """Replaces what stands under the keys of the items, a hundred at a time or none of them."""
        for start in range(0, len(items), TRANSACTION):
            puts = [
                {"Put": {"TableName": self.name(type(item)), "Item": item.serialize()}}
                for item in items[start : start + TRANSACTION]
            ]
            try:
                self.call("transact_write_items", TransactItems=puts)
            except ClientError as error:
                reasons = sorted(set(cancellation_of(error)) - {"None"})
                message = f"the tables did not take these items ({', '.join(reasons)}); try again"
                raise Unavailable(message) from error

    def pages(
        self, operation: str, model: type[Model], **arguments: Any
    ) -> Iterator[dict[str, Any]]:
        """Every page of a query or scan."""
        start: dict[str, Any] = {}
        while True:
            page = self.call(operation, TableName=self.name(model), **arguments, **start)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def query(self, model: type[AnyItem], **arguments: Any) -> Iterator[AnyItem]:
        """The items of a query, read page by page as they are taken."""
        for page in self.pages("query", model, **arguments):
            yield from (model.from_raw_data(item) for item in page["Items"])

    def raw_scan(self, model: type[Model], only: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """Every item of a table, read page by page as they are taken; see `raw`."""
        wanted = {"ConsistentRead": True, "Limit": SCAN_PAGE, **projection(only)}
        for page in self.pages("scan", model, **wanted):
            yield from page["Items"]


def cancellation_of(error: ClientError) -> list[str]:
    """Why the transaction was cancelled, item by item, in the order of the request.

    Raises the error where it is another one.
    """
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        raise error
    return [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]


def projection(names: Sequence[str]) -> dict[str, Any]:
    """What asks for these attributes only: an answer is parsed value by value, which is slow."""
    if not names:
        return {}
    # Any name may be one of DynamoDB's reserved words.
    return {
        "ProjectionExpression": ", ".join(f"#{name}" for name in names),
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
    }


def _tries() -> Iterator[None]:
    """One after the other, with longer and longer pauses between. Raises Unavailable after all."""
    for attempt in range(TRIES):
        yield
        time.sleep(random.uniform(0, min(1.0, 0.02 * 2**attempt)))
    raise Unavailable("the tables are overloaded; try again")


def text(value: str) -> dict[str, str]:
    return {"S": value}


def number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def expiry(seconds: int) -> datetime:
    """Seconds since 1970 as PynamoDB's TTL attribute takes them."""
    return datetime.fromtimestamp(seconds, UTC)
