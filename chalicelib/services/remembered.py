"""What a process remembers of its location's tables for a few seconds.

Reading it for every request would double what a request costs.
"""

import json
from collections.abc import Callable, Mapping

from msgspec import Struct

from chalicelib.domain.errors import Joining
from chalicelib.domain.field import Definitions, definition_of
from chalicelib.domain.notes import Fact, Note
from chalicelib.domain.record import Kind
from chalicelib.services.ports import Store

# In milliseconds.
CATALOG_MAX_AGE = 1000
MEMBERSHIP_MAX_AGE = 10_000
DUPLICATES_MAX_AGE = 10_000


class Catalog(Struct):
    """The field definitions, read again when they are a second old.

    An older copy is never used to refuse a value.
    """

    store: Store
    clock: Callable[[], int]
    _definitions: Definitions = {}
    _read_at: int | None = None
    _forgotten: int = 0

    def definitions(self) -> Definitions:
        if is_recent(self._read_at, self.clock(), CATALOG_MAX_AGE):
            return self._definitions
        return self.refresh()

    def forget(self) -> None:
        """The next reader reads them again: they were changed here."""
        self._forgotten += 1
        self._read_at = None

    def refresh(self) -> Definitions:
        forgotten, now = self._forgotten, self.clock()
        live = (record for record in self.store.records.all(Kind.FIELD) if record.is_live)
        definitions = {record.id: definition_of(record) for record in live}
        # Another thread may have changed them meanwhile: then these are not kept.
        if forgotten == self._forgotten:
            self._definitions, self._read_at = definitions, now
        return definitions


class Membership(Struct):
    """Whether this location holds what the others do, and so may take writes.

    A location with new tables does not, until `services/joining.py` has seen that it does. Whoever
    has joined is asked again after ten seconds; whoever has not, each time.
    """

    store: Store
    clock: Callable[[], int]
    _joined_at: int | None = None

    def has_joined(self) -> bool:
        now = self.clock()
        if not is_recent(self._joined_at, now, MEMBERSHIP_MAX_AGE):
            self._joined_at = now if self.noted().get("joined") else None
        return self._joined_at is not None

    def require_joined(self) -> None:
        """Raises Joining."""
        if not self.has_joined():
            raise Joining(
                "this location is still reading what the others hold; it takes changes after that"
            )

    def left_at(self) -> int:
        """The moment since which it takes no writes; 0 where it never did."""
        return int(self.noted().get("at") or 0)

    def noted(self) -> Fact:
        """What was found out last; empty where nothing was yet."""
        return self.store.system.noted(Note.MEMBERSHIP).get("this", {})

    def note(self, joined: bool, reason: str) -> None:
        """Keeps what was found out, for every process of this location."""
        self.store.system.note(Note.MEMBERSHIP, {"this": self._fact(joined, reason)})
        self._joined_at = None

    def note_joined(self, before: Fact, reason: str) -> None:
        """Keeps that it has joined, unless something else than `before` is noted by now."""
        fact = self._fact(True, reason)
        self.store.system.note_instead(Note.MEMBERSHIP, "this", before, fact)
        self._joined_at = None

    def _fact(self, joined: bool, reason: str) -> Fact:
        return {"joined": int(joined), "reason": reason, "at": self.clock()}


class Duplicates(Struct):
    """The document numbers that several customers claimed when the last digest was taken."""

    store: Store
    clock: Callable[[], int]
    _holders: Mapping[tuple[str, str], str] = {}
    _read_at: int | None = None

    def holder(self, customer_id: str, number: str) -> str | None:
        """The customer to whom this one's number belongs, where that is another one."""
        now = self.clock()
        if not is_recent(self._read_at, now, DUPLICATES_MAX_AGE):
            self._holders = {
                (other, claimed): holder
                for claimed, (holder, *others) in self.claims().items()
                for other in others
            }
            self._read_at = now
        return self._holders.get((customer_id, number))

    def claims(self) -> Mapping[str, list[str]]:
        """By number the customers who claim it; the first is the one to whom it belongs."""
        fact = self.store.system.noted(Note.DUPLICATES).get("all", {})
        found: Mapping[str, list[str]] = json.loads(str(fact.get("claims", "{}")))
        return found

    def note(self, claims: Mapping[str, list[str]]) -> None:
        """Keeps what was found, for every process of this location."""
        fact: Fact = {"claims": _written(claims), "at": self.clock()}
        self.store.system.note(Note.DUPLICATES, {"all": fact})
        self._read_at = None


def bytes_noted(claims: Mapping[str, list[str]]) -> int:
    """How much of an item some claims take: a fact is JSON, and so is this in it."""
    return len(json.dumps(_written(claims)))


def is_recent(moment: int | None, now: int, within: int) -> bool:
    """Whether it was less than so many milliseconds ago; not where it is as far ahead or farther.

    Then the clock was set back meanwhile, and nobody knows how long ago it was.
    """
    return moment is not None and abs(now - moment) < within


def _written(claims: Mapping[str, list[str]]) -> str:
    # Other letters are escaped once, where the fact is written, and not twice.
    return json.dumps(claims, ensure_ascii=False)
