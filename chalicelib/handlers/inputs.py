"""The shapes of requests. Only shapes: the rules for values are the domain's.

A route names them in its function's signature (`handlers/operation.py`). What a shape says is
checked, and what it says is in `/openapi.json`; `documented` adds to the second only.
"""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from chalicelib.domain.audit import Action
from chalicelib.domain.customer import MAX_DOCUMENT_NUMBER
from chalicelib.domain.field import KEY, MAX_CHOICES, MAX_PATTERN, FieldType
from chalicelib.domain.notes import MAX_REASON
from chalicelib.domain.text import MAX_TEXT
from chalicelib.domain.transfer_terms import MOST_EXPORTED, Format, Key
from chalicelib.settings import MOST_HITS

MAX_QUERY = 200
MAX_LETTER_ID = 300
ROW_TYPES = {
    "text/csv": Format.CSV,
    "application/x-ndjson": Format.JSONL,
    "application/jsonl": Format.JSONL,
}


def documented(description: str, *examples: Any, **schema: Any) -> Meta:
    """What the domain holds a value to, for readers: nothing of it is checked at the door."""
    return Meta(description=description, examples=list(examples) or None, extra_json_schema=schema)


# In paths. What does not fit is not found.
CustomerId = Annotated[UUID, Meta(description="The customer's `id`.")]
FieldKey = Annotated[str, Meta(pattern=f"^{KEY.pattern}$", description="The field's `key`.")]
LetterId = Annotated[
    str,
    Meta(pattern=r"^[!-~]+$", max_length=MAX_LETTER_ID, description="The dead letter's `id`."),
]

# In queries.
Limit = Annotated[int, Meta(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[str, Meta(description="Where to go on: `next` of the page before.")]
HitLimit = Annotated[
    int, Meta(ge=1, le=MOST_HITS, description="How many at most; a location may allow fewer.")
]
Searched = Annotated[str, Meta(max_length=MAX_QUERY)]
Time = Annotated[
    str,
    documented(
        "A time as in RFC 3339, or a date: its first moment. In UTC where it names no zone."
    ),
]

# In bodies.
Surname = Annotated[str, documented(f"1 to {MAX_TEXT} characters.", "Söderström")]
Name = Annotated[str, documented(f"At most {MAX_TEXT} characters.", "Ada")]
Dob = Annotated[str, documented("A real date from 1850 until today; empty for none.", "1984-02-29")]
DocumentNumber = Annotated[
    str, documented(f"At most {MAX_DOCUMENT_NUMBER} characters.", "AB 123456")
]
Extras = Annotated[
    dict[str, Any],
    documented("Values by the key of an active field definition; null empties one.", {}),
]
Label = Annotated[str, documented(f"1 to {MAX_TEXT} characters.", "Language")]
TypeName = Annotated[str, documented("What its values are.", "choice", enum=[*FieldType])]
Choices = Annotated[
    list[str], documented(f"Of the type `choice` only: 1 to {MAX_CHOICES} texts.", ["de", "sv"])
]
Pattern = Annotated[
    str,
    documented(f"A regular expression (RE2) for texts, at most {MAX_PATTERN} characters."),
]


class PageQuery(Struct):
    """Which page of a list."""

    limit: Limit = 50
    cursor: Cursor = ""


class HistoryQuery(PageQuery):
    """Which page of a history: hardly any has a second one."""

    limit: Limit = 100


class SearchQuery(Struct):
    """What is looked for: something in `q`, or in a single value."""

    q: Annotated[
        Searched,
        Meta(
            description="Names in any order, a birthday or its year, a number, also misspelled.",
            examples=["soderstrom ava"],
        ),
    ] = ""
    surname: Annotated[Searched, Meta(description="What the surname is much like.")] = ""
    name: Annotated[Searched, Meta(description="What the given name is much like.")] = ""
    dob: Annotated[
        Searched, documented("What the date of birth is, or almost is: a real date.")
    ] = ""
    document_number: Annotated[Searched, Meta(description="What the number is much like.")] = ""
    mode: Annotated[
        Literal["fuzzy", "exact"],
        Meta(description="`exact` finds only who has all of what was typed."),
    ] = "fuzzy"
    limit: HitLimit | UnsetType = UNSET


class AuditQuery(PageQuery):
    """Which entries of the audit trail."""

    actor: Annotated[str, Meta(description="Who did it.")] = ""
    action: Action | UnsetType = UNSET
    since: Time = ""
    until: Time = ""


class AccessQuery(PageQuery):
    """Which lines of the access log; without `since` the thirty days before `until`."""

    customer: Annotated[UUID, Meta(description="Who was seen, by `id`.")] | UnsetType = UNSET
    actor: Annotated[str, Meta(description="Who saw.")] = ""
    since: Time = ""
    until: Time = ""


class DeletionQuery(Struct):
    """How a field definition is deleted."""

    force: Annotated[bool, Meta(description="Also while customers have a value for it.")] = False


class DropQuery(Struct):
    """Why a dead letter is dropped."""

    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_REASON,
            description="It stays on record.",
            examples=["sent by mistake"],
        ),
    ]


class ImportQuery(Struct):
    """How rows are imported."""

    key: Annotated[
        Key,
        Meta(
            description="By what a row is known; `auto` takes the first of the three that it has, "
            "`none` also makes a new customer of a row that has none of them."
        ),
    ] = Key.AUTO
    dry_run: Annotated[bool, Meta(description="Says what would become of it, and writes none.")] = (
        False
    )


class ExportQuery(PageQuery):
    """Which customers are exported, and how."""

    limit: Annotated[int, Meta(ge=1, le=MOST_EXPORTED, description="How many at most.")] = 100
    cursor: Annotated[str, Meta(description="Where to go on: the `Link` before has it.")] = ""
    format: Annotated[Format, Meta(description="CSV, or a JSON object a line.")] = Format.CSV


class Upload(Struct):
    """A body that is a file, of one of the media types of its class."""

    media_types: ClassVar[tuple[str, ...]] = ()

    media_type: str
    data: bytes


class RowsUpload(Upload):
    """Customers as rows. The columns of CSV are named in its first line."""

    media_types = tuple(ROW_TYPES)

    @property
    def form(self) -> Format:
        return ROW_TYPES[self.media_type]


class CustomerInput(Struct, forbid_unknown_fields=True):
    """A whole customer, for POST and PUT."""

    surname: Surname
    name: Name | None = None
    dob: Dob | None = None
    document_number: DocumentNumber | None = None
    extra_fields: Extras = {}


class CustomerPatch(Struct, forbid_unknown_fields=True):
    """Some values of a customer (JSON Merge Patch, RFC 7396): null empties a value."""

    surname: Surname | UnsetType | None = UNSET
    name: Name | UnsetType | None = UNSET
    dob: Dob | UnsetType | None = UNSET
    document_number: DocumentNumber | UnsetType | None = UNSET
    extra_fields: Extras | UnsetType = UNSET


class RestoreInput(Struct, forbid_unknown_fields=True):
    """The audit entry whose values come back, and which of them; nothing for a deleted customer."""

    origin: str | None = None
    seq: int | None = None
    fields: list[str] = []


class FieldInput(Struct, forbid_unknown_fields=True):
    """A whole field definition, for PUT."""

    label: Label
    type: TypeName
    choices: Choices = []
    required: bool = False
    pattern: Pattern | None = None
    active: bool = True
    searchable: bool = False


class NewField(FieldInput, forbid_unknown_fields=True, kw_only=True):
    """A whole field definition with its key, for POST."""

    key: Annotated[
        str,
        documented(
            "Its name for machines; none that every customer has, as `surname`.",
            "language",
            pattern=f"^{KEY.pattern}$",
        ),
    ]


class FieldPatch(Struct, forbid_unknown_fields=True):
    """Some properties of a field definition; null for `pattern` takes it away."""

    label: Label | UnsetType = UNSET
    type: TypeName | UnsetType = UNSET
    choices: Choices | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    pattern: Pattern | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    searchable: bool | UnsetType = UNSET


def values_of(shape: Struct) -> dict[str, Any]:
    """What was given, by name; what was left out of a patch is not in it."""
    values: dict[str, Any] = to_builtins(shape)
    return values
