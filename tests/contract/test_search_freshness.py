"""Freshness: a search sees whatever was committed before it began, by whomever.

Every function has an index and a catalog of its own. Their indexes make a segment of every
few changes, so that what is found was moved from place to place meanwhile.
"""

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.search.index import SearchIndex
from chalicelib.search.indexes import SavedIndexes, Snapshots
from chalicelib.services import warm_index
from chalicelib.services.customers import (
    create_customer,
    delete_customer,
    patch_customer,
    read_customer,
)
from chalicelib.services.fields import create_field, patch_field
from chalicelib.services.registry import Registry
from chalicelib.services.replication import apply_events
from chalicelib.services.search import Search, search_customers
from chalicelib.services.warm_index import WarmIndex, take_snapshot
from chalicelib.storage.snapshots import FolderSnapshots
from tests.conftest import PartsOn
from tests.fakes import AGENT, DEFINITION, customer, customer_id, event_of

FUNCTIONS = 3
ROUNDS = 3


class SmallIndexes(SavedIndexes):
    """Counts the empty indexes that it makes."""

    made = 0

    def empty(self, fields: Collection[str] = ()) -> SearchIndex:
        self.made += 1
        return SearchIndex(fields, loose=2)


class Function:
    """One warm function of a location."""

    def __init__(self, registry: Registry, snapshots: Snapshots | None = None) -> None:
        self.registry = registry
        self.indexes = SmallIndexes(snapshots)
        self._warm = WarmIndex(self.indexes)

    def create(self, surname: str, **values: Any) -> str:
        return create_customer({"surname": surname, **values}, AGENT, self.registry).id

    def rename(self, customer_id: str, surname: str) -> None:
        patch_customer(customer_id, {"surname": surname}, AGENT, self.registry)

    def delete(self, customer_id: str) -> None:
        delete_customer(customer_id, AGENT, self.registry)

    def finds(self, text: str, mode: str = "exact", limit: int = 20) -> list[str]:
        search = Search(mode, limit, 0.79, 0.79, text)
        hits = search_customers(search, AGENT, self._warm, self.registry)
        return [hit.customer.id for hit in hits]


Start = Callable[..., Function]


@pytest.fixture
def started(parts_on: PartsOn) -> Start:
    """Starts a function of the test's location."""
    registry = parts_on().registry

    def start(snapshots: Snapshots | None = None) -> Function:
        return Function(registry.moved(), snapshots)

    return start


@pytest.fixture
def functions(started: Start) -> list[Function]:
    """Some that have all answered before."""
    made = [started() for _ in range(FUNCTIONS)]
    assert [function.finds("Meyer") for function in made] == [[]] * FUNCTIONS
    return made


def word(*numbers: int) -> str:
    """A surname of its own for each writer and round."""
    return "".join(f"{chr(ord('a') + number) * 4}" for number in numbers)


def test_every_function_sees_every_write_of_every_other(functions: list[Function]) -> None:
    for number, writer in enumerate(functions):
        first, second = word(number, 0), word(number, 1)
        created = writer.create(first)
        assert all(function.finds(first) == [created] for function in functions)
        assert all(function.finds(first, "fuzzy") == [created] for function in functions)
        writer.rename(created, second)
        assert all(function.finds(first) == [] for function in functions)
        assert all(function.finds(second) == [created] for function in functions)
        writer.delete(created)
        assert all(function.finds(second) == [] for function in functions)
        assert all(function.finds(second, "fuzzy") == [] for function in functions)


def test_those_of_one_transaction_are_found_also_where_some_are_taken_in_before_the_others(
    functions: list[Function], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_index, "TOGETHER", 2)
    registry = functions[0].registry
    arrived = [customer(number, registry.clock(), location="loc2") for number in range(5)]
    apply_events([event_of(one) for one in arrived], registry)
    assert [function.finds("Meyer") for function in functions] == [
        [customer_id(number) for number in range(5)]
    ] * FUNCTIONS


def test_who_was_deleted_does_not_use_up_the_limit(functions: list[Function]) -> None:
    created = [functions[0].create("Meyer") for _ in range(3)]
    assert all(function.finds("Meyer", limit=2) == created[:2] for function in functions)
    for number in (1, 2):
        functions[number].delete(created[number - 1])
        left = created[number : number + 2]
        for mode in ("exact", "fuzzy"):
            assert all(function.finds("Meyer", mode, limit=2) == left for function in functions)


def test_a_function_that_starts_sees_what_was_written_before(
    functions: list[Function], started: Start
) -> None:
    kept, gone = functions[0].create("Meyer"), functions[1].create("Meyer")
    functions[2].delete(gone)
    assert started().finds("Meyer") == [kept]


def test_a_function_that_starts_from_a_snapshot_sees_what_was_written_since(
    functions: list[Function], started: Start, tmp_path: Path
) -> None:
    snapshots = FolderSnapshots(tmp_path)
    created = [functions[0].create("Meyer") for _ in range(3)]
    assert take_snapshot(WarmIndex(SmallIndexes(snapshots)), functions[1].registry) == {
        "taken": True
    }
    assert take_snapshot(WarmIndex(SmallIndexes(snapshots)), functions[0].registry) == {
        "taken": False
    }
    functions[1].delete(created[0])
    functions[2].rename(created[1], "Nowak")
    new = functions[0].create("Meyer")
    function = started(snapshots)
    assert function.finds("Meyer") == [created[2], new]
    assert function.finds("Nowak") == [created[1]]
    assert function.indexes.made == 0


def test_every_function_sees_a_field_as_it_is_now(functions: list[Function]) -> None:
    first, second, *_ = (function.registry for function in functions)
    create_field("city", {**DEFINITION, "searchable": True}, AGENT, first)
    created = functions[0].create("Meyer", extra_fields={"city": "Kiel"})
    assert all(function.finds("Kiel") == [created] for function in functions)
    patch_field("city", {"active": False}, AGENT, second)
    assert all(function.finds("Kiel") == [] for function in functions)


def test_no_function_misses_a_write_while_all_write_and_search(functions: list[Function]) -> None:
    """Each writer asks the others right after its own commits, while they do the same."""

    def write_and_ask(number: int) -> list[str]:
        writer, others = functions[number], without(functions, number)
        missed = []
        for turn in range(ROUNDS):
            first, second = word(number, 2 * turn), word(number, 2 * turn + 1)
            created = writer.create(first)
            missed += wrong(others, first, [created])
            writer.rename(created, second)
            missed += wrong(others, second, [created])
            missed += wrong(others, first, [])
            if turn % 2:
                writer.delete(created)
                missed += wrong(others, second, [])
        return missed

    assert list(chain.from_iterable(at_once(write_and_ask))) == []
    for number in range(FUNCTIONS):
        kept, gone = word(number, 1), word(number, 3)
        assert len({function.finds(kept)[0] for function in functions}) == 1
        assert all(function.finds(gone) == [] for function in functions)


def test_a_customer_that_many_change_is_found_as_it_was_left(functions: list[Function]) -> None:
    created = functions[0].create("Meyer")

    def rename_and_ask(number: int) -> None:
        for turn in range(ROUNDS):
            functions[number].rename(created, word(number, turn))
            functions[(number + 1) % FUNCTIONS].finds(word(number, turn))

    at_once(rename_and_ask)
    surname = read_customer(created, AGENT, functions[0].registry).surname
    assert all(function.finds(surname) == [created] for function in functions)
    others = {word(n, t) for n in range(FUNCTIONS) for t in range(ROUNDS)} - {surname}
    assert all(functions[0].finds(other) == [] for other in others)
    functions[1].delete(created)
    assert all(function.finds(surname) == [] for function in functions)
    with pytest.raises(NotFound):
        read_customer(created, AGENT, functions[2].registry)


def without(functions: list[Function], number: int) -> list[Function]:
    return functions[:number] + functions[number + 1 :]


def wrong(functions: Iterable[Function], text: str, ids: list[str]) -> list[str]:
    """What each function that finds others says instead."""
    found = [function.finds(text) for function in functions]
    return [f"{text}: {some} instead of {ids}" for some in found if some != ids]


def at_once(act: Callable[[int], Any]) -> list[Any]:
    barrier = Barrier(FUNCTIONS)

    def one(number: int) -> Any:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(FUNCTIONS) as pool:
        return list(pool.map(one, range(FUNCTIONS)))
