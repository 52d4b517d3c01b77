"""What two locations hold differently is named, and what is only on its way is not."""

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from chalicelib.domain.record import Kind
from chalicelib.services.replication import apply_event
from chalicelib.settings import Settings
from local.__main__ import commands
from local.diff import _line, settled_differences
from tests.conftest import build_parts
from tests.fakes import Site, customer, definition, deleted, event_of, site, updated

FIRST = customer(1)
SECOND = customer(2)


@pytest.fixture
def sites() -> tuple[Site, Site]:
    one, other = site("loc1"), site("loc2")
    for change in (FIRST, SECOND):
        one.store.commit(change)
        apply_event(event_of(change), other.registry)
    return one, other


def lines(one: Site, other: Site) -> list[str]:
    mine, theirs = one.registry, other.registry
    differing = settled_differences(mine, theirs, seconds=0)
    return [_line(key, "loc1", "loc2", mine, theirs) for key in differing]


def test_equal_locations_differ_in_nothing(sites: tuple[Site, Site]) -> None:
    assert lines(*sites) == []


def test_a_difference_is_named_without_its_values(sites: tuple[Site, Site]) -> None:
    one, other = sites
    one.store.commit(updated(FIRST.record, name="Anne", surname="Maier"))
    assert lines(one, other) == [f"customer {FIRST.record.id}: other name, surname"]
    other.store.commit(replace(deleted(SECOND.record, location="loc2"), version=1))
    assert lines(one, other)[1] == f"customer {SECOND.record.id}: live at loc1, deleted at loc2"


def test_who_is_only_at_one_of_them_is_named(sites: tuple[Site, Site]) -> None:
    one, other = sites
    third = customer(3)
    other.store.commit(third)
    assert lines(one, other) == [f"customer {third.record.id}: only at loc2"]
    assert lines(other, one) == [f"customer {third.record.id}: only at loc1"]


def test_a_row_that_cannot_be_read_is_named_as_that(sites: tuple[Site, Site]) -> None:
    one, other = sites
    one.store.commit(definition("city"))
    one.store.tables.unreadable |= {(Kind.CUSTOMER, FIRST.record.id), (Kind.FIELD, "city")}
    assert lines(one, other) == [
        f"customer {FIRST.record.id}: cannot be read at loc1",
        "field city: cannot be read at loc1",
    ]
    assert lines(other, one)[0] == f"customer {FIRST.record.id}: cannot be read at loc2"
    other.store.tables.unreadable.add((Kind.CUSTOMER, FIRST.record.id))
    assert lines(one, other)[0] == f"customer {FIRST.record.id}: cannot be read at loc1 and loc2"


def test_the_command_reads_two_locations_of_this_machine(
    dynamodb_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("diff1", "diff2")
    monkeypatch.setenv("DYNAMODB_ENDPOINT", dynamodb_endpoint)
    for name in names:
        settings = Settings(location=name, aws_region="local", dynamodb_endpoint=dynamodb_endpoint)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ACCESS_KEY_ID", name)
            store = build_parts(settings).registry.store
            store.commit(customer(1))
            if name == "diff2":
                store.commit(customer(2))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = CliRunner().invoke(commands, ["diff", *names])
    assert result.exit_code == 1, result.output
    assert result.stdout.splitlines() == [
        f"customer {customer(2).record.id}: only at diff2",
        "diff1 and diff2: 1 record differs.",
    ]
