"""The access log: it only ever grows."""

import re
import secrets

from chalicelib.domain.access import AccessEntry, AccessFilter
from chalicelib.domain.audit import Caller
from chalicelib.domain.page import Page
from chalicelib.domain.retention import DAY, day_of
from chalicelib.storage.client import RawItem, Tables, text
from chalicelib.storage.newest import MOST_PASSED, newest_in_shard, newest_of
from chalicelib.storage.tables import ACCESS_SHARDS, AccessItem

MAX_DETAIL = 8_000
# A path may be kilobytes of whatever a stranger sends; a search has at most five texts of 200.
MAX_RESOURCE = 1_500
# Where hardly anything fits, a page looks through so many days and no further.
MOST_DAYS = 35
_POSITION = re.compile(r"[0-9]{15}(#[0-9a-f]{12})?")


class DynamoAccessLog:
    """See `ports.AccessLog`."""

    def __init__(self, tables: Tables, most_passed: int = MOST_PASSED) -> None:
        self._tables = tables
        self._most_passed = most_passed

    def add(self, entry: AccessEntry) -> None:
        # Drawn: what a caller sends must not decide where it is written.
        shard = secrets.randbelow(ACCESS_SHARDS)
        self._tables.put(
            AccessItem(
                day=_partition(entry.at, shard),
                at=f"{_moment(entry.at)}#{secrets.token_hex(6)}",
                actor=entry.caller.actor,
                role=entry.caller.role,
                action=entry.action,
                resource=entry.resource[:MAX_RESOURCE],
                outcome=entry.outcome,
                request_id=entry.caller.request_id,
                detail=entry.detail[:MAX_DETAIL] or None,
            )
        )

    def newest(self, wanted: AccessFilter, before: str, limit: int) -> Page[AccessEntry]:
        until = _moment(wanted.until + 1)
        end = min(before, until) if before else until
        found: list[AccessEntry] = []
        if not _POSITION.fullmatch(end):
            return Page(found, "")
        for day in _days(end, wanted.since)[:MOST_DAYS]:
            lines, after = self._of_day(day, wanted, end, limit - len(found))
            found += lines
            if after:
                return Page(found, after)
            end = _moment(day)
        return Page(found, end if _days(end, wanted.since) else "")

    def _of_day(
        self, day: int, wanted: AccessFilter, end: str, limit: int
    ) -> tuple[list[AccessEntry], str]:
        """The newest lines of a day, and where to go on: '' where that is the day before."""
        shards = [
            self._of_shard(_partition(day, shard), wanted, end, limit)
            for shard in range(ACCESS_SHARDS)
        ]
        lines = {position: line for some, _ in shards for position, line in some.items()}
        positions, after = newest_of(shards, end, limit)
        return [lines[position] for position in positions], after

    def _of_shard(
        self, partition: str, wanted: AccessFilter, end: str, limit: int
    ) -> tuple[dict[str, AccessEntry], str]:
        """Some lines by their positions, and down to where it was looked at: '' for all of it."""
        is_filtered = wanted.actor is not None or wanted.customer is not None
        items, seen_down_to = newest_in_shard(
            self._tables,
            AccessItem,
            "at",
            ConsistentRead=True,
            Limit=self._most_passed if is_filtered else limit + 1,
            **_conditions(partition, wanted, end),
        )
        return {item["at"]["S"]: _raw_to_entry(item) for item in items}, seen_down_to


def _conditions(partition: str, wanted: AccessFilter, end: str) -> dict[str, object]:
    names = {"#day": "day", "#at": "at"}
    values = {":day": partition, ":since": _moment(wanted.since), ":end": end}
    filters = []
    if wanted.actor is not None:
        names["#actor"], values[":actor"] = "actor", wanted.actor
        filters.append("#actor = :actor")
    if wanted.customer is not None:
        names |= {"#resource": "resource", "#detail": "detail"}
        # The path of what was refused has the id as it was sent.
        values |= {":customer": wanted.customer, ":sent": wanted.customer.upper()}
        told = "contains(#resource, :customer) OR contains(#resource, :sent)"
        filters.append(f"({told} OR contains(#detail, :customer))")
    conditions: dict[str, object] = {
        "KeyConditionExpression": "#day = :day AND #at BETWEEN :since AND :end",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {name: text(value) for name, value in values.items()},
    }
    return conditions | ({"FilterExpression": " AND ".join(filters)} if filters else {})


def _raw_to_entry(item: RawItem) -> AccessEntry:
    line = AccessItem.from_raw_data(dict(item))
    return AccessEntry(
        Caller(line.actor, line.role, line.request_id),
        line.action,
        line.resource,
        line.outcome,
        int(line.at[:15]),
        line.detail or "",
    )


def _days(end: str, since: int) -> range:
    """The days between a position and an earlier moment, by their first moments; newest first."""
    # What has nothing behind the moment stands before all lines of it.
    last = int(end[:15]) - ("#" not in end)
    return range(last - last % DAY, since - since % DAY - 1, -DAY) if last >= since else range(0)


def _partition(moment: int, shard: int) -> str:
    return f"{day_of(moment).isoformat()}#{shard}"


def _moment(milliseconds: int) -> str:
    return f"{milliseconds:015d}"
