"""What the services need from outside, as shapes.

`storage` and `messaging` provide them; tests provide their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from chalicelib.domain.access import AccessEntry, AccessFilter
    from chalicelib.domain.audit import AuditEntry, AuditFilter
    from chalicelib.domain.change import Change, Claim, Event
    from chalicelib.domain.conflict import Conflict
    from chalicelib.domain.digest import Digest, Listing
    from chalicelib.domain.field import Usage
    from chalicelib.domain.matching import Hit
    from chalicelib.domain.notes import DeadLetter, Fact, Note
    from chalicelib.domain.outbox import ChangeNotice, OutboxMessage
    from chalicelib.domain.page import Page, PageOfReadable
    from chalicelib.domain.query import Query
    from chalicelib.domain.record import Kind, Record


class Records(Protocol):
    """Customers and field definitions. Strongly consistent where nothing else is said."""

    def get(self, kind: Kind, record_id: str) -> Record | None:
        """Raises Unreadable where the row is there and is not what was written."""

    def get_many(
        self, kind: Kind, record_ids: Sequence[str], on_unreadable: Callable[[str], None] = ...
    ) -> list[Record]:
        """Those that are there, in the order asked for.

        Leaves out rows that cannot be read, and tells of each by its id.
        """

    def all(self, kind: Kind, on_unreadable: Callable[[str], None] = ...) -> Iterator[Record]:
        """Every record, deleted and erased ones too, in no order, read page by page.

        Leaves out rows that cannot be read, and tells of each by its id: one must not keep anybody
        from all others.
        """

    def live_ids(self, after: str, limit: int) -> list[str]:
        """Ids of live customers above `after`, in order. May lag behind by a moment."""

    def due_ids(self, before: int, after: str, limit: int) -> Page[str]:
        """Ids of customers last changed before `before`, oldest first, from the position `after`.

        Leaves out erased ones. May lag behind by a moment.
        """

    def claiming(self, number: str, at_most: int) -> list[str]:
        """Ids of live customers with this document number, folded, the smallest ones.

        May lag behind by a moment.
        """

    def usage_of(self, key: str) -> Usage:
        """How many live customers hold a value of this field.

        Ends where some were found, or where more would take too long for a request.
        """


class AuditTrail(Protocol):
    """Who changed what. Only `commit` adds to it, and nothing takes away from it.

    Entries that cannot be read are left out: one must not keep anybody from all others.
    """

    def of(self, kind: Kind, record_id: str) -> list[AuditEntry]:
        """The whole trail of one record, in the order of stamps."""

    def newest(self, wanted: AuditFilter, before: str, limit: int) -> PageOfReadable[AuditEntry]:
        """Newest first, from the position `before` ('' for the newest). May lag behind."""

    def all(self) -> Iterator[AuditEntry]:
        """Every entry, chain by chain, in the order of `seq`."""

    def are_there(self, entries: Sequence[AuditEntry]) -> list[bool]:
        """Whether each was committed here, also where it cannot be read."""


class AccessLog(Protocol):
    """Who looked at what, and who was refused."""

    def add(self, entry: AccessEntry) -> None: ...

    def newest(self, wanted: AccessFilter, before: str, limit: int) -> Page[AccessEntry]:
        """Newest first, from the position `before` ('' for the newest).

        One may have nothing and yet not be the last: a page looks through some days and no further.
        """


class Outbox(Protocol):
    """What the other locations, and this one's search indexes, have yet to hear of."""

    def pending(self, limit: int) -> list[OutboxMessage]:
        """The oldest messages not yet sent. May lag behind by a moment."""

    def depth(self) -> int:
        """How many messages are not yet sent."""

    def events(self, messages: Sequence[OutboxMessage]) -> Mapping[OutboxMessage, Event]:
        """What the messages point to, in their order; a lost record as its trail tells it.

        Leaves out those whose entry is missing or cannot be read, and of a lost record its trail.
        """

    def mark_sent(self, messages: Sequence[OutboxMessage], now: int) -> None: ...

    def add_again(self, messages: Sequence[OutboxMessage], now: int) -> None:
        """Each once more, under an id of now, whatever becomes of the one that was there."""

    def changes_since(self, moment: int) -> Iterator[ChangeNotice]:
        """What was committed since (milliseconds), in the order of commit attempts.

        It is read page by page.
        """


class Claims(Protocol):
    """Idempotency keys that were used."""

    def get(self, key: str, now: int) -> Claim | None:
        """The claim of that key, unless it has expired."""


class System(Protocol):
    """What a location notes about itself: leases, progress, dead letters."""

    def note(self, name: Note, facts: Mapping[str, Fact]) -> None:
        """Keeps facts by part, each replacing the one of that name and part."""

    def noted(self, name: Note) -> dict[str, Fact]:
        """The facts of that name, by part."""

    def note_instead(self, name: Note, part: str, before: Fact, fact: Fact) -> bool:
        """Keeps the fact in place of `before` (empty: there was none), unless that was replaced."""

    def add_dead_letter(self, letter: DeadLetter) -> None:
        """Keeps the letter; the same topic, partition and offset only once."""

    def dead_letters(self, after: str, limit: int) -> Page[DeadLetter]:
        """In the order of their ids, those behind the id `after` ('' for the first)."""

    def dead_letter(self, letter_id: str) -> DeadLetter | None: ...

    def remove_dead_letter(self, letter_id: str) -> None: ...

    def dead_letter_count(self) -> int: ...

    def conflicts(self, before: str, limit: int) -> Page[Conflict]:
        """What came to light, newest first, from the position `before` ('' for the newest)."""

    def acquire_lease(self, name: str, holder: str, now: int, until: int) -> bool:
        """True where nobody else holds the lease at `now`.

        Nobody holds one for more than an hour: the clock by which it was taken has been set back.
        """

    def holds_lease(self, name: str, holder: str) -> bool:
        """True where nobody else took the lease since, even if it has run out."""

    def release_lease(self, name: str, holder: str) -> None: ...

    def end_lease(self, name: str) -> None:
        """Frees the lease of a holder that is known to be dead."""


class Store(Protocol):
    """One location's tables. Every method raises Unavailable when they do not answer."""

    @property
    def records(self) -> Records: ...
    @property
    def trail(self) -> AuditTrail: ...
    @property
    def access(self) -> AccessLog: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def system(self) -> System: ...

    @property
    def origin(self) -> str:
        """`<location>-<incarnation>`: made with the tables, so that wiped ones get another."""

    def commit(self, *changes: Change) -> None:
        """Record, audit entry, outbox message, claim and conflicts of each change, or nothing.

        The changes are of different records. Raises VersionConflict, AlreadyRecorded,
        AlreadyClaimed, Damaged, or TooLarge: all that is listed above may be 100 items, and one is
        for all that came from other locations.
        """


class Producer(Protocol):
    """The way to the other locations."""

    def send(self, events: Sequence[Event]) -> list[Exception | None]:
        """Sends and waits; for each event None, or why it was not acknowledged."""


class Board(Protocol):
    """Where each location tells the others what it holds, so that they can compare."""

    def tell(self, *notices: Digest | Listing) -> None:
        """Takes the place of what this location told before. Raises Unavailable."""

    def told(self) -> list[Digest | Listing]:
        """What every location told last, this one too. Raises Unavailable."""


class Index(Protocol):
    """What `SearchIndex` offers."""

    @property
    def fields(self) -> frozenset[str]:
        """The dynamic fields that it holds."""

    def __len__(self) -> int:
        """How many customers."""

    def fill(self, records: Iterable[Record]) -> None: ...

    def only_with(self, fields: frozenset[str]) -> Index:
        """The same customers without the other dynamic fields."""

    def put(self, *records: Record) -> None: ...

    def exact(self, query: Query, limit: int, changed_since: int) -> list[Hit]: ...

    def fuzzy(self, query: Query, limit: int, changed_since: int, minimum: float) -> list[Hit]: ...


class Indexes(Protocol):
    """Where a function that starts gets its index from."""

    @property
    def are_kept(self) -> bool:
        """Whether there is a place for saved ones."""

    def empty(self, fields: frozenset[str]) -> Index:
        """One without customers."""

    def load(self) -> tuple[Index, int] | None:
        """The one that was saved last and the moment that it is of, in milliseconds.

        None where there is none, where it is torn, and where another release wrote it.
        """

    def save(self, index: Any, moment: int) -> None:
        """Keeps an index that came from here, in place of the one before, all or nothing."""
