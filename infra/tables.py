"""The tables of a location, created from the models that the product reads them with."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.attributes import Attribute, TTLAttribute
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from chalicelib.storage.tables import MODELS

# Between two looks at an index that is being filled, in seconds.
INDEX_PAUSE = 0.2


def ensure_tables(settings: Settings) -> list[str]:
    """Creates the tables that the location lacks; their names. Safe to repeat."""
    return create_missing(Tables.of(settings))


def create_missing(tables: Tables) -> list[str]:
    """As `ensure_tables`, for tables that are open already."""
    created = [model for model in MODELS if _create(tables, model)]
    for model in MODELS:
        if model not in created:
            _add_missing_indexes(tables, model)
    # All of them: whoever made a table may have been stopped before it had an expiry.
    for model in MODELS:
        tables.client.get_waiter("table_exists").wait(
            TableName=tables.name(model), WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        set_ttl(tables, model)
    return [tables.name(model) for model in created]


def definition(tables: Tables, model: type[Model]) -> dict[str, Any]:
    """A model as a CreateTable request."""
    indexes = list(_indexes(model))
    keys = {attribute.attr_name: attribute for attribute in _keys(model)}
    for index in indexes:
        keys.update({attribute.attr_name: attribute for attribute in _keys(type(index))})
    request: dict[str, Any] = {
        "TableName": tables.name(model),
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _key_schema(model),
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": attribute.attr_type}
            for name, attribute in keys.items()
        ],
    }
    if indexes:
        request["GlobalSecondaryIndexes"] = [_index_definition(index) for index in indexes]
    view = getattr(model.Meta, "stream_view_type", None)
    if view:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    return request


def index_names(model: type[Model]) -> list[str]:
    """What a model's indexes are called."""
    return [index.Meta.index_name for index in _indexes(model)]


def ttl_attribute(model: type[Model]) -> str | None:
    """The attribute by which DynamoDB deletes items itself, where there is one."""
    found = (one for one in model.get_attributes().values() if isinstance(one, TTLAttribute))
    return next((attribute.attr_name for attribute in found), None)


def set_ttl(tables: Tables, model: type[Model]) -> None:
    """Has DynamoDB delete what has expired, where anything does. Safe to repeat."""
    attribute, table = ttl_attribute(model), tables.name(model)
    if attribute and not _has_ttl(tables, table):
        tables.client.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
        )


def _has_ttl(tables: Tables, table: str) -> bool:
    """DynamoDB refuses to turn on what is on."""
    answer = tables.client.describe_time_to_live(TableName=table)
    return answer["TimeToLiveDescription"].get("TimeToLiveStatus") in ("ENABLING", "ENABLED")


def _create(tables: Tables, model: type[Model]) -> bool:
    try:
        tables.client.create_table(**definition(tables, model))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceInUseException":
            raise
        return False
    return True


def _add_missing_indexes(tables: Tables, model: type[Model]) -> None:
    """Tables from before have the indexes of then; DynamoDB makes one at a time."""
    wanted = definition(tables, model)
    for index in wanted.get("GlobalSecondaryIndexes", []):
        there = tables.client.describe_table(TableName=wanted["TableName"])["Table"]
        names = {one["IndexName"] for one in there.get("GlobalSecondaryIndexes", [])}
        if index["IndexName"] not in names:
            tables.client.update_table(
                TableName=wanted["TableName"],
                AttributeDefinitions=wanted["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=[{"Create": index}],
            )
            _await_indexes(tables, wanted["TableName"])


def _await_indexes(tables: Tables, table: str) -> None:
    while not _are_active(tables.client.describe_table(TableName=table)["Table"]):
        time.sleep(INDEX_PAUSE)


def _are_active(table: Mapping[str, Any]) -> bool:
    indexes = table.get("GlobalSecondaryIndexes", [])
    return all(index.get("IndexStatus", "ACTIVE") == "ACTIVE" for index in indexes)


def _indexes(model: type[Model]) -> Iterator[GlobalSecondaryIndex[Any]]:
    for name in dir(model):
        member = getattr(model, name)
        if isinstance(member, GlobalSecondaryIndex):
            yield member


def _keys(holder: Any) -> Iterator[Attribute[Any]]:
    """The key attributes of a model or an index, hash key first."""
    attributes = [value for _, value in sorted(_attributes(holder).items())]
    yield from (attribute for attribute in attributes if attribute.is_hash_key)
    yield from (attribute for attribute in attributes if attribute.is_range_key)


def _attributes(holder: Any) -> dict[str, Attribute[Any]]:
    if issubclass(holder, Model):
        return dict(holder.get_attributes())
    return {name: value for name, value in vars(holder).items() if isinstance(value, Attribute)}


def _key_schema(holder: Any) -> list[dict[str, str]]:
    return [
        {
            "AttributeName": attribute.attr_name,
            "KeyType": "HASH" if attribute.is_hash_key else "RANGE",
        }
        for attribute in _keys(holder)
    ]


def _index_definition(index: GlobalSecondaryIndex[Any]) -> dict[str, Any]:
    projection = index.Meta.projection
    described = {"ProjectionType": projection.projection_type}
    if projection.non_key_attributes:
        described["NonKeyAttributes"] = projection.non_key_attributes
    return {
        "IndexName": index.Meta.index_name,
        "KeySchema": _key_schema(type(index)),
        "Projection": described,
    }
