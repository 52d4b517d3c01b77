"""The functions, and all that each of them may do.

A role is given what its services call, table by table, and nothing else: nobody but DynamoDB's own
clock deletes an audit entry, and only whoever sends changes may put one on their topic.
`tests/packaging` runs the functions and holds their calls against this.
"""

from collections.abc import Mapping

from msgspec import Struct

from infra.stacks.names import API_HANDLER

Actions = tuple[str, ...]
MINUTE = 60
GET = ("GetItem",)
GET_MANY = ("BatchGetItem",)
QUERY = ("Query",)
SCAN = ("Scan",)
PUT = ("PutItem",)
PUT_MANY = ("BatchWriteItem",)
DELETE = ("DeleteItem",)
# A location gives itself a name when its tables are first used: whoever needs it may put it.
NOTES = QUERY + PUT + PUT_MANY


class Function(Struct, frozen=True):
    """`tables` says what it does with which table, `indexes` which of their indexes it queries.

    `alarm_after` is how many failures in five minutes somebody should hear of, `every` how many
    seconds the clock waits between two calls, where it is the clock that calls.
    """

    name: str
    tables: Mapping[str, Actions]
    indexes: Mapping[str, Actions] = {}
    sends_changes: bool = False
    has_board: bool = False
    reads_changes: bool = False
    follows_stream: bool = False
    snapshots: Actions = ()
    alarm_after: int = 1
    every: int | None = None
    disk_megabytes: int | None = None

    @property
    def reaches_broker(self) -> bool:
        return self.sends_changes or self.has_board


_RELAYING: Mapping[str, Actions] = {
    "customers": GET_MANY,
    "fields": GET_MANY,
    "audit": GET_MANY + QUERY,
    "changes": PUT + PUT_MANY,
    "system": GET + NOTES,
}
_COMPARING: Mapping[str, Actions] = {
    "customers": SCAN + GET_MANY,
    "fields": SCAN,
    "system": NOTES,
}
_COMPARED_INDEXES: Mapping[str, Actions] = {
    "customers": ("document",),
    "changes": ("pending_index",),
}

FUNCTIONS: tuple[Function, ...] = (
    Function(
        API_HANDLER,
        {
            "customers": GET + GET_MANY + SCAN + PUT,
            "fields": GET + SCAN + PUT,
            "audit": GET_MANY + QUERY + PUT,
            "access": QUERY + PUT,
            "changes": QUERY + PUT,
            "claims": GET + PUT,
            "system": GET + QUERY + PUT + DELETE,
        },
        indexes={
            "customers": ("listing", "document"),
            "audit": ("time",),
            "changes": ("pending_index",),
        },
        snapshots=("GetObject",),
        disk_megabytes=1024,
    ),
    Function(
        "relay",
        _RELAYING,
        indexes={"changes": ("pending_index",)},
        sends_changes=True,
        follows_stream=True,
        # One fails whenever the broker is away for a moment; the sweep sends what stayed.
        alarm_after=20,
    ),
    Function(
        "consumer",
        {
            "customers": GET + GET_MANY + PUT,
            "fields": GET + GET_MANY + PUT,
            "audit": GET_MANY + QUERY + PUT,
            "changes": PUT,
            "system": NOTES,
        },
        reads_changes=True,
        alarm_after=5,
    ),
    Function(
        "sweep_relay",
        _RELAYING,
        indexes={"changes": ("pending_index",)},
        sends_changes=True,
        # It fails at each tick while the broker is away.
        alarm_after=5,
        every=MINUTE,
    ),
    Function(
        "sweep_expired",
        {
            # It gets by itself whoever is due and cannot be read, to say why.
            "customers": SCAN + GET + GET_MANY + PUT,
            "fields": SCAN,
            "audit": PUT,
            "changes": PUT,
            "system": NOTES,
        },
        indexes={"customers": ("due", "document"), "changes": ("pending_index",)},
        has_board=True,
        every=24 * 60 * MINUTE,
    ),
    Function(
        "take_digest",
        _COMPARING,
        indexes=_COMPARED_INDEXES,
        has_board=True,
        every=5 * MINUTE,
    ),
    Function(
        "repair_differences",
        {
            "customers": SCAN + GET + PUT,
            "fields": SCAN + GET + PUT,
            "audit": QUERY + PUT,
            "changes": PUT,
            "system": NOTES,
        },
        sends_changes=True,
        has_board=True,
        alarm_after=5,
        every=MINUTE,
    ),
    Function(
        "join",
        _COMPARING,
        indexes=_COMPARED_INDEXES,
        has_board=True,
        alarm_after=5,
        every=MINUTE,
    ),
    Function(
        "take_snapshot",
        {
            "customers": SCAN + GET_MANY,
            "fields": SCAN,
            "changes": QUERY,
            "system": QUERY + PUT_MANY,
        },
        snapshots=("GetObject", "PutObject"),
        every=15 * MINUTE,
        disk_megabytes=2048,
    ),
)
