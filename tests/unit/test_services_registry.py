"""The registry of one location, and its catalog of fields."""

from datetime import date

import pytest

from chalicelib.domain.record import Kind, Record
from chalicelib.services.remembered import CATALOG_MAX_AGE
from tests.fakes import AGENT, Site, customer_id, definition, deleted, site


def known(here: Site) -> list[str]:
    return sorted(here.registry.catalog.definitions())


def test_a_definition_of_elsewhere_is_known_after_a_second() -> None:
    here = site()
    assert known(here) == []
    here.store.commit(definition("city"))
    here.clock.advance(milliseconds=CATALOG_MAX_AGE - 1)
    assert known(here) == []
    here.clock.advance(milliseconds=1)
    assert known(here) == ["city"]


def test_nothing_is_remembered_from_before_a_clock_was_set_back() -> None:
    here = site()
    anna, other = customer_id(1), customer_id(2)
    assert known(here) == []
    assert here.registry.membership.has_joined()
    assert here.registry.duplicates.holder(other, "k77") is None
    here.store.commit(definition("city"))
    another = here.registry.moved()
    another.membership.note(False, "its place on the topic is gone")
    another.duplicates.note({"k77": [anna, other]})
    here.clock.advance(days=-1)
    assert known(here) == ["city"]
    assert not here.registry.membership.has_joined()
    assert here.registry.duplicates.holder(other, "k77") == anna


def test_a_definition_of_here_is_known_at_once() -> None:
    here = site()
    assert known(here) == []
    here.store.commit(definition("city"))
    here.registry.catalog.forget()
    assert known(here) == ["city"]


def test_a_definition_of_here_is_known_at_once_also_where_another_reader_began_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = site()
    read = here.store.records.all

    def read_slowly(kind: Kind) -> list[Record]:
        found = list(read(kind))
        monkeypatch.undo()
        here.store.commit(definition("city"))
        here.registry.catalog.forget()
        assert known(here) == ["city"]
        return found

    monkeypatch.setattr(here.store.records, "all", read_slowly)
    assert known(here) == []
    assert known(here) == ["city"]


def test_a_deleted_definition_is_no_definition() -> None:
    here = site()
    change = definition("city")
    here.store.commit(change)
    here.store.commit(deleted(change.record))
    assert known(here) == []


def test_an_author_is_the_caller_here_and_now() -> None:
    here = site("loc7")
    author = here.registry.author(AGENT)
    assert (author.caller, author.origin, author.now) == (AGENT, "loc7-00000001", here.clock())
    assert here.registry.location == "loc7"
    assert here.registry.today == date(2019, 1, 4)
