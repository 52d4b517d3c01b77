"""Retention: from which day on a customer is gone."""

from datetime import UTC, date, datetime

import pytest

from chalicelib.domain.retention import DAY, RetentionPolicy, day_of
from tests.fakes import customer, deleted, erased, updated

POLICY = RetentionPolicy(30)


def at(text: str) -> int:
    """A UTC moment in milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


CHANGED = at("2026-01-01T15:00")
GONE = at("2026-01-31T00:00")


def test_a_customer_expires_whole_days_after_the_day_of_the_change() -> None:
    assert POLICY.expires_on(CHANGED) == date(2026, 1, 31)
    assert POLICY.expires_on(at("2026-01-01T00:00")) == date(2026, 1, 31)
    assert POLICY.expires_on(at("2026-01-01T23:59:59.999")) == date(2026, 1, 31)


def test_the_day_of_expiry_is_the_first_without_the_customer() -> None:
    record = customer(now=CHANGED).record
    assert not POLICY.is_expired(record, GONE - 1)
    assert POLICY.is_expired(record, GONE)


@pytest.mark.parametrize("days", [1, 30, 365, 366])
@pytest.mark.parametrize("changed", ["2024-02-28T23:59:59.999", "2024-02-29T00:00", "2025-12-31"])
def test_what_is_shown_and_what_is_hidden_agree(days: int, changed: str) -> None:
    policy, record = RetentionPolicy(days), customer(now=at(changed)).record
    gone = policy.expires_on(record.updated_at).isoformat()
    assert not policy.is_expired(record, at(gone) - 1)
    assert policy.is_expired(record, at(gone))
    assert not policy.is_due(record, at(gone) - 1, record.home)
    assert policy.is_due(record, at(gone), record.home)


def test_a_change_starts_the_time_again() -> None:
    first = customer(now=CHANGED).record
    assert not POLICY.is_expired(updated(first, CHANGED + DAY, name="Anne").record, GONE)


def test_home_erases_at_once_and_the_others_a_day_later() -> None:
    record = customer(now=CHANGED, location="loc1").record
    assert POLICY.is_due(record, GONE, "loc1")
    assert not POLICY.is_due(record, GONE + DAY - 1, "loc2")
    assert POLICY.is_due(record, GONE + DAY, "loc2")


def test_deleted_customers_are_erased_and_erased_ones_not_again() -> None:
    gone = deleted(customer(now=CHANGED).record, CHANGED + 1).record
    assert POLICY.is_due(gone, GONE, "loc1")
    assert not POLICY.is_due(erased(gone, CHANGED + 2).record, GONE, "loc1")


def test_a_day_begins_at_midnight_utc() -> None:
    assert day_of(at("2026-01-01T00:00")) == date(2026, 1, 1)
    assert day_of(at("2026-01-01T00:00") - 1) == date(2025, 12, 31)
