"""What a location notes about itself: facts, dead letters, conflicts and leases."""

import json
import secrets
from collections.abc import Mapping
from itertools import islice

from botocore.exceptions import ClientError

from chalicelib.domain.audit import trail_key
from chalicelib.domain.conflict import Conflict
from chalicelib.domain.notes import MAX_REASON, DeadLetter, Fact, Note
from chalicelib.domain.page import Page
from chalicelib.domain.record import Kind
from chalicelib.domain.stamp import Stamp
from chalicelib.storage.client import Tables, number, text
from chalicelib.storage.tables import SystemItem

CONFLICT = "conflict"
DEAD_LETTER = "dead-letter"
LEASE = "lease"
# In milliseconds. A lease that runs longer was taken by a clock that ran ahead.
LONGEST_LEASE = 60 * 60 * 1000
# Of what a location notes about itself: its name, and that it has joined.
WHO_IT_WAS = (Note.INCARNATION, Note.MEMBERSHIP)
# An item holds 400 KB, and whatever is in the way of a partition has to fit in: the topic keeps the
# whole of a longer record. Beside the two there is room for a reason, of which JSON may write each
# character as twelve bytes.
MAX_LETTER_BYTES = 350_000
MAX_LETTER_KEY_BYTES = 20_000


class DynamoSystem:
    """See `ports.System`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def note(self, name: Note, facts: Mapping[str, Fact]) -> None:
        self._tables.put_many(
            [
                SystemItem(name=name, part=part, fact=json.dumps(fact))
                for part, fact in facts.items()
            ]
        )

    def noted(self, name: Note) -> dict[str, Fact]:
        return {item.part: json.loads(item.fact) for item in self._items(name)}

    def note_instead(self, name: Note, part: str, before: Fact, fact: Fact) -> bool:
        item = SystemItem(name=name, part=part, fact=json.dumps(fact))
        if not before:
            return self._put_if(item, "attribute_not_exists(fact)", {}, {})
        return self._put_if(item, "fact = :before", {":before": text(json.dumps(before))}, {})

    def add_dead_letter(self, letter: DeadLetter) -> None:
        key, value = letter.key or b"", letter.value or b""
        fact = {
            "topic": letter.topic,
            "partition": letter.partition,
            "offset": letter.offset,
            "reason": letter.reason[:MAX_REASON],
            "at": letter.at,
            "size": letter.size,
            "sent": letter.sent,
        }
        self._tables.put(
            SystemItem(
                name=DEAD_LETTER,
                part=letter.id,
                fact=json.dumps(fact),
                key_data=key[:MAX_LETTER_KEY_BYTES] or None,
                data=value[:MAX_LETTER_BYTES] or None,
            )
        )

    def dead_letters(self, after: str, limit: int) -> Page[DeadLetter]:
        items = self._tables.query(
            SystemItem, **_named(DEAD_LETTER, "part > :part", after or " "), Limit=limit
        )
        letters = [_item_to_letter(item) for item in islice(items, limit)]
        return Page(letters, letters[-1].id if len(letters) == limit else "")

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        key = {"name": text(DEAD_LETTER), "part": text(letter_id)}
        item = self._tables.get(SystemItem, key)
        return _item_to_letter(item) if item else None

    def remove_dead_letter(self, letter_id: str) -> None:
        key = {"name": text(DEAD_LETTER), "part": text(letter_id)}
        self._tables.call("delete_item", TableName=self._tables.name(SystemItem), Key=key)

    def dead_letter_count(self) -> int:
        pages = self._tables.pages("query", SystemItem, Select="COUNT", **_named(DEAD_LETTER))
        return sum(page["Count"] for page in pages)

    def conflicts(self, before: str, limit: int) -> Page[Conflict]:
        items = self._tables.query(
            SystemItem,
            **_named(CONFLICT, "part < :part", before or "~"),
            ScanIndexForward=False,
            Limit=limit,
        )
        found = [(item.part, item_to_conflict(item)) for item in islice(items, limit)]
        return Page([one for _, one in found], found[-1][0] if len(found) == limit else "")

    def acquire_lease(self, name: str, holder: str, now: int, until: int) -> bool:
        item = SystemItem(name=LEASE, part=name, fact="{}", holder=holder, until=until)
        return self._put_if(
            item,
            "attribute_not_exists(holder) OR holder = :holder"
            " OR NOT #until BETWEEN :now AND :longest",
            {
                ":holder": text(holder),
                ":now": number(now),
                ":longest": number(now + LONGEST_LEASE),
            },
            {"#until": "until"},
        )

    def holds_lease(self, name: str, holder: str) -> bool:
        item = self._tables.get(SystemItem, {"name": text(LEASE), "part": text(name)})
        return item is not None and item.holder == holder

    def release_lease(self, name: str, holder: str) -> None:
        self._put_if(_free(name), "holder = :holder", {":holder": text(holder)}, {})

    def end_lease(self, name: str) -> None:
        self._put_if(_free(name), "attribute_exists(holder)", {}, {})

    def incarnation(self) -> str:
        """The name of this set of tables, made when they are first used."""
        found = self.noted(Note.INCARNATION)
        if not found:
            fresh = SystemItem(
                name=Note.INCARNATION, part="this", fact=json.dumps({"id": secrets.token_hex(4)})
            )
            self._put_if(fresh, "attribute_not_exists(#name)", {}, {"#name": "name"})
            found = self.noted(Note.INCARNATION)
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


def conflict_to_item(conflict: Conflict) -> SystemItem:
    """The item that lists a conflict, in the order in which they were noticed."""
    trail = trail_key(conflict.kind, conflict.record_id)
    fact = {
        "kind": conflict.kind,
        "record_id": conflict.record_id,
        "stamp": str(conflict.stamp),
        "names": conflict.names,
        "at": conflict.at,
    }
    return SystemItem(
        name=CONFLICT,
        part=f"{conflict.at:015d}#{trail}#{conflict.stamp}",
        fact=json.dumps(fact),
    )


def item_to_conflict(item: SystemItem) -> Conflict:
    fact = json.loads(item.fact)
    return Conflict(
        kind=Kind(fact["kind"]),
        record_id=fact["record_id"],
        stamp=Stamp.parse(fact["stamp"]),
        names=tuple(fact["names"]),
        at=fact["at"],
    )


def _free(lease: str) -> SystemItem:
    return SystemItem(name=LEASE, part=lease, fact="{}")


def _named(name: str, and_part: str = "", part: str = "") -> dict[str, object]:
    """A query for the facts of a name; `and_part` bounds their parts with `:part`."""
    conditions = ["#name = :name", *([and_part] if and_part else [])]
    values = {":name": text(name), **({":part": text(part)} if and_part else {})}
    return {
        "KeyConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": values,
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
        size=fact["size"],
        # Releases before kept none.
        sent=fact.get("sent", 0),
    )
