"""The API keeps its contract: thousands of requests drawn from /openapi.json, over the wire.

Whatever is sent, the answer has a status, a code, headers and a body that the document names, and
what the document forbids is refused. The terminal's summary says how many requests there were.
"""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation

from app import app
from chalicelib.bootstrap import Parts
from chalicelib.domain.notes import DeadLetter
from chalicelib.handlers.reference import document_of
from chalicelib.services.replication import bury
from chalicelib.settings import Settings
from tests.api.client import Api, over_http
from tests.api.conftest import PROVIDER, serving

CONFIG = {
    "seed": 6,
    "generation": {
        "deterministic": True,
        "max-examples": 60,
        # Who asks is ours to say.
        "with-security-parameters": False,
        # Ignored, as the document says.
        "allow-extra-parameters": False,
    },
    "checks": {
        # The shapes say less than the rules for values do, which are the domain's.
        "positive_data_acceptance": {"enabled": False},
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "405", "412", "415", "422"]
        },
    },
}
CALLERS = [PROVIDER] * 10 + [{"X-Role": "service_agent"}, {"X-Role": "customer"}, {}]

schema = schemathesis.openapi.from_dict(
    document_of(app, Settings()), config=schemathesis.Config.from_dict(CONFIG)
)


class Records:
    """Records that requests can be about, by the name of the value in the path."""

    def __init__(self, parts: Parts, api: Api) -> None:
        self._parts = parts
        self._api = api
        self._numbers = count(1)
        self.requests = 0
        self._makers: dict[str, Callable[[int], str]] = {
            "customer_id": lambda number: str(self._api.create(f"Meyer {number}")["id"]),
            "key": lambda number: str(self._api.define(f"field_{number}")["key"]),
            "letter_id": self._letter,
            "name": lambda _number: "style.css",
        }

    def fresh(self, name: str) -> str | None:
        """One that is there, and that no request was about yet; None where there is no such."""
        make = self._makers.get(name)
        return make(next(self._numbers)) if make else None

    def _letter(self, number: int) -> str:
        value = b"\xff" if number % 2 else b"{}"
        letter = DeadLetter("topic", 0, number, b"key", value, "a test", 1, len(value))
        bury(letter, self._parts.registry)
        return letter.id


@pytest.fixture(scope="module")
def address(common_parts: Parts) -> Iterator[str]:
    with serving(common_parts) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def records(common_parts: Parts, address: str) -> Records:
    """A location with something in it."""
    api = Api(over_http(int(address.rpartition(":")[2])), PROVIDER)
    api.define("language", "choice", choices=["de", "sv"])
    api.create("Meyer", extra_fields={"language": "de"})
    return Records(common_parts, api)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture(autouse=True)
def counted(records: Records, record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Says after a test how many requests it has sent."""
    before = records.requests
    yield
    record_property("requests", records.requests - before)


def has_a_path_that_fits(case: schemathesis.Case) -> bool:
    path = case.meta and case.meta.components.get(ParameterLocation.PATH)
    return bool(path and path.mode.is_positive)


@schema.parametrize()
def test_every_answer_is_one_that_the_document_names(
    case: schemathesis.Case, address: str, records: Records, session: requests.Session
) -> None:
    records.requests += 1
    if records.requests % 2 and has_a_path_that_fits(case):
        for name in case.path_parameters:
            case.path_parameters[name] = records.fresh(name) or case.path_parameters[name]
    caller = CALLERS[records.requests % len(CALLERS)]
    case.call_and_validate(base_url=address, session=session, headers=caller)
