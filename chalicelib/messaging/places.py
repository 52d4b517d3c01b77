"""Places: how far a location has read each partition, as the broker keeps it for its consumer.

A broker that loses its data loses them as well. So they tell a topic that somebody made anew from
the one that was read, also where the new one has grown as long by now: no offset tells that, and
not every broker gives a topic an id. What they cannot tell is that a broker lost records, still
keeps the places, and got as many records again before anybody looked.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

# Brokers forget a place that nobody told them again for a week.
LONGEST_UNTOLD = 24 * 60 * 60


class Places:
    """Where one open consumer goes on, for as long as it is open."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        partitions = sorted(consumer.assignment())
        self._kept = {at: consumer.committed(at, metadata=True) for at in partitions}
        begins, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
        # Of the partitions that have to be read from there.
        self._starts = {
            at: begins[at]
            for at, place in self._kept.items()
            if place is None or not begins[at] <= place.offset <= ends[at]
        }
        self._told_at = 0.0

    def are_lost(self, has_read: bool) -> bool:
        """Whether changes may have been missed.

        It is so where a partition begins later than its place by now, or ends before, or where
        nobody knows the place of one that `has_read` before.
        """
        known = [at for at, place in self._kept.items() if place is not None]
        return any(at in self._starts for at in known) or (has_read and not known)

    def begin(self) -> None:
        """Has the broker keep where reading begins: the place, or else the partition's start."""
        self._tell({at: _place(begin) for at, begin in self._starts.items()})

    def keep(self, batches: Mapping[Any, Sequence[Any]]) -> None:
        """Has the broker keep that these records were taken, if any.

        Raises LookupError where it keeps another place than it was told last: it is not the
        broker that it was, and what was taken may be the records of another topic.
        """
        # They are lost together, so some stand for all: each is asked for by itself.
        asked = batches or self._kept
        if any(self._consumer.committed(at) != self._kept[at].offset for at in asked):
            raise LookupError("the broker keeps other places")
        if batches or time.monotonic() - self._told_at > LONGEST_UNTOLD:
            self._tell({at: _place_after(records[-1]) for at, records in batches.items()})

    def _tell(self, news: Mapping[Any, Any]) -> None:
        """All of them, as each grows old by itself."""
        places = {**self._kept, **news}
        self._consumer.commit(places)
        self._kept, self._told_at = places, time.monotonic()


def _place(offset: int, leader_epoch: int = -1) -> Any:
    from kafka.structs import OffsetAndMetadata

    return OffsetAndMetadata(offset, "", leader_epoch)


def _place_after(record: Any) -> Any:
    return _place(record.offset + 1, record.leader_epoch)
