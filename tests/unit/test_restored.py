"""Restored tables become what the template says of a location's, under another name."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from chalicelib.services.registry import wall_clock
from chalicelib.services.remembered import Membership
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from chalicelib.storage.store import DynamoStore
from chalicelib.storage.tables import MODELS, ChangeItem
from infra.restored import InUse, make_usable
from infra.stacks.names import Names
from infra.stacks.state import state_template, table_of
from infra.tables import create_missing, definition
from tests.fakes import customer

LOCATION = "loc1b"


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    """As DynamoDB brings them back: data and indexes, and nothing else."""
    with mock_aws():
        tables = Tables.of(Settings(location=LOCATION))
        for model in MODELS:
            request = definition(tables, model)
            request.pop("StreamSpecification", None)
            tables.client.create_table(**request)
        Membership(DynamoStore(tables, "loc1"), wall_clock).note(True, "as it was")
        yield tables


def test_they_are_what_the_template_says(restored: Tables) -> None:
    make_usable(restored)
    resources = state_template(Names(LOCATION))["Resources"]
    for model in MODELS:
        wanted = resources[table_of(model)]["Properties"]
        name = restored.name(model)
        table = restored.client.describe_table(TableName=name)["Table"]
        assert table["TableName"] == wanted["TableName"]
        assert table["DeletionProtectionEnabled"] is wanted["DeletionProtectionEnabled"]
        stream = table.get("StreamSpecification", {})
        assert stream.get("StreamViewType") == wanted.get("StreamSpecification", {}).get(
            "StreamViewType"
        )
        expiry = restored.client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        wanted_expiry = wanted.get("TimeToLiveSpecification", {})
        assert expiry.get("AttributeName") == wanted_expiry.get("AttributeName")
        backups = restored.client.describe_continuous_backups(TableName=name)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_they_have_another_name_and_have_yet_to_join(restored: Tables) -> None:
    before = DynamoStore(restored, LOCATION).origin
    make_usable(restored)
    store = DynamoStore(restored, LOCATION)
    assert store.origin != before
    assert not Membership(store, wall_clock).has_joined()


def test_tables_that_are_in_use_keep_their_name(restored: Tables) -> None:
    used = Tables(restored.client, "sins-loc1-")
    create_missing(used)
    store = DynamoStore(used, "loc1")
    store.commit(customer())
    with pytest.raises(InUse, match=used.name(ChangeItem)):
        make_usable(used)
    assert DynamoStore(used, "loc1").origin == store.origin
