"""The page, and the files that it is made of."""

import re

import pytest

from tests.api.client import Api, assert_refused


def test_the_page_is_html_that_runs_nothing_from_elsewhere(api: Api) -> None:
    reply = Api(api.send, {}).get("/")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_nobody_else_frames_the_page_fills_its_forms_or_hears_of_its_reader(api: Api) -> None:
    headers = Api(api.send, {}).get("/").headers
    policy = headers["content-security-policy"].split("; ")
    closed = {"frame-ancestors", "form-action", "base-uri", "trusted-types"}
    assert {f"{one} 'none'" for one in closed} <= {*policy}
    assert "require-trusted-types-for 'script'" in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "..%2f..%2fapp.py",
        "%2e%2e%2fsettings.py",
        "..%2f..%2f..%2fetc%2fpasswd",
        "index.html%00.js",
        "%ff",
        "%C3%A9.js",
        "x" * 3000,
    ],
)
def test_only_the_pages_own_files_are_served(common: Api, name: str) -> None:
    assert_refused(common.get(f"/web/1/{name}"), 404, "not_found")


def test_a_file_is_kept_for_good_under_its_version_only(api: Api) -> None:
    page = Api(api.send, {}).get("/")
    assert page.headers["cache-control"] == "no-cache"
    [version] = set(re.findall(r'"web/([^/]*)/', page.data.decode()))
    kept, other = (api.get(f"/web/{one}/style.css") for one in (version, "0" * 12))
    assert "immutable" in kept.headers["cache-control"]
    # A page from before an update asks by the old one, and is sent the file of today.
    assert (other.data, other.headers["cache-control"]) == (kept.data, "no-store")
