"""The API keeps its contract: thousands of requests drawn from /openapi.json, over the wire.

Whatever is sent, the answer has a status, a code, headers and a body that the document names, and
what the document forbids is refused. The terminal's summary says how many requests there were.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation

from app import app
from chalicelib.bootstrap import Parts
from chalicelib.domain.change import Author, create
from chalicelib.domain.notes import DeadLetter
from chalicelib.domain.record import Kind
from chalicelib.handlers.reference import document_of
from chalicelib.messaging.codec import encode
from chalicelib.services.replication import bury
from chalicelib.settings import Settings
from tests.api.client import Api, item, over_http
from tests.api.conftest import PROVIDER, serving
from tests.fakes import AGENT, customer_id, event_of

CONFIG = {
    "seed": 6,
    "generation": {
        "deterministic": True,
        "max-examples": 100,
        # Who asks is ours to say.
        "with-security-parameters": False,
        # Ignored, as the document says.
        "allow-extra-parameters": False,
    },
    "checks": {
        # The shapes say less than the rules for values do, which are the domain's.
        "positive_data_acceptance": {"enabled": False},
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "405", "412", "413", "415", "422"]
        },
    },
}
CALLERS = [PROVIDER] * 10 + [{"X-Role": "service_agent"}, {"X-Role": "customer"}, {}]
# What the domain takes, for the values of bodies by name.
TAKEN: dict[str, Any] = {
    "surname": "Müller",
    "name": None,
    "dob": "1984-02-29",
    "document_number": "AB 123",
    "extra_fields": {"language": "sv"},
    "label": "Label",
    "type": "text",
    "choices": [],
    "pattern": None,
    "origin": None,
    "seq": None,
    "fields": [],
}
ROWS = {
    "text/csv": "external_id,surname\r\nA 1,Meyer\r\n",
    "application/x-ndjson": '{"external_id": "A 1", "surname": "Meyer"}\n',
    "application/jsonl": '{"external_id": "A 1", "surname": "Meyer"}\n',
}
# A hundred requests and what they are drawn with, on a machine that does much else.
pytestmark = pytest.mark.timeout(600)
ELSEWHERE = Author(AGENT, "loc9-abcd", 1_700_000_000_000)

schema = schemathesis.openapi.from_dict(
    document_of(app, Settings()), config=schemathesis.Config.from_dict(CONFIG)
)


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def text(_context: Any, value: Any) -> bytes:
    """The body is sent as it was drawn."""
    return str(value).encode()


class Records:
    """Records that requests can be about: each is there, and no request was about it before."""

    def __init__(self, parts: Parts, api: Api) -> None:
        self._registry = parts.registry
        self._api = api
        self._numbers = count(1)

    def fresh(self, name: str, path: str) -> str | None:
        """The value of that name in the path; None where any value will do."""
        match name:
            case "customer_id":
                return self._customer(deleted=path.endswith("/restore"))
            case "key":
                return str(self._api.define(f"field_{next(self._numbers)}")["key"])
            case "letter_id":
                return self._letter()
            case "name":
                return "style.css"
        return None

    def _customer(self, deleted: bool) -> str:
        customer = str(self._api.create("Meyer", extra_fields={"language": "de"})["id"])
        if deleted:
            self._api.delete(item(customer))
        return customer

    def _letter(self) -> str:
        number = next(self._numbers)
        made = create(Kind.CUSTOMER, customer_id(number), {"surname": "Meyer"}, ELSEWHERE)
        value = encode(event_of(made)) if number % 2 else b"\xff"
        letter = DeadLetter("topic", 0, number, b"key", value, "a test", 1, len(value))
        bury(letter, self._registry)
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
    api.create("Meyer")
    return Records(common_parts, api)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="module")
def answers() -> Counter[str]:
    """How many answers the test that runs had, by status."""
    return Counter()


@pytest.fixture(autouse=True)
def counted(
    answers: Counter[str], record_property: Callable[[str, object], None]
) -> Iterator[None]:
    """Says how many requests a test has sent, and that some of them went all the way."""
    answers.clear()
    yield
    record_property("requests", dict(answers))
    assert not answers or any(status.startswith("2") for status in answers), answers


def fits(case: schemathesis.Case, place: ParameterLocation) -> bool:
    """Whether this part of the request is one that the document allows."""
    part = case.meta and case.meta.components.get(place)
    return bool(part and part.mode.is_positive)


def go_all_the_way(case: schemathesis.Case, records: Records) -> None:
    """Makes the request one about something that is there, with values that the domain takes."""
    if fits(case, ParameterLocation.PATH):
        for name, drawn in case.path_parameters.items():
            case.path_parameters[name] = records.fresh(name, case.path) or drawn
    if case.media_type in ROWS:
        case.body = ROWS[case.media_type]
    elif fits(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        case.body = {name: TAKEN.get(name, drawn) for name, drawn in case.body.items()}


def keep_what_would_vanish(case: schemathesis.Case) -> None:
    """An empty list or a null is left out of an address: what is wrong would not be sent."""
    for name, value in case.query.items():
        if value is None or value in ([], {}):
            case.query[name] = ""


def test_every_operation_is_a_test_of_its_own(request: pytest.FixtureRequest) -> None:
    mine = [test.nodeid for test in request.session.items if test.path == request.path]
    assert len(set(mine)) == len(mine)


@schema.parametrize()
def test_every_answer_is_one_that_the_document_names(
    case: schemathesis.Case,
    address: str,
    records: Records,
    session: requests.Session,
    answers: Counter[str],
) -> None:
    number = answers.total()
    if number % 2 == 0:
        go_all_the_way(case, records)
    keep_what_would_vanish(case)
    caller = CALLERS[number % len(CALLERS)]
    answer = case.call(base_url=address, session=session, headers=caller)
    # What stands for another method is no success of this one.
    is_other = answer.request.method != case.operation.method.upper()
    answers["other method" if is_other else str(answer.status_code)] += 1
    case.validate_response(answer, headers=caller)
