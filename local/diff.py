"""Names the customers that two locations hold differently, read from both sets of tables.

What is on its way differs too: what differs is read again until it has settled.
"""

import sys
import time
from collections.abc import Iterator

from chalicelib.domain.audit import parse_trail_key
from chalicelib.domain.digest import hash_of, key_of
from chalicelib.domain.record import Record
from chalicelib.services.digest import everything
from chalicelib.services.registry import Registry
from local.target import target

# Longer than a change usually takes from one location to another.
SECONDS = 3.0
LOOKS = 3


def diff(one: str, other: str) -> None:
    """Prints a line for each record that differs. Exits with 1 if there is one."""
    with target(one) as here:
        mine = here.registry
        with target(other) as there:
            theirs = there.registry
            differing = settled_differences(mine, theirs)
            for key in differing:
                print(_line(key, one, other, mine, theirs))
    print(f"{one} and {other}: {_count(len(differing))}.")
    if differing:
        sys.exit(1)


def _count(number: int) -> str:
    return "1 record differs" if number == 1 else f"{number or 'no'} records differ"


def settled_differences(mine: Registry, theirs: Registry, seconds: float = SECONDS) -> list[str]:
    """The keys of the records that still differ after a while, in their order."""
    differing = sorted(_differing(mine, theirs))
    for _ in range(LOOKS):
        if differing:
            time.sleep(seconds)
            differing = [key for key in differing if _seen(key, mine) != _seen(key, theirs)]
    return differing


def _differing(mine: Registry, theirs: Registry) -> Iterator[str]:
    hashes = {key_of(record): hash_of(record) for record in everything(mine)}
    for record in everything(theirs):
        if hashes.pop(key_of(record), None) != hash_of(record):
            yield key_of(record)
    yield from hashes


def _seen(key: str, registry: Registry) -> str | None:
    record = _read(key, registry)
    return hash_of(record) if record else None


def _read(key: str, registry: Registry) -> Record | None:
    return registry.stored(*parse_trail_key(key))[0]


def _line(key: str, one: str, other: str, mine: Registry, theirs: Registry) -> str:
    kind, record_id = parse_trail_key(key)
    return f"{kind} {record_id}: {_how(one, other, _read(key, mine), _read(key, theirs))}"


def _how(one: str, other: str, mine: Record | None, theirs: Record | None) -> str:
    """What differs, by the names of values: values themselves are nobody's business here."""
    if mine is None or theirs is None:
        return f"only at {one if theirs is None else other}"
    if mine.life != theirs.life:
        return f"{mine.life.value} at {one}, {theirs.life.value} at {other}"
    names = mine.values.keys() | theirs.values.keys()
    values = sorted(name for name in names if mine.values.get(name) != theirs.values.get(name))
    return f"other {', '.join(values)}" if values else "another audit trail"
