"""The shapes of answers, as `/openapi.json` describes them. Only shapes."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType, convert

from chalicelib.domain.audit import Action
from chalicelib.domain.field import FieldType
from chalicelib.domain.record import Kind

Item = TypeVar("Item")
Shape = TypeVar("Shape")
Fact = dict[str, str | int | float | None]

Id = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Version = Annotated[int, Meta(description="How often it was changed here; also its ETag.")]
Values = Annotated[dict[str, Any], Meta(description="By the names of the values.")]


def shaped(shape: type[Shape], value: object) -> Shape:
    """A value of the services, or a mapping, in the shape in which callers see it."""
    return convert(value, shape, from_attributes=True)


class Page(Struct, Generic[Item]):
    """Some items, and where to go on."""

    items: list[Item]
    next: Annotated[str | None, Meta(description="Send it as `cursor`; null at the end.")]


class CustomerOutput(Struct):
    """A customer."""

    id: Id
    surname: str
    name: str | None
    dob: Day | None
    document_number: str | None
    extra_fields: Annotated[
        dict[str, Any], Meta(description="Values by the key of an active field definition.")
    ]
    version: Version
    created_at: Moment
    updated_at: Moment
    expires_on: Annotated[Day, Meta(description="From this day on nobody sees the customer.")]
    origin: Annotated[str, Meta(description="The location that created it.")]
    duplicate_of: Annotated[
        Id | None, Meta(description="The customer to whom the document number belongs.")
    ] = None


class Customers(Page[CustomerOutput]):
    """A page of customers, in the order of `id`."""


class Part(Struct):
    """What one feature adds to a score."""

    feature: str
    similarity: float
    points: float


class Hit(CustomerOutput, kw_only=True):
    """A customer that matches."""

    score: Annotated[float, Meta(description="0 to 1; the parts add up to it.")]
    likely: Annotated[
        bool, Meta(description="Whether the score is one that somebody else would hardly have.")
    ]
    explanation: list[Part]


class Hits(Page[Hit]):
    """What was found, best first. There is no second page."""

    limit: Annotated[
        int, Meta(description="How many are told at most: where as many are, there may be more.")
    ]


class Entry(Struct):
    """One change in the audit trail. A hash chains it to the one before, for each origin."""

    kind: Kind
    record_id: str
    action: Action
    actor: str
    role: str
    location: str
    origin: str
    seq: int
    at: Moment
    stamp: str
    request_id: str
    trace_id: str
    before: Values
    after: Values
    superseded: Annotated[
        tuple[str, ...],
        Meta(
            description="The values that lost against a change elsewhere; of customers they are "
            "told in a history only."
        ),
    ]
    withheld: Annotated[bool, Meta(description="Whether the values are no longer told.")]
    hidden: Annotated[
        tuple[str, ...], Meta(description="The values left out, whose fields are not active.")
    ]
    hash: Annotated[
        str | None,
        Meta(
            description="Null where values are left out, here or elsewhere in the customer's "
            "history: a guess at them could be checked by it."
        ),
    ]


class Entries(Page[Entry]):
    """A page of the audit trail, newest first."""

    missing: Annotated[
        int,
        Meta(
            description="How many changes are left out whose entries cannot be read; of one "
            "customer also those whose entries are lost."
        ),
    ]


class History(Entries):
    """A page of the audit trail of one customer, newest first; `missing` is of all pages."""


class Access(Struct):
    """A line of the access log: who looked at what, or was refused."""

    at: Moment
    actor: str
    role: str
    action: Annotated[
        str, Meta(description="What was done; of what was refused the method.", examples=["read"])
    ]
    resource: Annotated[
        str | None,
        Meta(
            description="A customer's `id`, what a search was for, the path of what was refused, "
            "or what else it was about."
        ),
    ]
    detail: Annotated[
        str, Meta(description="Whom the answer named, by `id`; or what else there is to say.")
    ]
    outcome: Annotated[str, Meta(description="`ok`, or the code of the error.")]
    request_id: str
    withheld: Annotated[
        bool,
        Meta(description="Whether what was typed is not told: it may name who is gone for good."),
    ]


class Accesses(Page[Access]):
    """A page of the access log, newest first. One with no items may not be the last."""


class Conflict(Struct):
    """Values that lost against a change at another location, and what stands in their place."""

    customer_id: Id
    surname: str
    name: str | None
    origin: Annotated[str, Meta(description="With `seq` the entry whose values lost.")]
    seq: int
    location: str
    actor: str
    written_at: Moment
    noticed_at: Moment
    reason: str
    lost: Values
    kept: Values


class Conflicts(Page[Conflict]):
    """A page of conflicts, newest first."""


class Duplicate(Struct):
    """A document number that several customers claim."""

    document_number: Annotated[str, Meta(description="As its holder writes it.")]
    holder: Annotated[Id, Meta(description="The customer to whom it belongs.")]
    others: list[Id]


class Duplicates(Page[Duplicate]):
    """A page of numbers that several customers claimed when the last digest was taken."""


class FieldOutput(Struct):
    """A field definition; `id` is its key."""

    id: str
    key: str
    label: str
    type: FieldType
    choices: list[str]
    required: bool
    pattern: str | None
    active: bool
    searchable: bool
    version: Version
    created_at: Moment
    updated_at: Moment
    origin: str


class Fields(Page[FieldOutput]):
    """Every field definition, in the order of key."""


class Letter(Struct):
    """A record of the topic that could not be applied."""

    id: str
    topic: str
    partition: int
    offset: int
    reason: str
    size: int
    at: Moment


class Letters(Page[Letter]):
    """A page of dead letters, in the order of topic, partition and offset."""


class Shown(Struct):
    """Bytes: as text, or in base64 where they are none."""

    text: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET


class WholeLetter(Letter, kw_only=True):
    """A dead letter with its bytes."""

    key: Shown | None
    value: Shown | None


class Retried(Struct):
    """What became of a dead letter."""

    applied: Annotated[bool, Meta(description="False where its event was known already.")]


class Health(Struct):
    """The location is alive."""

    status: Literal["ok"]
    location: str


class Ready(Struct):
    """The location takes requests."""

    status: Literal["ready"]
    location: str
    snapshot_at: Annotated[
        int | None,
        Meta(
            description="When the search index was last saved, in milliseconds. "
            "Where it never was, a function that starts reads every customer."
        ),
    ]


class StatusOutput(Struct):
    """What a location knows of itself and of the others. Moments in milliseconds since 1970."""

    location: str
    origin: str
    membership: Fact
    outbox_depth: int
    dead_letters: int
    applied: Annotated[dict[str, Fact], Meta(description="By origin, what was applied last.")]
    relay: Annotated[dict[str, Fact], Meta(description="By outcome, what the relay did last.")]
    digest: Fact | None
    peers: Annotated[dict[str, Fact], Meta(description="By location, how it compares.")]
    repair: Fact | None


class Refused(Struct):
    """Why a row was refused."""

    line: int
    field: str
    code: str
    sentence: str


class Imported(Struct):
    """What became of the rows."""

    dry_run: bool
    created: int
    updated: int
    unchanged: int
    refused: int
    refusals: list[Refused]
