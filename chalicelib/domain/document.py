"""Document numbers that several customers claim.

Two locations may give one number to two customers at once. Both are kept. The number belongs to
the customer who has held it longest, by the stamp of the value: the same one at every location.
"""

from collections.abc import Iterable, Iterator, Sequence

from chalicelib.domain.folding import fold_number
from chalicelib.domain.record import Kind, Record


def number_of(record: Record) -> str:
    """What is compared: the number without spaces, punctuation and case; '' for none."""
    value = record.value("document_number")
    return fold_number(value) if isinstance(value, str) else ""


def by_claim(claimants: Iterable[Record]) -> list[Record]:
    """The live customers who claim one number; it belongs to the first."""
    return sorted(claimants, key=lambda one: (one.values["document_number"].stamp, one.id))


class NumberWatch:
    """Sees records pass, and remembers the numbers that it saw twice."""

    def __init__(self) -> None:
        # Their hashes: a million numbers as text would not fit beside the rest.
        self._seen: set[int] = set()
        self._twice: set[str] = set()

    def passing(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            if record.kind is Kind.CUSTOMER and record.is_live and (number := number_of(record)):
                self._see(number)
            yield record

    @property
    def twice(self) -> Sequence[str]:
        return sorted(self._twice)

    def _see(self, number: str) -> None:
        known = hash(number)
        if known in self._seen:
            self._twice.add(number)
        self._seen.add(known)
