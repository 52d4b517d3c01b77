"""`commit`: the only way in which a customer or a field definition is ever written.

One transaction puts the record (on condition that it is still at the version that the change
replaces), the audit entry (on condition that it is not there), the outbox message and, where
there are any, the claim and the conflicts that came to light. Either all of it is there
afterwards, or none. Several changes may share a transaction: ten cost DynamoDB Local less than
three apart, and one round trip anywhere. Those that came from other locations are not sent again:
one notice for all of them tells the search indexes.
"""

import random
import time
from collections.abc import Sequence
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.change import Change, Claim
from chalicelib.domain.conflict import Conflict
from chalicelib.domain.errors import (
    AlreadyClaimed,
    AlreadyRecorded,
    Damaged,
    SinsError,
    TooLarge,
    Unavailable,
    VersionConflict,
)
from chalicelib.domain.outbox import OutboxMessage
from chalicelib.ids import new_id
from chalicelib.storage.client import TRANSACTION, Tables, cancellation_of, expiry, number
from chalicelib.storage.outbox import DAY_SECONDS, applied_to_item, message_to_item, shard_of
from chalicelib.storage.records import MODEL, record_to_item
from chalicelib.storage.system import conflict_to_item
from chalicelib.storage.tables import AuditItem, ChangeItem, ClaimItem, SystemItem
from chalicelib.storage.trail import entry_to_item

ATTEMPTS = 8
# Where the audit entry stands among a change's items.
ENTRY = 1
# In the order of the transaction's items: what it means when the condition of one fails. A
# duplicate event fails the version too, and has to be told from a conflict; of two writers here
# who replace one version, the second fails both as well, and that is a conflict.
_REFUSALS: tuple[tuple[int, type[SinsError], str], ...] = (
    (3, AlreadyClaimed, "the claim was taken"),
    (ENTRY, AlreadyRecorded, "the audit entry is there"),
    (0, VersionConflict, "the record was changed meanwhile"),
)


def commit(tables: Tables, changes: Sequence[Change]) -> None:
    """Writes all of the changes, of different records, or none.

    Raises VersionConflict, AlreadyRecorded, AlreadyClaimed, TooLarge, Damaged, Unavailable.
    """
    for attempt in range(ATTEMPTS):
        # Made anew: ids tell the wall time of an attempt, and a stamp may run ahead of it.
        items = [item for change in changes for item in _items(tables, change)]
        if applied := [change.entry for change in changes if not change.pending]:
            items.append(_put_notice(tables, applied))
        if len(items) > TRANSACTION:
            raise TooLarge(f"{len(items)} items are more than a transaction takes")
        try:
            tables.call("transact_write_items", TransactItems=items)
            return
        except ClientError as error:
            _refuse_too_large(error)
            reasons = cancellation_of(error)
            _raise_refusal(reasons, changes)
            if not _is_passing(reasons):
                raise
        time.sleep(random.uniform(0, min(0.2, 0.01 * 2**attempt)))
    raise Unavailable("the tables are busy with this record; try again")


def _items(tables: Tables, change: Change) -> list[dict[str, Any]]:
    items = [_put_record(tables, change), _put_entry(tables, change)]
    if change.pending:
        items.append(_put_message(tables, change))
    if change.claim:
        items.append(_put_claim(tables, change.claim, change.entry.stamp.wall))
    return items + [_put_conflict(tables, conflict) for conflict in change.conflicts]


def _item_count(change: Change) -> int:
    return 2 + change.pending + bool(change.claim) + len(change.conflicts)


def _put_record(tables: Tables, change: Change) -> dict[str, Any]:
    put = {
        "TableName": tables.name(MODEL[change.record.kind]),
        "Item": record_to_item(change.record).serialize(),
    }
    if change.version == 0:
        return {"Put": {**put, "ConditionExpression": "attribute_not_exists(version)"}}
    return {
        "Put": {
            **put,
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": number(change.version)},
        }
    }


def _put_entry(tables: Tables, change: Change) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": tables.name(AuditItem),
            "Item": entry_to_item(change.entry).serialize(),
            "ConditionExpression": "attribute_not_exists(link)",
        }
    }


def _put_message(tables: Tables, change: Change) -> dict[str, Any]:
    message = OutboxMessage(
        shard=shard_of(change.record.id),
        id=new_id(),
        kind=change.record.kind,
        record_id=change.record.id,
        origin=change.entry.origin,
        seq=change.entry.seq,
    )
    item = message_to_item(message, str(message.shard), None)
    return {"Put": {"TableName": tables.name(ChangeItem), "Item": item.serialize()}}


def _put_notice(tables: Tables, applied: Sequence[AuditEntry]) -> dict[str, Any]:
    item = applied_to_item(new_id(), applied, int(time.time()) + DAY_SECONDS)
    return {"Put": {"TableName": tables.name(ChangeItem), "Item": item.serialize()}}


def _put_claim(tables: Tables, claim: Claim, now: int) -> dict[str, Any]:
    item = ClaimItem(
        key=claim.key,
        request=claim.request,
        record_id=claim.record_id,
        expires_at=expiry(claim.expires),
    )
    return {
        "Put": {
            "TableName": tables.name(ClaimItem),
            "Item": item.serialize(),
            "ConditionExpression": "attribute_not_exists(#key) OR expires_at <= :now",
            "ExpressionAttributeNames": {"#key": "key"},
            "ExpressionAttributeValues": {":now": number(now // 1000)},
        }
    }


def _put_conflict(tables: Tables, conflict: Conflict) -> dict[str, Any]:
    item = conflict_to_item(conflict)
    return {"Put": {"TableName": tables.name(SystemItem), "Item": item.serialize()}}


def _refuse_too_large(error: ClientError) -> None:
    # DynamoDB has no code of its own for it, and says it of the request, an item or a key.
    said = [error.response["Error"], *error.response.get("CancellationReasons", [])]
    messages = " ".join(part.get("Message") or "" for part in said).lower()
    if any(size in messages for size in ("item size", "payload size", "size limit")):
        raise TooLarge("the record or its audit entry is larger than a table takes") from error


def _raise_refusal(reasons: list[str], changes: Sequence[Change]) -> None:
    rest = iter(reasons)
    for change in changes:
        mine = list(islice(rest, _item_count(change)))
        for position, refusal, message in _REFUSALS:
            if refusal is AlreadyRecorded and change.pending:
                continue
            if position < len(mine) and mine[position] == "ConditionalCheckFailed":
                raise refusal(message)
        if mine[ENTRY] == "ConditionalCheckFailed":
            # The entry is there and the record does not know it: a part of the record is lost.
            raise Damaged("this record was damaged and is being repaired; try again later")


def _is_passing(reasons: list[str]) -> bool:
    passing = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
    return bool(passing.intersection(reasons))
