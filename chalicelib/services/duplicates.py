"""Document numbers that more than one customer claims."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from chalicelib.domain.audit import Caller
from chalicelib.domain.document import by_claim, number_of
from chalicelib.domain.page import Page
from chalicelib.domain.record import Kind, Record
from chalicelib.services.customers import is_visible, log_shown
from chalicelib.services.registry import Registry
from chalicelib.services.remembered import bytes_noted

# More than anybody goes through before the next digest lists them anew.
MOST_NUMBERS = 1000
# A number like 0000 may be everybody's. So many are read of those who claim it, in the order of id,
# which is the same everywhere; and so many are listed.
MOST_READ = 500
MOST_CLAIMANTS = 50
# All of it is one item of at most 400 KB, and whoever imports chooses how long numbers are.
MOST_BYTES = 350_000


class Claimed(Struct, frozen=True):
    """A number as its holder writes it, the customer to whom it belongs, and who claims it too."""

    document_number: str
    holder: str
    others: tuple[str, ...]


def note_duplicates(numbers: Sequence[str], registry: Registry) -> None:
    """Finds out who claims the numbers that a pass over all customers saw more than once.

    Of each number's claimants the first `MOST_CLAIMANTS`; as many numbers as have room.
    """
    claims: dict[str, list[str]] = {}
    room = MOST_BYTES
    for number in numbers[:MOST_NUMBERS]:
        ids = _claimants(number, registry)[:MOST_CLAIMANTS]
        room -= bytes_noted({number: ids})
        if room < 0:
            break
        if len(ids) > 1:
            claims[number] = ids
    registry.duplicates.note(claims)


def list_duplicates(after: str, limit: int, caller: Caller, registry: Registry) -> Page[Claimed]:
    """The numbers that several customers claimed at the last digest and still do, in their order.

    A page may have fewer than there is room for.
    """
    claims = registry.duplicates.claims()
    numbers = sorted(number for number in claims if number > after)[:limit]
    ids = {one: None for number in numbers for one in claims[number]}
    records = {one.id: one for one in registry.store.records.get_many(Kind.CUSTOMER, [*ids])}
    found = []
    for number in numbers:
        there = [records[one] for one in claims[number] if one in records]
        claimants = _claiming(number, there, registry)
        if len(claimants) > 1:
            found.append(_claimed(claimants))
    named = [one for claimed in found for one in (claimed.holder, *claimed.others)]
    log_shown("duplicates", named, caller, registry)
    return Page(found, numbers[-1] if len(numbers) == limit else "")


def _claimed(claimants: Sequence[Record]) -> Claimed:
    holder, *others = claimants
    return Claimed(str(holder.value("document_number")), holder.id, tuple(one.id for one in others))


def _claimants(number: str, registry: Registry) -> list[str]:
    """Their ids, first the one to whom the number belongs."""
    records = registry.store.records
    found = records.get_many(Kind.CUSTOMER, records.claiming(number, MOST_READ))
    return [one.id for one in _claiming(number, found, registry)]


def _claiming(number: str, records: Iterable[Record], registry: Registry) -> list[Record]:
    live = [one for one in records if is_visible(one, registry) and number_of(one) == number]
    return by_claim(live)
