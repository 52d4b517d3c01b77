"""The tables of a location, as they are made."""

from pathlib import Path

import pytest

from chalicelib.storage.client import Tables, open_client
from chalicelib.storage.tables import MODELS, ChangeItem, ClaimItem, CustomerItem
from infra.tables import create_missing, definition, set_ttl
from local.engines.dynamodb import credentials, dynamodb_local
from tests.conftest import REGION, new_location
from tests.contract.conftest import DynamoBackend
from tests.fakes import customer, customer_id


@pytest.fixture(params=["moto", "dynamodb"])
def tables(request: pytest.FixtureRequest) -> Tables:
    backend: DynamoBackend = request.getfixturevalue(request.param)
    return backend.tables


def test_making_tables_again_makes_none_and_loses_nothing(tables: Tables) -> None:
    store = DynamoBackend(tables).open()
    store.commit(customer())
    assert create_missing(tables) == []
    assert store.outbox.depth() == 1


def test_a_table_that_is_missing_is_made_beside_the_others(tables: Tables) -> None:
    tables.client.delete_table(TableName=tables.name(ClaimItem))
    assert create_missing(tables) == [tables.name(ClaimItem)]


def test_each_location_has_tables_of_its_own(tables: Tables) -> None:
    other = Tables(tables.client, f"sins-{new_location()}-")
    assert len(create_missing(other)) == len(MODELS)
    DynamoBackend(tables).open().commit(customer())
    assert DynamoBackend(other).open().outbox.depth() == 0


def test_expiry_may_be_turned_on_again(tables: Tables) -> None:
    set_ttl(tables, ChangeItem)
    messages_and_claims_expire(tables)


def test_tables_whose_maker_was_stopped_get_their_expiry(tables: Tables) -> None:
    for model in (ChangeItem, ClaimItem):
        tables.client.delete_table(TableName=tables.name(model))
        tables.client.create_table(**definition(tables, model))
    assert create_missing(tables) == []
    messages_and_claims_expire(tables)


def test_messages_and_claims_expire_by_themselves(tables: Tables) -> None:
    messages_and_claims_expire(tables)


def messages_and_claims_expire(tables: Tables) -> None:
    for model in (ChangeItem, ClaimItem):
        answer = tables.client.describe_time_to_live(TableName=tables.name(model))
        assert answer["TimeToLiveDescription"]["AttributeName"] == "expires_at"
        assert answer["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"


def test_changes_ring_a_stream(tables: Tables) -> None:
    answer = tables.client.describe_table(TableName=tables.name(ChangeItem))
    assert answer["Table"]["StreamSpecification"] == {
        "StreamEnabled": True,
        "StreamViewType": "NEW_IMAGE",
    }


def test_dynamodb_local_keeps_the_write_ahead_log_that_it_is_given(
    environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in credentials("loc1").items():
        monkeypatch.setenv(name, value)
    with dynamodb_local(lives_long=False, data_dir=tmp_path, keys=["loc1"]) as engine:
        create_missing(Tables(open_client(engine.address, "local"), "sins-loc1-"))
        assert [path.name for path in tmp_path.glob("*.db")] == ["loc1_local.db"]
        assert (tmp_path / "loc1_local.db-wal").stat().st_size > 0


def test_a_table_from_before_gets_the_index_that_it_lacks(environment: None) -> None:
    # An engine of its own: beside thousands of tables of other tests an index takes minutes.
    with dynamodb_local(lives_long=False) as engine:
        tables = Tables(open_client(engine.address, REGION), "sins-loc1-")
        create_missing(tables)
        gets_the_index_that_it_lacks(tables)


def gets_the_index_that_it_lacks(tables: Tables) -> None:
    before = definition(tables, CustomerItem)
    tables.client.delete_table(TableName=before["TableName"])
    indexes = before["GlobalSecondaryIndexes"]
    before["GlobalSecondaryIndexes"] = [one for one in indexes if one["IndexName"] != "document"]
    keys = before["AttributeDefinitions"]
    before["AttributeDefinitions"] = [one for one in keys if one["AttributeName"] != "document"]
    tables.client.create_table(**before)
    store = DynamoBackend(tables).open()
    store.commit(customer(document_number="X 1"))
    assert create_missing(tables) == []
    assert store.records.claiming("x1", 9) == [customer_id(1)]
