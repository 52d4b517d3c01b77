"""The search index of one warm function: every live customer, folded, in memory.

The tables stay the truth: whoever asks first brings the index up to date with `put`, and reads
what was found from the tables.

Customers are held in segments, which never change. What changed since stands in a short list that
is all scored and hides the older copy. A full list becomes a segment, joined with
those that are not much larger, so that there are few segments and each customer is moved seldom
(a log-structured merge; O'Neil and others, 1996).

A segment counts as large as its current customers are many. So one that is mostly superseded is
joined in turn, which frees the rest of it, and but for a few small ones any two have more than
JOINED_AT_MOST together. One with more rows than may be looked through at once, as a snapshot's, is
freed when nobody in it is current. Until then it wastes no more rows than it was made with.
"""

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice
from operator import attrgetter
from threading import RLock

import numpy as np
from msgspec.structs import replace

from chalicelib.domain.equality import Equality
from chalicelib.domain.matching import Hit, Scorer
from chalicelib.domain.query import Query
from chalicelib.domain.record import Record, Value
from chalicelib.domain.searchable import searchable
from chalicelib.search.arrays import Flags
from chalicelib.search.candidates import candidates
from chalicelib.search.customers import Customers, Entry
from chalicelib.search.exact import Equals
from chalicelib.search.hits import best
from chalicelib.search.making import segment_of_entries, segment_of_rows, segment_of_segments
from chalicelib.search.segment import Segment

LOOSE = 64
# A new segment takes in the older ones that are at most so many times as large.
RATIO = 4
# Joining more than this would keep somebody waiting, and so would looking through more rows for
# those that are still current.
JOINED_AT_MOST = 16_000
LOOKED_THROUGH_AT_MOST = 3 * JOINED_AT_MOST
# So many are scored of those who are just what was looked for.
MOST_EQUAL = 1000
# Who is like the query in nothing scores 0.
LEAST_SCORE = sys.float_info.min
# A first fill is built in pieces, so that not all customers are held as objects at once.
PIECE = 50_000


class SearchIndex:
    """Safe to use from several threads. Holds live customers only.

    Hits come best first, equal scores in the order of id, and leave out customers whose last
    change is before `changed_since` (milliseconds). `fields` are the dynamic fields that it holds,
    `loose` the changes that are all scored before they become a segment.
    """

    def __init__(self, fields: Collection[str] = (), loose: int = LOOSE) -> None:
        self.fields = frozenset(fields)
        self._most_loose = loose
        self._held: list[Held] = []
        self._loose: dict[str, Entry] = {}
        self._lock = RLock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._loose) + sum(held.count for held in self._held)

    def fill(self, records: Iterable[Record]) -> None:
        """Takes in many records that are not there yet, each of them once."""
        entries = (self._entry(record) for record in records if record.is_live)
        pieces = list(map(segment_of_entries, _pieces(entries)))
        if pieces:
            segment = Held.joined([*map(Held, pieces)]).segment.knowing_commonest()
            with self._lock:
                self.adopt(segment)

    def put(self, *records: Record) -> None:
        """Takes in the records as they are now; one that is not live goes out."""
        with self._lock:
            for record in records:
                self._forget(record.id)
                if record.is_live:
                    self._loose[record.id] = self._entry(record)
            if len(self._loose) > self._most_loose:
                self._fold()

    def adopt(self, segment: Segment) -> None:
        """Takes in a segment whose customers are not there yet."""
        with self._lock:
            self._held.append(Held(segment))

    def as_one(self) -> Segment:
        """Every customer, in one segment, and nothing of those who are gone."""
        with self._lock:
            # Searches go on while they are joined, and so do changes.
            held = [one.copy() for one in self._held]
            loose = [*self._loose.values()]
        return Held.joined([*held, Held(segment_of_entries(loose))]).segment

    def only_with(self, fields: Collection[str]) -> "SearchIndex":
        """The same customers without the other dynamic fields."""
        other = SearchIndex(fields, self._most_loose)
        with self._lock:
            hidden = self.fields - other.fields
            other._held = [held.without(hidden) for held in self._held]
            other._loose = {one.id: _without(hidden, one) for one in self._loose.values()}
        return other

    def exact(self, query: Query, limit: int, changed_since: int) -> list[Hit]:
        """The customers that `Equality` accepts, those that score best.

        Of more than MOST_EQUAL those with the smallest ids, so that they are the same everywhere.
        """
        scorer, equality = Scorer(query), Equality(query)
        with self._lock:
            found = [one for one in self._changed(changed_since) if equality.accepts(one.customer)]
            for held in self._held:
                live = held.live(changed_since)
                found += Equals(equality, held.segment).accepted(live, MOST_EQUAL)
        first = nsmallest(MOST_EQUAL, found, key=attrgetter("id"))
        return best(scorer, Customers.of(first), equality.accepts, limit)

    def fuzzy(self, query: Query, limit: int, changed_since: int, minimum: float) -> list[Hit]:
        """The customers that score best, none below `minimum` and none who is not alike at all."""
        scorer = Scorer(query)
        with self._lock:
            loose = [*self._changed(changed_since)]
            parts = [(held.segment, held.live(changed_since)) for held in self._held]
            found = candidates(scorer, loose, parts, limit)
        is_wanted, least = scorer.has_what_was_asked_for, max(minimum, LEAST_SCORE)
        return best(scorer, found, is_wanted, limit, least)

    def _changed(self, since: int) -> Iterator[Entry]:
        return (entry for entry in self._loose.values() if entry.updated >= since)

    def _entry(self, record: Record) -> Entry:
        extra = ((key, _written(record.value(f"extra.{key}"))) for key in sorted(self.fields))
        customer = searchable(
            surname=_text(record.value("surname")),
            name=_text(record.value("name")),
            dob=_text(record.value("dob")),
            document_number=_text(record.value("document_number")),
            extra=extra,
        )
        return Entry(record.id, customer, record.updated_at)

    def _forget(self, record_id: str) -> None:
        if self._loose.pop(record_id, None):
            return
        for held in self._held:
            held.forget(record_id)

    def _fold(self) -> None:
        """Makes a segment of the changes and of the small segments, as small as they are by now."""
        parts = [Held(segment_of_entries(self._loose.values()))]
        left: list[Held] = []
        current = (held for held in self._held if held.count)
        for held in sorted(current, key=lambda one: one.count):
            (parts if _may_join(parts, held) else left).append(held)
        self._loose.clear()
        self._held = [*left, Held.joined(parts)]


class Held:
    """A segment, and which of its customers are still as it has them."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.current = np.ones(len(segment), np.bool_)
        self.count = len(segment)
        self._live, self._since, self._until = self.current, 0, -1

    @classmethod
    def joined(cls, parts: Sequence["Held"]) -> "Held":
        """One of several, without the customers who are no longer as these have them."""
        segments = [part.cleared() for part in parts if part.count]
        if len(segments) == 1:
            return cls(segments[0])
        return cls(segment_of_segments(segments) if segments else segment_of_entries([]))

    def cleared(self) -> Segment:
        if self.count == len(self.segment):
            return self.segment
        return segment_of_rows(self.segment, self.current)

    def without(self, fields: Collection[str]) -> "Held":
        """Without these dynamic fields. Only who has a value of theirs is taken in anew."""
        has = self.segment.rows_with(fields)
        if not has.any():
            return self.copy()
        rest = Held(self.segment)
        rest._keep(self.current & ~has)
        rows = np.flatnonzero(self.current & has).astype(np.uint32)
        entries = (_without(fields, entry) for entry in self.segment.entries(rows))
        return Held.joined([rest, *map(Held, map(segment_of_entries, _pieces(entries)))])

    def copy(self) -> "Held":
        copy = Held(self.segment)
        copy._keep(self.current.copy())
        return copy

    def _keep(self, current: Flags) -> None:
        self.current, self.count = current, int(current.sum())
        self._until = -1

    def forget(self, record_id: str) -> None:
        row = self.segment.row_of(record_id)
        if row is not None and self.current[row]:
            # Both, because to work out all rows again would keep the next search waiting.
            self.current[row] = self._live[row] = False
            self.count -= 1

    def live(self, changed_since: int) -> Flags:
        """The rows that are current and not expired; worked out anew when one more has expired."""
        if not self._since <= changed_since <= self._until:
            updated = self.segment.updated
            self._live = self.current & (updated >= changed_since)
            self._since = changed_since
            self._until = int(updated[self._live].min(initial=np.iinfo(np.int64).max))
        return self._live


def _without(fields: Collection[str], entry: Entry) -> Entry:
    extra = tuple(one for one in entry.customer.extra if one[0] not in fields)
    return replace(entry, customer=replace(entry.customer, extra=extra))


def _may_join(parts: Sequence[Held], other: Held) -> bool:
    count = sum(part.count for part in parts)
    rows = sum(len(part.segment) for part in (*parts, other))
    return (
        other.count <= RATIO * count
        and other.count + count <= JOINED_AT_MOST
        and rows <= LOOKED_THROUGH_AT_MOST
    )


def _pieces(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while piece := list(islice(rest, PIECE)):
        yield piece


def _written(value: Value) -> str:
    """A number too: the field may have been one of numbers when the value was written."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else _text(value)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
