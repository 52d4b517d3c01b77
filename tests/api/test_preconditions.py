"""If-Match: a change names the version that it replaces."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.bootstrap import Parts
from tests.api.client import Api, Reply, accepted, assert_refused, at_once, field, item
from tests.api.conftest import ApiOn, with_settings

Change = Callable[[Api, str, dict[str, str]], Reply]

CHANGES: dict[str, Change] = {
    "PUT": lambda api, path, headers: api.put(path, whole(path), **headers),
    "PATCH": lambda api, path, headers: api.patch(path, part(path), **headers),
    "DELETE": lambda api, path, headers: api.delete(path, **headers),
}


def whole(path: str) -> dict[str, Any]:
    return {"label": "Town", "type": "text"} if "fields" in path else {"surname": "Maier"}


def part(path: str) -> dict[str, Any]:
    return {"label": "Town"} if "fields" in path else {"surname": "Maier"}


@pytest.fixture(params=["customer", "field"])
def path(request: pytest.FixtureRequest, api: Api) -> str:
    """A record at version 2."""
    if request.param == "field":
        api.define("city")
        accepted(api.patch(field("city"), {"label": "Place"}))
        return field("city")
    made = item(api.create()["id"])
    accepted(api.patch(made, {"name": "Anna"}))
    return made


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_what_was_read_is_made(api: Api, path: str, change: Change) -> None:
    reply = change(api, path, {"if_match": api.get(path).etag})
    assert (reply.status in (200, 204), reply.etag) == (True, '"3"')


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_what_was_replaced_is_refused(api: Api, path: str, change: Change) -> None:
    before = api.get(path)
    assert_refused(change(api, path, {"if_match": '"1"'}), 412, "stale_version")
    after = api.get(path)
    assert (after.data, after.etag) == (before.data, before.etag)


@pytest.mark.parametrize(
    "accepted_tags",
    ['"2"', ' "2" ', "*", " * ", '"1", "2"', '"2","3"', 'W/"1", "2"', '"x", "2"', ', "a,b" ,,"2",'],
)
def test_if_match_accepts_a_version_any_version_or_one_of_a_list(
    api: Api, accepted_tags: str
) -> None:
    path = item(api.create()["id"])
    accepted(api.patch(path, {"name": "Anna"}))
    reply = api.patch(path, {"name": "Anne"}, if_match=accepted_tags)
    assert (reply.status, reply.etag) == (200, '"3"')


@pytest.mark.parametrize(
    "strange",
    [
        '"1"',
        '"3"',
        "2",
        'W/"2"',
        '"02"',
        '"-2"',
        '"2.0"',
        '"2,"',
        '""',
        '"x"',
        '"ü"',
        '"99999999999999999999"',
        '"d41d8cd98f00b204e9800998ecf8427e"',
    ],
)
def test_a_tag_that_is_not_the_versions_refuses_the_change(common: Api, strange: str) -> None:
    path = item(common.create()["id"])
    accepted(common.patch(path, {"name": "Anna"}))
    assert_refused(common.patch(path, {"name": "Anne"}, if_match=strange), 412, "stale_version")
    assert common.get(path).json["name"] == "Anna"


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "  ",
        ",",
        '"2',
        "'2'",
        "null",
        "W/*",
        "W/2",
        'w/"2"',
        "ü",
        '"2 "',
        '"2" "3"',
        'foo "2" bar',
        '*, "2"',
        '"1", null, "2"',
    ],
)
def test_what_is_no_tag_removes_no_lock(common: Api, malformed: str) -> None:
    path = item(common.create()["id"])
    accepted(common.patch(path, {"name": "Anna"}))
    refused = common.patch(path, {"name": "Anne"}, if_match=malformed)
    assert_refused(refused, 400, "malformed_request", "If-Match")
    assert common.get(path).json["name"] == "Anna"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_version_of_nothing_can_be_replaced(common: Api, change: Change) -> None:
    nobody = item("0190aaaa-0001-7000-8000-000000000001")
    assert_refused(change(common, nobody, {"if_match": "*"}), 404, "not_found")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_where_it_is_required_every_change_names_a_version(
    api: Api, path: str, parts: Parts, api_on: ApiOn, change: Change
) -> None:
    before = api.get(path)
    strict = api_on(with_settings(parts, require_if_match=True))
    assert_refused(change(strict, path, {}), 428, "precondition_required")
    assert_refused(change(strict, path, {"if_match": "  "}), 428, "precondition_required")
    assert strict.get(path).data == before.data
    assert change(strict, path, {"if_match": before.etag}).status in (200, 204)


def test_where_it_is_required_any_version_may_be_named(parts: Parts, api_on: ApiOn) -> None:
    strict = api_on(with_settings(parts, require_if_match=True))
    path = item(strict.create()["id"])
    accepted(strict.patch(path, {"name": "Anna"}, if_match="*"))


def test_a_change_without_effect_still_needs_the_right_version(common: Api) -> None:
    path = item(common.create(name="Anna")["id"])
    assert_refused(common.patch(path, {"name": "Anna"}, if_match='"9"'), 412, "stale_version")
    assert common.patch(path, {"name": "Anna"}, if_match='"1"').etag == '"1"'


def test_of_changes_at_once_each_is_made_whole_or_refused(served: Api) -> None:
    path = item(served.create()["id"])

    def read_and_write(number: int) -> Reply:
        read = served.get(path)
        return served.patch(path, {"name": f"writer {number}"}, if_match=read.etag)

    replies = at_once(32, read_and_write)
    made = [reply.json for reply in replies if reply.status == 200]
    for reply in replies:
        if reply.status != 200:
            assert_refused(reply, 412, "stale_version")
    assert made
    last = max(made, key=lambda body: body["version"])
    assert served.get(path).json == last
    assert last["version"] == len(made) + 1
    history = served.items(f"{path}/history")
    assert [entry["seq"] for entry in history] == list(range(len(made) + 1, 0, -1))
    assert {entry["after"].get("name") for entry in history[:-1]} == {body["name"] for body in made}
    assert {entry["superseded"] == [] for entry in history} == {True}


def test_of_changes_at_once_that_name_no_version_all_are_made(served: Api) -> None:
    path = item(served.create()["id"])
    names = [f"writer {number}" for number in range(12)]
    replies = at_once(12, lambda number: served.patch(path, {"name": names[number]}))
    assert {reply.status for reply in replies} == {200}
    history = served.items(f"{path}/history")
    assert [entry["seq"] for entry in history] == list(range(13, 0, -1))
    assert {entry["after"].get("name") for entry in history[:-1]} == set(names)
    assert len({reply.json["version"] for reply in replies}) == 12
