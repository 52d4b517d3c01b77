"""Claims, and what a location notes about itself."""

import json
import secrets
from collections.abc import Mapping

from botocore.exceptions import ClientError

from chalicelib.domain.change import Claim
from chalicelib.domain.notes import DeadLetter, Fact
from chalicelib.storage.client import Tables, number, text
from chalicelib.storage.tables import ClaimItem, SystemItem

DEAD_LETTER = "dead-letter"
LEASE = "lease"
INCARNATION = "incarnation"
# An item holds 400 KB; the topic keeps the whole of a longer record.
MAX_LETTER_BYTES = 350_000


class DynamoClaims:
    """See `ports.Claims`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, key: str, now: int) -> Claim | None:
        item = self._tables.get(ClaimItem, {"key": text(key)})
        if item is None:
            return None
        expires = int(item.expires_at.timestamp())
        # DynamoDB deletes expired items days late.
        return Claim(key, item.request, item.answer, expires) if expires * 1000 > now else None


class DynamoSystem:
    """See `ports.System`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def note(self, name: str, facts: Mapping[str, Fact]) -> None:
        self._tables.put_many(
            [
                SystemItem(name=name, part=part, fact=json.dumps(fact))
                for part, fact in facts.items()
            ]
        )

    def noted(self, name: str) -> dict[str, Fact]:
        return {item.part: json.loads(item.fact) for item in self._items(name)}

    def add_dead_letter(self, letter: DeadLetter) -> None:
        value = letter.value or b""
        fact = {
            "topic": letter.topic,
            "partition": letter.partition,
            "offset": letter.offset,
            "reason": letter.reason,
            "at": letter.at,
            "bytes": len(value),
        }
        self._tables.put(
            SystemItem(
                name=DEAD_LETTER,
                part=f"{letter.topic}/{letter.partition}/{letter.offset:015d}",
                fact=json.dumps(fact),
                key_data=letter.key or None,
                data=value[:MAX_LETTER_BYTES] or None,
            )
        )

    def dead_letters(self) -> list[DeadLetter]:
        return [_item_to_letter(item) for item in self._items(DEAD_LETTER)]

    def dead_letter_count(self) -> int:
        pages = self._tables.pages("query", SystemItem, Select="COUNT", **_named(DEAD_LETTER))
        return sum(page["Count"] for page in pages)

    def acquire_lease(self, name: str, holder: str, now: int, until: int) -> bool:
        item = SystemItem(name=LEASE, part=name, fact="{}", holder=holder, until=until)
        return self._put_if(
            item,
            "attribute_not_exists(holder) OR holder = :holder OR #until < :now",
            {":holder": text(holder), ":now": number(now)},
            {"#until": "until"},
        )

    def holds_lease(self, name: str, holder: str) -> bool:
        item = self._tables.get(SystemItem, {"name": text(LEASE), "part": text(name)})
        return item is not None and item.holder == holder

    def release_lease(self, name: str, holder: str) -> None:
        item = SystemItem(name=LEASE, part=name, fact="{}")
        self._put_if(item, "holder = :holder", {":holder": text(holder)}, {})

    def incarnation(self) -> str:
        """The name of this set of tables, made when they are first used."""
        found = self.noted(INCARNATION)
        if not found:
            fresh = SystemItem(
                name=INCARNATION, part="this", fact=json.dumps({"id": secrets.token_hex(4)})
            )
            self._put_if(fresh, "attribute_not_exists(#name)", {}, {"#name": "name"})
            found = self.noted(INCARNATION)
        return str(found["this"]["id"])

    def _items(self, name: str) -> list[SystemItem]:
        return list(self._tables.query(SystemItem, **_named(name)))

    def _put_if(
        self, item: SystemItem, condition: str, values: dict[str, object], names: dict[str, str]
    ) -> bool:
        optional = {"ExpressionAttributeValues": values, "ExpressionAttributeNames": names}
        try:
            self._tables.call(
                "put_item",
                TableName=self._tables.name(SystemItem),
                Item=item.serialize(),
                ConditionExpression=condition,
                **{name: value for name, value in optional.items() if value},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _named(name: str) -> dict[str, object]:
    return {
        "KeyConditionExpression": "#name = :name",
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": {":name": text(name)},
        "ConsistentRead": True,
    }


def _item_to_letter(item: SystemItem) -> DeadLetter:
    fact = json.loads(item.fact)
    return DeadLetter(
        topic=fact["topic"],
        partition=fact["partition"],
        offset=fact["offset"],
        key=item.key_data,
        value=item.data,
        reason=fact["reason"],
        at=fact["at"],
    )
