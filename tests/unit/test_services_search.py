"""Searching: a warm index, brought up to date before every answer."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain import change as changes
from chalicelib.domain.change import Change
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.record import Kind, Record
from chalicelib.search import files
from chalicelib.search.indexes import SavedIndexes
from chalicelib.services import warm_index
from chalicelib.services.registry import Registry
from chalicelib.services.search import Found, Search, search_customers
from chalicelib.services.warm_index import (
    LOOK_EVERY,
    OLDEST_SNAPSHOT,
    OVERLAP,
    SNAPSHOT_EVERY,
    WHOLE_EVERY,
    WarmIndex,
    take_snapshot,
)
from chalicelib.storage.snapshots import FolderSnapshots
from tests.fakes import (
    AGENT,
    Site,
    customer,
    customer_id,
    definition,
    deleted,
    erased,
    restored,
    site,
    updated,
)
from tests.indexes import LIKELY, MINIMUM, CountingIndexes


@pytest.fixture
def here() -> Site:
    return site()


@pytest.fixture
def warm(here: Site) -> WarmIndex:
    """An index that has answered already."""
    index = WarmIndex(CountingIndexes())
    index.catch_up(here.registry)
    here.clock.advance(seconds=1)
    return index


def find(
    here: Site, warm: WarmIndex, text: str, mode: str = "fuzzy", limit: int = 10
) -> list[Found]:
    return search_customers(Search(mode, limit, MINIMUM, LIKELY, text), AGENT, warm, here.registry)


def found(here: Site, warm: WarmIndex, text: str = "Meyer", mode: str = "fuzzy") -> list[str]:
    return [one.customer.id for one in find(here, warm, text, mode)]


def commit(here: Site, *committed: Change) -> None:
    for change in committed:
        here.store.commit(change)


def taken(warm: WarmIndex) -> int:
    assert isinstance(warm.indexes, CountingIndexes)
    return warm.indexes.taken


@pytest.mark.parametrize("mode", ["exact", "fuzzy"])
def test_a_year_of_two_digits_is_none_after_this_one(
    here: Site, warm: WarmIndex, mode: str
) -> None:
    commit(here, customer(1, dob="2019-04-03"), customer(2, dob="1920-04-03"))
    assert found(here, warm, "3.4.19", mode) == [customer_id(1)]
    assert found(here, warm, "3.4.20", mode) == [customer_id(2)]


def test_the_first_search_finds_what_is_there(here: Site) -> None:
    commit(here, customer(1), customer(2, surname="Schmidt"))
    assert found(here, WarmIndex(SavedIndexes())) == [customer_id(1)]


def test_one_who_cannot_be_read_keeps_nobody_from_the_others(here: Site, warm: WarmIndex) -> None:
    first, second = customer(1), customer(2)
    commit(here, first, second)
    assert len(found(here, warm)) == 2
    here.store.tables.unreadable.add((Kind.CUSTOMER, customer_id(1)))
    assert found(here, warm) == found(here, WarmIndex(SavedIndexes())) == [customer_id(2)]
    # What mends it tells the index too.
    author = here.registry.author(AGENT)
    here.store.commit(changes.repair(first.record.version, first.record, author))
    assert found(here, warm) == [customer_id(1), customer_id(2)]


def test_a_search_sees_what_was_committed_before_it(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(1, here.clock()))
    assert found(here, warm) == [customer_id(1)]


def test_a_search_sees_a_change_and_forgets_what_was_before(here: Site, warm: WarmIndex) -> None:
    first = customer(1)
    commit(here, first)
    assert found(here, warm) == [customer_id(1)]
    commit(here, updated(first.record, surname="Kowalczyk"))
    assert found(here, warm, "Kowalczyk") == [customer_id(1)]
    assert found(here, warm, "Meyer") == []


def test_a_search_no_longer_finds_the_deleted_and_the_erased(here: Site, warm: WarmIndex) -> None:
    first, second = customer(1), customer(2)
    commit(here, first, second)
    assert len(found(here, warm)) == 2
    gone = deleted(first.record)
    commit(here, gone, erased(second.record))
    assert found(here, warm) == []
    commit(here, restored(gone.record, surname="Meyer"))
    assert found(here, warm) == [customer_id(1)]


def test_a_clock_that_ran_ahead_and_was_put_right_leaves_nothing_unseen(
    here: Site, warm: WarmIndex
) -> None:
    here.clock.advance(seconds=300)
    assert found(here, warm) == []
    here.clock.advance(seconds=-299)
    # One whose clock was right, and which is no news any more when this one's is too.
    commit(here, customer(1, here.clock()))
    here.clock.advance(seconds=60)
    assert found(here, warm) == [customer_id(1)]
    commit(here, customer(2, here.clock()))
    assert found(here, warm) == [customer_id(1), customer_id(2)]


def test_a_search_does_not_find_the_expired() -> None:
    here = site(days=30)
    warm = WarmIndex(SavedIndexes())
    commit(here, customer(1))
    assert found(here, warm) == [customer_id(1)]
    here.clock.advance(days=30)
    assert found(here, warm) == []


def test_expired_customers_do_not_use_up_the_limit() -> None:
    here = site(days=30)
    warm = WarmIndex(SavedIndexes())
    commit(here, *(customer(number) for number in range(1, 6)))
    here.clock.advance(days=30)
    commit(here, customer(9, here.clock(), surname="Meier"))
    hits = find(here, warm, "Meyer Anna", limit=2)
    assert [hit.customer.id for hit in hits] == [customer_id(9)]


def test_what_was_taken_in_is_not_taken_in_again(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(1), customer(2), definition("city"))
    found(here, warm)
    assert taken(warm) == 2
    here.clock.advance(seconds=1)
    found(here, warm)
    assert taken(warm) == 2


def test_a_customer_that_changed_often_is_taken_in_once(here: Site, warm: WarmIndex) -> None:
    first = customer(1)
    second = updated(first.record, name="Anne")
    commit(here, first, second, updated(second.record, name="Anja"))
    found(here, warm)
    assert taken(warm) == 1


def test_a_commit_that_began_before_and_ended_after_a_search_is_found(
    here: Site, warm: WarmIndex
) -> None:
    commit(here, customer(1))
    found(here, warm)
    began = here.clock()
    here.clock.advance(milliseconds=OVERLAP - 1)
    found(here, warm)
    here.clock.advance(milliseconds=-(OVERLAP - 1))
    assert here.clock() == began
    commit(here, customer(2))
    here.clock.advance(milliseconds=OVERLAP)
    assert found(here, warm) == [customer_id(1), customer_id(2)]


def test_who_is_told_of_before_the_row_is_there_is_taken_in_by_the_next_search(
    here: Site, warm: WarmIndex
) -> None:
    first = customer(1)
    renamed = updated(first.record, surname="Nowak")
    commit(here, first, renamed, customer(2))
    rows = dict(here.store.tables.records)
    del here.store.tables.records[Kind.CUSTOMER, customer_id(2)]
    here.store.tables.records[Kind.CUSTOMER, customer_id(1)] = first.record
    assert found(here, warm) == [customer_id(1)]
    here.store.tables.records.update(rows)
    assert found(here, warm) == [customer_id(2)]
    assert found(here, warm, "Nowak") == [customer_id(1)]


def test_a_search_that_failed_to_catch_up_catches_up_later(here: Site, warm: WarmIndex) -> None:
    class Away:
        def changes_since(self, moment: int) -> Iterator[object]:
            raise TimeoutError(str(moment))

    commit(here, customer(1, here.clock()))
    outbox = here.store.outbox
    here.store.outbox = Away()  # type: ignore[assignment]
    with pytest.raises(TimeoutError):
        found(here, warm)
    here.store.outbox = outbox
    here.clock.advance(seconds=60)
    assert found(here, warm) == [customer_id(1)]


def test_an_exact_search_finds_equals_only(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(1, surname="Müller"), customer(2, surname="Muller-Meyer"))
    assert found(here, warm, "MULLER", "exact") == [customer_id(1)]


def test_the_best_come_first_and_ties_by_id(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(3), customer(1), customer(2, name="Anne"))
    hits = find(here, warm, "Anna Meyer")
    assert [hit.customer.id for hit in hits] == [customer_id(1), customer_id(3), customer_id(2)]
    assert hits[0].score.value >= hits[-1].score.value


def test_a_search_shows_at_most_its_limit(here: Site, warm: WarmIndex) -> None:
    commit(here, *(customer(number) for number in range(1, 6)))
    assert len(find(here, warm, "Meyer", limit=2)) == 2


def test_who_is_likely_does_not_depend_on_how_few_are_asked_for(
    here: Site, warm: WarmIndex
) -> None:
    commit(here, customer(1, dob="1980-02-28"))
    (alone,) = find(here, warm, "Anna Meyer 1980-02-29", limit=1)
    commit(here, customer(2, dob="1951-11-03"))
    (hit,) = find(here, warm, "Anna Meyer 1980-02-29", limit=1)
    assert (alone.is_likely, hit.is_likely) == (True, False)


def test_who_is_deleted_just_then_is_not_shown(here: Site, warm: WarmIndex) -> None:
    first = customer(1)
    commit(here, first, customer(2))
    assert found(here, warm) == [customer_id(1), customer_id(2)]
    get_many = here.store.records.get_many

    def late(kind: Kind, ids: Sequence[str], *others: Any) -> list[Record]:
        if ids:
            commit(here, deleted(first.record))
        return get_many(kind, ids, *others)

    here.store.records.get_many = late  # type: ignore[assignment, method-assign]
    assert found(here, warm) == [customer_id(2)]


def test_a_search_is_written_down_with_whom_it_found(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(1))
    found(here, warm, "Meyer")
    access = here.store.tables.accesses[-1]
    assert (access.caller, access.action, access.resource) == (AGENT, "search fuzzy", "Meyer")
    assert access.detail == customer_id(1)


def test_a_search_that_cannot_be_written_down_shows_nobody(here: Site, warm: WarmIndex) -> None:
    class Full:
        def add(self, entry: object) -> None:
            raise Unavailable(f"no room for {entry}")

    commit(here, customer(1))
    here.store.access = Full()  # type: ignore[assignment]
    with pytest.raises(Unavailable):
        find(here, warm, "Meyer")


def test_a_search_shows_the_customer_as_the_tables_hold_it(here: Site, warm: WarmIndex) -> None:
    commit(here, definition("city"), customer(1, extra={"city": "Bonn"}))
    [hit] = find(here, warm, "Meyer Anna")
    record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    assert (hit.customer.extra_fields, hit.customer.version) == ({"city": "Bonn"}, 1)


def narrowed(here: Site, warm: WarmIndex, mode: str = "fuzzy", **asked: str) -> list[str]:
    hits = search_customers(Search(mode, 10, MINIMUM, LIKELY, **asked), AGENT, warm, here.registry)
    return [hit.customer.id for hit in hits]


@pytest.mark.parametrize("mode", ["exact", "fuzzy"])
def test_what_is_asked_of_single_values_narrows_a_search(
    here: Site, warm: WarmIndex, mode: str
) -> None:
    commit(
        here,
        customer(1, dob="1980-01-31", document_number="X94678"),
        customer(2, surname="Anna", name="Meyer", dob="1955-11-03"),
    )
    assert narrowed(here, warm, mode, text="Anna Meyer") == [customer_id(1), customer_id(2)]
    for asked in (
        {"surname": "Meyer"},
        {"name": "Anna", "text": "Anna Meyer"},
        {"dob": "1980-01-31"},
        {"document_number": "x-94678"},
    ):
        assert narrowed(here, warm, mode, **asked) == [customer_id(1)]
    assert narrowed(here, warm, mode, surname="Meyer", dob="1955-11-03") == []


def test_a_narrowed_search_is_written_down_as_it_was_asked(here: Site, warm: WarmIndex) -> None:
    whole = {
        "surname": "Meyer",
        "name": "Anna Lena",
        "dob": "1980-01-31",
        "document_number": "X 94",
    }
    narrowed(here, warm, "exact", text="Meyer", **whole)
    narrowed(here, warm, name="Anna")
    lines = [(access.action, access.resource) for access in here.store.tables.accesses]
    assert lines == [
        (
            "search exact",
            "Meyer surname=Meyer name=Anna Lena dob=1980-01-31 document_number=X 94",
        ),
        ("search fuzzy", "name=Anna"),
    ]


def test_a_field_is_searched_from_when_it_is_searchable_until_it_is_not(
    here: Site, warm: WarmIndex
) -> None:
    city = definition("city")
    commit(here, city, customer(1, extra={"city": "Kiel"}), customer(2))
    assert found(here, warm, "Kiel", "exact") == []
    turns: list[tuple[dict[str, Any], bool]] = [
        ({"searchable": True}, True),
        ({"active": False}, False),
        ({"active": True}, True),
        ({"searchable": False}, False),
        ({"searchable": True}, True),
    ]
    for values, is_found in turns:
        # As another process does it: nobody tells this one's catalog, and the clock stands still.
        city = updated(city.record, **values)
        commit(here, city)
        assert found(here, warm, "Kiel", "exact") == ([customer_id(1)] if is_found else [])


@pytest.mark.parametrize("mode", ["exact", "fuzzy"])
def test_a_number_is_found_in_a_field_that_is_of_text_and_searched_since(
    here: Site, warm: WarmIndex, mode: str
) -> None:
    card = definition("card", type="integer")
    commit(here, card, customer(1, extra={"card": 661234}), customer(2, extra={"card": True}))
    commit(here, updated(card.record, type="text", searchable=True))
    assert found(here, warm, "661234", mode) == [customer_id(1)]
    assert found(here, warm, "true", "exact") == []


def test_a_field_that_was_deleted_is_no_longer_searched(here: Site, warm: WarmIndex) -> None:
    city = definition("city", searchable=True)
    commit(here, city, customer(1, extra={"city": "Kiel"}))
    assert found(here, warm, "Kiel", "exact") == [customer_id(1)]
    commit(here, deleted(city.record))
    assert found(here, warm, "Kiel", "exact") == []


def test_a_value_that_is_written_while_its_field_is_hidden_is_found_later(
    here: Site, warm: WarmIndex
) -> None:
    city = definition("city", searchable=True)
    hidden = updated(city.record, here.clock(), active=False)
    commit(here, city, customer(1))
    assert found(here, warm, "Kiel", "exact") == []
    commit(here, hidden, updated(customer(1).record, extra={"city": "Kiel"}))
    assert found(here, warm, "Kiel", "exact") == []
    commit(here, updated(hidden.record, here.clock() + 1, active=True))
    assert found(here, warm, "Kiel", "exact") == [customer_id(1)]


@pytest.mark.parametrize("hidden", [{"active": False}, {"searchable": False}])
@pytest.mark.parametrize("text", ["Kiel", "Anna Kiel", "K-77 123", "Meyer 2020-02-29"])
def test_a_hidden_field_changes_neither_hits_nor_scores(
    here: Site, warm: WarmIndex, hidden: dict[str, Any], text: str
) -> None:
    values = {"city": "Kiel", "card": "K-77 123", "since": "2020-02-29"}
    fields = [definition(key, searchable=True) for key in values]
    commit(here, *fields, customer(1), customer(2, extra=values))
    found(here, warm)
    commit(here, *(updated(one.record, here.clock(), **hidden) for one in fields))
    for mode in ("exact", "fuzzy"):
        hits = find(here, warm, text, mode)
        assert len({hit.score for hit in hits}) <= 1
        assert [hit.customer.id for hit in hits] in ([], [customer_id(1), customer_id(2)])


def test_none_is_found_below_the_minimum(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(1))
    [hit] = find(here, warm, "Mayer")
    least = Search("fuzzy", 10, hit.score.value, LIKELY, "Mayer")
    assert len(search_customers(least, AGENT, warm, here.registry)) == 1
    more = replace(least, minimum=hit.score.value + 1e-6)
    assert search_customers(more, AGENT, warm, here.registry) == []


@pytest.fixture
def indexes(tmp_path: Path) -> CountingIndexes:
    """Indexes that are kept in a folder."""
    return CountingIndexes(FolderSnapshots(tmp_path))


def restarted(indexes: CountingIndexes) -> WarmIndex:
    """What a function has that starts now; its empty indexes are counted anew."""
    indexes.made = indexes.taken = 0
    return WarmIndex(indexes)


def warm_before_city(here: Site, indexes: CountingIndexes) -> WarmIndex:
    """One that has answered from a snapshot, while somebody has a city and nobody searches it."""
    commit(here, customer(1, extra={"city": "Kiel"}))
    take_snapshot(WarmIndex(indexes), here.registry)
    warm = restarted(indexes)
    found(here, warm)
    return warm


def another_process(here: Site) -> Registry:
    return here.registry.moved()


def forget_old_changes(here: Site) -> None:
    """As the tables do, a day after they were sent."""
    here.store.tables.messages.clear()


def test_a_function_that_starts_loads_the_snapshot_and_reads_only_what_is_newer(
    here: Site, indexes: CountingIndexes
) -> None:
    first, second = customer(1), customer(2)
    commit(here, first, second, customer(3))
    here.clock.advance(seconds=60)
    assert take_snapshot(WarmIndex(indexes), here.registry) == {"taken": True}
    here.clock.advance(seconds=60)
    commit(here, customer(4), deleted(first.record), updated(second.record, surname="Nowak"))
    warm = restarted(indexes)
    assert found(here, warm) == [customer_id(3), customer_id(4)]
    assert found(here, warm, "Nowak") == [customer_id(2)]
    assert indexes.made == 0


def changed_since_a_snapshot(
    here: Site, indexes: CountingIndexes, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> WarmIndex:
    """One that has to take in five customers, of whom a request takes two at a time.

    They were committed so many seconds after each other.
    """
    monkeypatch.setattr(warm_index, "MOST_TAKEN", 2)
    monkeypatch.setattr(warm_index, "TOGETHER", 2)
    commit(here, customer(0, here.clock()))
    take_snapshot(WarmIndex(indexes), here.registry)
    for number in range(1, 6):
        here.clock.advance(seconds=seconds)
        commit(here, customer(number, here.clock()))
    return restarted(indexes)


def test_a_request_takes_in_some_of_very_many_changes_and_the_next_one_goes_on(
    here: Site, indexes: CountingIndexes, monkeypatch: pytest.MonkeyPatch
) -> None:
    warm = changed_since_a_snapshot(here, indexes, monkeypatch, seconds=60)
    outbox, asked = here.store.outbox, list[int]()

    class Asked:
        def changes_since(self, moment: int) -> Iterator[object]:
            asked.append(moment)
            return outbox.changes_since(moment)

    here.store.outbox = Asked()  # type: ignore[assignment]
    for _ in range(2):
        with pytest.raises(Unavailable, match="taking in many changes"):
            found(here, warm)
    assert found(here, warm) == [customer_id(number) for number in range(6)]
    assert indexes.made == 0
    assert asked[0] < asked[1] < asked[2]


def test_who_goes_on_taking_in_changes_misses_none_that_committed_late(
    here: Site, indexes: CountingIndexes, monkeypatch: pytest.MonkeyPatch
) -> None:
    warm = changed_since_a_snapshot(here, indexes, monkeypatch, seconds=1)
    began = here.clock() - 4_000
    with pytest.raises(Unavailable):
        found(here, warm)
    asked = here.clock()
    here.clock.now = began
    commit(here, customer(9, began))
    here.clock.now = asked
    for _ in range(2):
        with suppress(Unavailable):
            found(here, warm)
    assert customer_id(9) in found(here, warm)


def test_what_was_committed_while_the_snapshot_was_written_is_found(
    here: Site, indexes: CountingIndexes
) -> None:
    began = here.clock()
    here.clock.advance(milliseconds=OVERLAP - 1)
    take_snapshot(WarmIndex(indexes), here.registry)
    here.clock.now = began
    commit(here, customer(1))
    here.clock.advance(seconds=600)
    assert found(here, restarted(indexes)) == [customer_id(1)]
    assert indexes.made == 0


def test_a_snapshot_is_used_while_no_change_after_it_is_forgotten(
    here: Site, indexes: CountingIndexes
) -> None:
    commit(here, customer(1))
    take_snapshot(WarmIndex(indexes), here.registry)
    here.clock.advance(milliseconds=OLDEST_SNAPSHOT - 1)
    assert found(here, restarted(indexes)) == [customer_id(1)]
    assert indexes.made == 0
    commit(here, customer(2))
    here.clock.advance(milliseconds=1)
    forget_old_changes(here)
    assert found(here, restarted(indexes)) == [customer_id(1), customer_id(2)]
    assert indexes.made == 1


def test_a_torn_snapshot_is_not_used(here: Site, indexes: CountingIndexes, tmp_path: Path) -> None:
    commit(here, customer(1))
    take_snapshot(WarmIndex(indexes), here.registry)
    [path] = tmp_path.iterdir()
    os.truncate(path, path.stat().st_size - 1)
    assert found(here, restarted(indexes)) == [customer_id(1)]
    assert indexes.made == 1


def test_a_snapshot_without_a_field_that_is_searched_now_is_not_used(
    here: Site, indexes: CountingIndexes
) -> None:
    commit(here, definition("card", searchable=True), customer(1, extra={"city": "Kiel"}))
    take_snapshot(WarmIndex(indexes), here.registry)
    assert found(here, restarted(indexes)) == [customer_id(1)]
    assert indexes.made == 0
    commit(here, definition("city", searchable=True))
    assert found(here, restarted(indexes), "Kiel", "exact") == [customer_id(1)]
    assert indexes.made == 1


def test_a_snapshot_with_a_field_that_is_hidden_now_is_used(
    here: Site, indexes: CountingIndexes
) -> None:
    city = definition("city", searchable=True)
    commit(here, city, customer(1, extra={"city": "Kiel"}))
    take_snapshot(WarmIndex(indexes), here.registry)
    commit(here, updated(city.record, active=False))
    warm = restarted(indexes)
    assert (found(here, warm), found(here, warm, "Kiel", "exact")) == ([customer_id(1)], [])
    assert indexes.made == 0


def test_snapshots_are_taken_at_intervals_whoever_takes_them(
    here: Site, indexes: CountingIndexes, tmp_path: Path
) -> None:
    assert take_snapshot(WarmIndex(indexes), here.registry) == {"taken": True}
    [path] = tmp_path.iterdir()
    first = path.read_bytes()
    here.clock.advance(milliseconds=SNAPSHOT_EVERY - 1)
    assert take_snapshot(WarmIndex(indexes), another_process(here)) == {"taken": False}
    assert path.read_bytes() == first
    here.clock.advance(milliseconds=1)
    assert take_snapshot(WarmIndex(indexes), another_process(here)) == {"taken": True}
    assert path.read_bytes() != first


def test_a_snapshot_that_could_not_be_saved_is_taken_next_time(
    here: Site, indexes: CountingIndexes, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    nowhere = SavedIndexes(FolderSnapshots(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        take_snapshot(WarmIndex(nowhere), here.registry)
    assert take_snapshot(WarmIndex(indexes), here.registry) == {"taken": True}


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request may not read as many customers as there are."""
    monkeypatch.setattr(warm_index, "FEW", 0)


@pytest.mark.usefixtures("many")
def test_a_request_goes_on_without_a_new_field_until_a_snapshot_has_it(
    here: Site, indexes: CountingIndexes
) -> None:
    commit(here, definition("card", searchable=True))
    commit(here, customer(1, extra={"city": "Kiel", "card": "K77"}))
    take_snapshot(WarmIndex(indexes), here.registry)
    warm = restarted(indexes)
    assert found(here, warm) == [customer_id(1)]
    here.clock.advance(seconds=60)
    commit(here, definition("city", searchable=True), customer(2, extra={"city": "Bonn"}))
    assert found(here, warm, "Kiel", "exact") == found(here, warm, "Bonn", "exact") == []
    assert found(here, warm, "K77", "exact") == [customer_id(1)]
    assert found(here, warm) == found(here, restarted(indexes)) == [customer_id(1), customer_id(2)]
    assert indexes.made == 0
    assert take_snapshot(WarmIndex(indexes), another_process(here)) == {"taken": True}
    here.clock.advance(milliseconds=LOOK_EVERY)
    warm.indexes = restarted(indexes).indexes
    assert found(here, warm, "Kiel", "exact") == [customer_id(1)]
    assert found(here, restarted(indexes), "Bonn", "exact") == [customer_id(2)]
    assert indexes.made == 0


@pytest.mark.usefixtures("many")
def test_a_snapshot_with_a_new_field_is_not_looked_for_at_every_request(
    here: Site, indexes: CountingIndexes
) -> None:
    warm = warm_before_city(here, indexes)
    loads = indexes.loads
    commit(here, definition("city", searchable=True))
    for _ in range(10):
        here.clock.advance(milliseconds=LOOK_EVERY // 2)
        found(here, warm)
    assert indexes.loads == loads
    take_snapshot(WarmIndex(indexes), another_process(here))
    loads = indexes.loads
    for _ in range(10):
        here.clock.advance(milliseconds=LOOK_EVERY // 2)
        assert len(found(here, warm)) == 1
    assert indexes.loads == loads + 1


@pytest.mark.usefixtures("many")
def test_a_snapshot_that_lacks_another_field_is_not_taken_for_a_new_one(
    here: Site, indexes: CountingIndexes
) -> None:
    city, card = definition("city", searchable=True), definition("card")
    commit(here, city, card, customer(1, extra={"city": "Kiel", "card": "K77"}))
    take_snapshot(WarmIndex(indexes), here.registry)
    warm = restarted(indexes)
    found(here, warm)
    hidden = updated(city.record, here.clock(), active=False)
    commit(here, hidden, updated(card.record, here.clock(), searchable=True))
    take_snapshot(WarmIndex(indexes), another_process(here))
    commit(here, updated(hidden.record, here.clock() + 1, active=True))
    for _ in range(2):
        here.clock.advance(milliseconds=LOOK_EVERY)
        assert found(here, warm, "Kiel", "exact") == [customer_id(1)]


def test_a_request_reads_few_customers_itself_and_has_a_new_field_at_once(
    here: Site, indexes: CountingIndexes
) -> None:
    warm = warm_before_city(here, indexes)
    commit(here, definition("city", searchable=True))
    assert found(here, warm, "Kiel", "exact") == [customer_id(1)]
    assert indexes.made == 1


@pytest.mark.usefixtures("many")
def test_where_no_snapshots_are_kept_a_request_reads_them_all(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_index, "MOST_TAKEN", 1)
    monkeypatch.setattr(warm_index, "TOGETHER", 1)
    warm = WarmIndex(CountingIndexes())
    assert take_snapshot(warm, here.registry) == {"taken": False}
    commit(here, customer(1, extra={"city": "Kiel"}))
    assert found(here, warm) == [customer_id(1)]
    commit(here, *(customer(number) for number in range(2, 5)))
    assert len(found(here, warm)) == 4
    commit(here, definition("city", searchable=True))
    assert found(here, warm, "Kiel") == [customer_id(1)]


@pytest.mark.usefixtures("many")
def test_a_request_does_not_read_many_customers_of_whom_no_snapshot_was_taken_yet(
    here: Site, indexes: CountingIndexes
) -> None:
    commit(here, customer(1))
    warm = WarmIndex(indexes)
    for _ in range(3):
        with pytest.raises(Unavailable):
            found(here, warm)
    # The table is not read for each of them.
    assert indexes.made == 1
    assert take_snapshot(WarmIndex(indexes), another_process(here)) == {"taken": True}
    here.clock.advance(milliseconds=LOOK_EVERY)
    assert found(here, warm) == [customer_id(1)]


@pytest.mark.usefixtures("many")
def test_a_function_that_has_no_snapshot_of_many_customers_says_so_and_looks_for_one(
    here: Site, indexes: CountingIndexes, tmp_path: Path
) -> None:
    commit(here, customer(1))
    take_snapshot(WarmIndex(indexes), here.registry)
    (tmp_path / "search-index").write_bytes(b"half an ind")
    warm = restarted(indexes)
    loads = indexes.loads
    for _ in range(3):
        with pytest.raises(Unavailable):
            found(here, warm)
    assert (indexes.made, indexes.loads) == (0, loads + 1)
    assert take_snapshot(WarmIndex(indexes), another_process(here)) == {"taken": True}
    here.clock.advance(milliseconds=LOOK_EVERY)
    assert found(here, warm) == [customer_id(1)]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("text", ["Mayer Anna", "X94678"])
def test_a_field_that_is_hidden_moves_no_hit_before_there_is_a_snapshot_without_it(
    here: Site, indexes: CountingIndexes, text: str
) -> None:
    values = {"city": "Mayer", "card": "X94678"}
    fields = [definition(key, searchable=True) for key in values]
    people = [
        customer(n, document_number="X94679", extra=values if n >= 150 else None)
        for n in range(300)
    ]
    commit(here, *fields, *people)
    take_snapshot(WarmIndex(indexes), here.registry)
    warm = restarted(indexes)
    found(here, warm)
    commit(here, *(updated(one.record, here.clock(), active=False) for one in fields))
    for function in (warm, restarted(indexes)):
        assert found(here, function, text) == [customer_id(number) for number in range(10)]
    assert indexes.made == 0


def test_the_next_snapshot_has_nothing_of_a_field_that_is_hidden(
    here: Site, indexes: CountingIndexes, tmp_path: Path
) -> None:
    city = definition("city", searchable=True)
    commit(here, city, customer(1, extra={"city": "Kiel"}))
    warm = WarmIndex(indexes)
    take_snapshot(warm, here.registry)
    [path] = tmp_path.iterdir()
    assert b"kiel" in path.read_bytes()
    commit(here, updated(city.record, searchable=False))
    assert take_snapshot(warm, here.registry) == {"taken": True}
    assert b"kiel" not in path.read_bytes()
    assert take_snapshot(warm, here.registry) == {"taken": False}
    assert indexes.made == 1


def test_a_function_that_nobody_asked_for_a_day_starts_anew(
    here: Site, indexes: CountingIndexes
) -> None:
    idle = WarmIndex(indexes)
    found(here, idle)
    commit(here, customer(1))
    here.clock.advance(milliseconds=OLDEST_SNAPSHOT)
    take_snapshot(WarmIndex(indexes), another_process(here))
    forget_old_changes(here)
    assert found(here, idle) == [customer_id(1)]


@pytest.mark.parametrize("is_warm", [True, False])
def test_a_snapshot_that_cannot_be_read_is_taken_anew_at_the_next_tick(
    here: Site,
    indexes: CountingIndexes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_warm: bool,
) -> None:
    kept = WarmIndex(indexes)

    def tick() -> bool:
        return bool(take_snapshot(kept if is_warm else WarmIndex(indexes), here.registry)["taken"])

    commit(here, customer(1))
    assert (tick(), tick()) == (True, False)
    monkeypatch.setattr(files, "FORMAT", files.FORMAT + 1)
    assert (tick(), tick()) == (True, False)
    [path] = tmp_path.iterdir()
    os.truncate(path, path.stat().st_size - 1)
    assert (tick(), tick()) == (True, False)
    path.unlink()
    assert (tick(), tick()) == (True, False)
    assert found(here, restarted(indexes)) == [customer_id(1)]
    assert indexes.made == 0


def test_once_a_day_the_snapshot_comes_from_the_table(here: Site, indexes: CountingIndexes) -> None:
    take_snapshot(WarmIndex(indexes), here.registry)
    commit(here, customer(1))
    forget_old_changes(here)
    here.clock.advance(milliseconds=WHOLE_EVERY // 2)
    warm = restarted(indexes)
    for _ in range(2):
        assert take_snapshot(warm, here.registry) == {"taken": True}
        assert (found(here, WarmIndex(indexes)), indexes.made) == ([], 0)
        here.clock.advance(milliseconds=WHOLE_EVERY // 4)
    assert take_snapshot(warm, here.registry) == {"taken": True}
    assert indexes.made == 1
    assert found(here, WarmIndex(indexes)) == found(here, warm) == [customer_id(1)]
    here.clock.advance(milliseconds=SNAPSHOT_EVERY)
    assert take_snapshot(warm, here.registry) == {"taken": True}
    assert indexes.made == 1


def test_a_snapshot_from_before_a_clock_was_set_back_is_taken_anew(
    here: Site, indexes: CountingIndexes
) -> None:
    here.clock.advance(days=365)
    take_snapshot(WarmIndex(indexes), here.registry)
    here.clock.advance(days=-365)
    commit(here, customer(1))
    assert take_snapshot(restarted(indexes), here.registry) == {"taken": True}
    # Made from the table: nobody knows how old the one before was.
    assert indexes.made == 1
    forget_old_changes(here)
    assert found(here, WarmIndex(indexes)) == [customer_id(1)]
    assert take_snapshot(WarmIndex(indexes), here.registry) == {"taken": False}


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("is_counted", [True, False])
def test_who_looked_for_a_snapshot_before_a_clock_was_set_back_looks_again(
    here: Site, indexes: CountingIndexes, is_counted: bool
) -> None:
    commit(here, customer(1))
    if is_counted:
        take_snapshot(WarmIndex(indexes), here.registry)
        here.clock.advance(days=1)
    warm = WarmIndex(indexes)
    with pytest.raises(Unavailable):
        found(here, warm)
    here.clock.advance(days=-1)
    take_snapshot(WarmIndex(indexes), another_process(here))
    assert found(here, warm) == [customer_id(1)]


class Unreadable:
    """Records that may be got, and not read all."""

    def __init__(self, here: Site) -> None:
        self.get_many = here.store.records.get_many
        self._all = here.store.records.all

    def all(self, kind: Kind) -> object:
        if kind is Kind.CUSTOMER:
            raise TimeoutError
        return self._all(kind)


def test_what_there_is_is_saved_also_where_the_table_cannot_be_read(
    here: Site, indexes: CountingIndexes
) -> None:
    warm = WarmIndex(indexes)
    take_snapshot(warm, here.registry)
    here.store.records = Unreadable(here)  # type: ignore[assignment]
    for _ in range(8):
        here.clock.advance(milliseconds=WHOLE_EVERY // 4)
        with suppress(TimeoutError):
            take_snapshot(warm, here.registry)
    commit(here, customer(1, here.clock()))
    assert found(here, restarted(indexes)) == [customer_id(1)]
    assert indexes.made == 0


def test_nobody_waits_while_all_customers_are_read(here: Site, indexes: CountingIndexes) -> None:
    warm = WarmIndex(indexes)
    read_all = here.store.records.all

    def searched_meanwhile(kind: Kind) -> Any:
        assert not warm._lock.locked()
        return read_all(kind)

    commit(here, customer(1))
    here.store.records.all = searched_meanwhile  # type: ignore[assignment, method-assign]
    warm.read_all(here.registry)
    assert found(here, warm) == [customer_id(1)]
