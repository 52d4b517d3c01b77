"""The page, and the files that it is made of."""

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
