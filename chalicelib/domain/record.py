"""Records: what the locations share, and how two copies of one become one.

A record is a customer or a field definition. It is a set of registers, one a value, each with
the stamp of its last write. Merging takes the larger stamp register by register, so
it does not matter in which order, how often or through whom the changes arrive (a map of
last-writer-wins registers; Shapiro and others, 2011).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.stamp import Stamp, location_of

Value = str | int | float | bool | list[str] | None
Values = Mapping[str, Value]


class Kind(StrEnum):
    CUSTOMER = "customer"
    FIELD = "field"


class Life(StrEnum):
    LIVE = "live"
    DELETED = "deleted"
    ERASED = "erased"


class Register(Struct, frozen=True):
    """One value and the stamp of the write that put it there."""

    value: Value
    stamp: Stamp


class Head(Struct, frozen=True):
    """The end of one origin's audit chain for one record."""

    seq: int
    hash: str


class Record(Struct, frozen=True):
    """One customer or field definition as one location knows it.

    `created`, `life` and `values` are shared and end up equal everywhere. `version` counts this
    location's commits, and `heads` says how far its audit trail has come, origin by origin.
    """

    kind: Kind
    id: str
    created: Stamp
    life: Register
    values: Mapping[str, Register]
    version: int = 0
    heads: Mapping[str, Head] = {}

    @property
    def is_live(self) -> bool:
        return self.life.value == Life.LIVE

    @property
    def is_erased(self) -> bool:
        return self.life.value == Life.ERASED

    def holds(self, name: str, value: object) -> bool:
        """Whether a value is this one: 1 is neither 1.0 nor true."""
        held = self.value(name)
        return held == value and type(held) is type(value)

    @property
    def latest(self) -> Stamp:
        """The largest stamp in the record: the next one has to pass it."""
        return max([self.life.stamp, *[register.stamp for register in self.values.values()]])

    @property
    def updated_at(self) -> int:
        """Wall time of the last change, in milliseconds; equal at every location."""
        return self.latest.wall

    @property
    def home(self) -> str:
        """The location that created the record."""
        return location_of(self.created.origin)

    def has_taken(self, origin: str, seq: int) -> bool:
        """Whether that entry of the origin's chain, or a later one, is in it."""
        head = self.heads.get(origin)
        return head is not None and seq <= head.seq

    def value(self, name: str) -> Value:
        register = self.values.get(name)
        return register.value if register else None


def merge(mine: Record, theirs: Record) -> Record:
    """One record that knows all that both know. Erased is final and keeps no value.

    Commutative, associative and idempotent in what is shared; `version` and `heads` stay mine.
    """
    life = _merged_life(mine.life, theirs.life)
    erased = life.value == Life.ERASED
    return Record(
        kind=mine.kind,
        id=mine.id,
        created=min(mine.created, theirs.created),
        life=life,
        values={} if erased else _merged_values(mine.values, theirs.values),
        version=mine.version,
        heads=mine.heads,
    )


def _merged_life(mine: Register, theirs: Register) -> Register:
    return max(mine, theirs, key=lambda life: (life.value == Life.ERASED, life.stamp))


def _merged_values(
    mine: Mapping[str, Register], theirs: Mapping[str, Register]
) -> dict[str, Register]:
    merged = dict(mine)
    for name, register in theirs.items():
        if name not in merged or merged[name].stamp < register.stamp:
            merged[name] = register
    return merged


def record_to_document(record: Record) -> dict[str, object]:
    """The plain form of what is shared, in which records are stored and sent."""
    return {
        "kind": record.kind.value,
        "id": record.id,
        "created": str(record.created),
        "life": [record.life.value, str(record.life.stamp)],
        "values": {
            name: [register.value, str(register.stamp)] for name, register in record.values.items()
        },
    }


def record_from_document(
    document: Mapping[str, Any], version: int = 0, heads: Mapping[str, Head] | None = None
) -> Record:
    """The record that `record_to_document` wrote. Raises UnreadableEvent for anything else."""
    try:
        life, life_stamp = document["life"]
        return Record(
            kind=Kind(document["kind"]),
            id=document["id"],
            created=Stamp.parse(document["created"]),
            life=Register(Life(life), Stamp.parse(life_stamp)),
            values={
                name: Register(value, Stamp.parse(stamp))
                for name, (value, stamp) in document["values"].items()
            },
            version=version,
            heads=heads or {},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableEvent(f"no record: {error!r}") from error
