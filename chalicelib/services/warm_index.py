"""The warm index: what a process searches, brought up to date before every answer."""

from collections.abc import Mapping, Sequence
from itertools import islice
from threading import Lock

from msgspec import Struct, field

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.field import searched_keys
from chalicelib.domain.notes import Fact, Note
from chalicelib.domain.outbox import ChangeNotice
from chalicelib.domain.record import Kind
from chalicelib.services.ports import Index, Indexes
from chalicelib.services.registry import Registry
from chalicelib.services.remembered import is_recent

# All times are in milliseconds.
#
# A transaction may commit after one that began later; none lives longer than this
# (`storage/client.py` limits its tries).
OVERLAP = 20_000
# Changes are kept a day after they were sent. An older snapshot might miss one.
OLDEST_SNAPSHOT = 20 * 60 * 60 * 1000
# More often would cost more than a starting function saves.
SNAPSHOT_EVERY = 30 * 60 * 1000
# From the table and not from the one before, so that a change that was missed is found after all.
WHOLE_EVERY = 24 * 60 * 60 * 1000
# A request reads no more customers than these from the table: that takes some five seconds.
FEW = 20_000
# Nor does it take in more changed ones. After a large import a function that starts, or that slept
# meanwhile, has hundreds of thousands of them before it.
MOST_TAKEN = 20_000
# So many changes are taken in at once.
TOGETHER = 1_000
# How often a function that lacks something looks whether there is a snapshot that has it.
LOOK_EVERY = 60 * 1000


class Followed(Struct):
    """An index, and how far it has read what is committed."""

    index: Index
    watermark: int
    # What was read of late. Not by id: a part of those that share one may have been read.
    _seen: set[ChangeNotice] = set()

    def follow(self, registry: Registry, at_most: int | None = None) -> bool:
        """Takes in what was committed before this call, and leaves out what is hidden now.

        False where more customers than `at_most` have changed: the next call goes on behind these.
        """
        now, taken = registry.clock(), 0
        notices = registry.store.outbox.changes_since(self._since(now))
        while some := list(islice(notices, TOGETHER)):
            if at_most is not None and taken >= at_most:
                return False
            taken += self._take(some, registry)
            # What committed late may still come before the last one.
            self._reach(min(now, some[-1].at + OVERLAP))
        self._reach(now)
        self._leave_out_hidden(registry)
        return True

    def _take(self, notices: Sequence[ChangeNotice], registry: Registry) -> int:
        """How many customers were read for it."""
        fresh = [notice for notice in notices if notice not in self._seen]
        fields = {notice for notice in fresh if notice.kind is Kind.FIELD}
        if fields:
            registry.catalog.forget()
        ids = list(dict.fromkeys(n.record_id for n in fresh if n.kind is Kind.CUSTOMER))
        records = registry.store.records.get_many(Kind.CUSTOMER, ids)
        self.index.put(*records)
        read = {record.id: record for record in records}
        # A transaction reaches the tables item by item: its notice may be there before the row.
        self._seen |= fields | {one for one in fresh if one.is_in(read.get(one.record_id))}
        return len(ids)

    def _reach(self, watermark: int) -> None:
        self.watermark = watermark
        again = watermark - OVERLAP
        self._seen = {notice for notice in self._seen if notice.at >= again}

    def _since(self, now: int) -> int:
        if now < self.watermark - OVERLAP:
            # The clock ran ahead and was put right: nobody knows what was missed meanwhile.
            return now - OLDEST_SNAPSHOT
        return self.watermark - OVERLAP

    def _leave_out_hidden(self, registry: Registry) -> None:
        # Even unseen its words would decide who is looked at, and so move a hit.
        shown = self.index.fields & _searched(registry)
        if shown != self.index.fields:
            self.index = self.index.only_with(shown)


class WarmIndex(Struct):
    """The index of one process.

    Where snapshots are kept, a request builds an index of few customers only. An index of many is
    built by the function that takes snapshots.
    """

    indexes: Indexes
    _held: Followed | None = None
    _looked_at: int | None = None
    _too_many_at: int | None = None
    _lock: Lock = field(default_factory=Lock)

    def catch_up(self, registry: Registry) -> Index:
        """The index with everything that was committed before this call.

        It may lack a field that is searched since the last snapshot. Raises Unavailable where there
        is no snapshot to be read, and there are many customers; and where more has changed than a
        request has time for: the next one goes on there.
        """
        at_most = MOST_TAKEN if self.indexes.are_kept else None
        with self._lock:
            known = self._current(registry) or self._looked_for(registry) or self._built(registry)
            held = self._followed(known, registry, at_most)
            if not _searched(registry) <= held.index.fields:
                more = self._with_more_fields(held, registry)
                held = held if more is held else self._followed(more, registry, at_most)
            return held.index

    def up_to_date(self, registry: Registry) -> Index | None:
        """The same of what this process or the last snapshot has; None where neither has one."""
        with self._lock:
            known = self._current(registry) or self._loaded(registry)
            return self._followed(known, registry).index if known else None

    def read_all(self, registry: Registry) -> Index:
        """An index of all customers from the table. Nobody waits for it meanwhile."""
        read = _read_all(self.indexes, registry)
        with self._lock:
            self._held = read
        return read.index

    def _followed(
        self, known: Followed, registry: Registry, at_most: int | None = None
    ) -> Followed:
        self._held = known
        if not known.follow(registry, at_most):
            raise Unavailable("the search index is taking in many changes; try again in a moment")
        return known

    def _current(self, registry: Registry) -> Followed | None:
        return self._held if self._held and _is_current(self._held, registry) else None

    def _loaded(self, registry: Registry) -> Followed | None:
        loaded = self.indexes.load()
        followed = Followed(*loaded) if loaded else None
        return followed if followed and _is_current(followed, registry) else None

    def _looked_for(self, registry: Registry) -> Followed | None:
        return self._loaded(registry) if self._may_look(registry) else None

    def _may_look(self, registry: Registry) -> bool:
        now = registry.clock()
        if is_recent(self._looked_at, now, LOOK_EVERY):
            return False
        self._looked_at = now
        return True

    def _built(self, registry: Registry) -> Followed:
        may_build = self._may_build(_last_snapshot(registry).customers)
        found = self._read_few(registry) if may_build else None
        if found is None:
            raise Unavailable("the search index is being made anew; it is there in some minutes")
        return found

    def _read_few(self, registry: Registry) -> Followed | None:
        """An index of all customers; None where they turn out to be many, and for a while after.

        Before the first snapshot nobody knows how many there are.
        """
        if not self.indexes.are_kept:
            return _read_all(self.indexes, registry)
        now = registry.clock()
        if is_recent(self._too_many_at, now, LOOK_EVERY):
            return None
        found = _read_all(self.indexes, registry, at_most=FEW + 1)
        if len(found.index) <= FEW:
            return found
        self._too_many_at = now
        return None

    def _may_build(self, customers: int) -> bool:
        return customers <= FEW or not self.indexes.are_kept

    def _with_more_fields(self, held: Followed, registry: Registry) -> Followed:
        """With the fields that are searched now, or with as many of them as can be had."""
        if self._may_build(len(held.index)):
            return _read_all(self.indexes, registry)
        if not self._may_look(registry):
            return held
        saved = _last_snapshot(registry).fields & _searched(registry)
        loaded = self._loaded(registry) if saved > held.index.fields else None
        return loaded or held


class Snapshot(Struct, frozen=True):
    """What is noted of the last one: of which moment it is, and when all of it came from the table.

    Both in milliseconds.
    """

    at: int
    whole_at: int
    fields: frozenset[str]
    customers: int


def take_snapshot(warm: WarmIndex, registry: Registry) -> Mapping[str, object]:
    """Saves the index as it is now, so that a function that starts need not read all customers.

    Reads them all for it where it must, and once a day. What it has is saved before: reading takes
    minutes, and may fail.
    """
    if not warm.indexes.are_kept:
        return {"taken": False}
    taken, now = False, registry.clock()
    last, index = _last_snapshot(registry), warm.up_to_date(registry)
    # An empty one is false.
    if index is not None and _is_due(index, now, last, warm):
        _save(index, now, last.whole_at, warm, registry)
        taken = True
    if index is None or _is_incomplete(index, now, last, registry):
        now = registry.clock()
        _save(warm.read_all(registry), now, now, warm, registry)
        taken = True
    return {"taken": taken}


def _is_due(index: Index, now: int, last: Snapshot, warm: WarmIndex) -> bool:
    is_early = is_recent(last.at, now, SNAPSHOT_EVERY) and last.fields == index.fields
    return not is_early or warm.indexes.load() is None


def _is_incomplete(index: Index, now: int, last: Snapshot, registry: Registry) -> bool:
    is_whole = is_recent(last.whole_at, now, WHOLE_EVERY)
    return not (is_whole and _searched(registry) <= index.fields)


def _save(index: Index, at: int, whole_at: int, warm: WarmIndex, registry: Registry) -> None:
    warm.indexes.save(index, at)
    fact: Fact = {
        "at": at,
        "whole_at": whole_at,
        "fields": " ".join(sorted(index.fields)),
        "customers": len(index),
    }
    registry.store.system.note(Note.SNAPSHOT, {"index": fact})


def _last_snapshot(registry: Registry) -> Snapshot:
    fact = registry.store.system.noted(Note.SNAPSHOT).get("index", {})
    return Snapshot(
        at=int(fact.get("at") or 0),
        whole_at=int(fact.get("whole_at") or 0),
        fields=frozenset(str(fact.get("fields") or "").split()),
        customers=int(fact.get("customers") or 0),
    )


def _read_all(indexes: Indexes, registry: Registry, at_most: int | None = None) -> Followed:
    """An index of all customers from the table, or of so many of them."""
    now = registry.clock()
    index = indexes.empty(_searched(registry))
    live = (one for one in registry.store.records.all(Kind.CUSTOMER) if one.is_live)
    index.fill(islice(live, at_most))
    return Followed(index, now)


def _is_current(followed: Followed, registry: Registry) -> bool:
    """Whether no change that it has not read is forgotten."""
    return followed.watermark > registry.clock() - OLDEST_SNAPSHOT


def _searched(registry: Registry) -> frozenset[str]:
    return searched_keys(registry.catalog.definitions())
