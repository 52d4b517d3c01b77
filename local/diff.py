"""Names the customers that two locations hold differently, read from both sets of tables.

What is on its way differs too: what differs is read again until it has settled.
"""

import sys
import time
from collections.abc import Iterator

from chalicelib.domain.audit import parse_trail_key
from chalicelib.domain.digest import hash_of, key_of
from chalicelib.domain.errors import Unreadable
from chalicelib.domain.record import Record
from chalicelib.services.digest import everything
from chalicelib.services.registry import Registry
from local.target import target

# Longer than a change usually takes from one location to another.
SECONDS = 3.0
LOOKS = 3

# A record as a location holds it: None where it has none.
Held = Record | Unreadable | None


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
    differing = sorted(set(_differing(mine, theirs)))
    for _ in range(LOOKS):
        if differing:
            time.sleep(seconds)
            differing = [key for key in differing if _differ(_read(key, mine), _read(key, theirs))]
    return differing


def _differing(mine: Registry, theirs: Registry) -> Iterator[str]:
    unreadable = list[str]()
    hashes = {key_of(record): hash_of(record) for record in everything(mine, unreadable.append)}
    for record in everything(theirs, unreadable.append):
        if hashes.pop(key_of(record), None) != hash_of(record):
            yield key_of(record)
    yield from hashes
    yield from unreadable


def _read(key: str, registry: Registry) -> Held:
    try:
        return registry.store.records.get(*parse_trail_key(key))
    except Unreadable as error:
        return error


def _differ(mine: Held, theirs: Held) -> bool:
    """What cannot be read counts as other, as nobody knows what it holds."""
    if isinstance(mine, Unreadable) or isinstance(theirs, Unreadable):
        return True
    return (mine and hash_of(mine)) != (theirs and hash_of(theirs))


def _line(key: str, one: str, other: str, mine: Registry, theirs: Registry) -> str:
    kind, record_id = parse_trail_key(key)
    return f"{kind} {record_id}: {_how(one, other, _read(key, mine), _read(key, theirs))}"


def _how(one: str, other: str, mine: Held, theirs: Held) -> str:
    """What differs, by the names of values: values themselves are nobody's business here."""
    if isinstance(mine, Unreadable) or isinstance(theirs, Unreadable):
        held = ((one, mine), (other, theirs))
        torn = [location for location, found in held if isinstance(found, Unreadable)]
        return f"cannot be read at {' and '.join(torn)}"
    if mine is None or theirs is None:
        return f"only at {one if theirs is None else other}"
    if mine.life != theirs.life:
        return f"{mine.life.value} at {one}, {theirs.life.value} at {other}"
    names = mine.values.keys() | theirs.values.keys()
    values = sorted(name for name in names if mine.values.get(name) != theirs.values.get(name))
    return f"other {', '.join(values)}" if values else "another audit trail"
