"""Makes restored tables into those of a location that joins.

A restore brings no stream, no expiry, no backups and no protection. And the tables are not what the
others know by the old name: they get a new one, and take no writes until they hold what the others
do.

`LOCATION=loc1b python -m infra.restored`, after the restore and before the location's stacks.
"""

import sys
from typing import Any

from pynamodb.models import Model

from chalicelib.domain.errors import SettingsError
from chalicelib.settings import read_settings
from chalicelib.storage.client import Tables, text
from chalicelib.storage.system import WHO_IT_WAS
from chalicelib.storage.tables import MODELS, ChangeItem, SystemItem
from infra.tables import definition, set_ttl


class InUse(Exception):
    """A location lives on these tables, and must not lose its name."""


def make_usable(tables: Tables) -> None:
    """Does to the tables what the state's template says of them. Safe to repeat until it is done.

    Raises InUse where they have a stream, which is turned on last.
    """
    if _describe(tables, ChangeItem).get("StreamSpecification", {}).get("StreamEnabled"):
        raise InUse(f"{tables.name(ChangeItem)} has a stream: a location lives on these tables.")
    _forget_who_it_was(tables)
    for model in MODELS:
        set_ttl(tables, model)
        _keep_backups(tables, model)
        _update(tables, model, DeletionProtectionEnabled=True)
    for model in MODELS:
        stream = definition(tables, model).get("StreamSpecification")
        if stream:
            _update(tables, model, StreamSpecification=stream)


def _describe(tables: Tables, model: type[Model]) -> dict[str, Any]:
    table: dict[str, Any] = tables.client.describe_table(TableName=tables.name(model))["Table"]
    return table


def _forget_who_it_was(tables: Tables) -> None:
    for name in WHO_IT_WAS:
        key = {"name": text(name), "part": text("this")}
        tables.client.delete_item(TableName=tables.name(SystemItem), Key=key)


def _keep_backups(tables: Tables, model: type[Model]) -> None:
    tables.client.update_continuous_backups(
        TableName=tables.name(model),
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


def _update(tables: Tables, model: type[Model], **change: object) -> None:
    """One change; DynamoDB takes the next when it has made this one."""
    tables.client.update_table(TableName=tables.name(model), **change)
    tables.client.get_waiter("table_exists").wait(TableName=tables.name(model))


if __name__ == "__main__":
    try:
        make_usable(Tables.of(read_settings()))
    except (InUse, SettingsError) as error:
        sys.exit(str(error))
