"""The package: made from wheels, cut, and running by itself."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.messaging.codec import encode, encode_key
from chalicelib.services.registry import wall_clock
from infra.packaging.chalice_package import ROOT, copy_ours
from infra.packaging.interpreters import interpreter_for
from infra.packaging.making import REQUIREMENTS, make, make_plain
from infra.packaging.wheels import RUNTIME, install_wheels, version_of
from infra.topics import ensure_topics
from local.event_sources import scheduled_event
from tests.api.identity import AUDIENCE, ISSUER, SignIn, ec_key, rsa_key, sign_in_service, signed
from tests.conftest import PartsOn
from tests.fakes import customer, event_of
from tests.packaging.bucket import Bucket, bucket
from tests.packaging.conftest import Unzipped
from tests.packaging.events import http, kafka
from tests.packaging.left_out import LEFT_OUT
from tests.packaging.templates import of_type

# The first of them waits for the package, and that for the network.
pytestmark = pytest.mark.timeout(600)
LARGEST = 250 * 1024 * 1024
ITEMS = "/api/customers/items"
TICKS = (
    "sweep_relay",
    "sweep_expired",
    "take_digest",
    "repair_differences",
    "join",
    "take_snapshot",
)
CALLED = Path(__file__).parent / "called.py"
SEARCHING = ("test_search_index", "test_search_files", "test_services_search")
MISSING = Path(__file__).parent / "missing.py"


def call(unzipped: Unzipped, calls: list[tuple[str, Any]], **variables: str) -> list[Any]:
    """What the functions of the package answer in an interpreter that has nothing else."""
    return call_and_listen(unzipped, calls, **variables)[0]


def call_and_listen(
    unzipped: Unzipped, calls: list[tuple[str, Any]], **variables: str
) -> tuple[list[Any], list[Any]]:
    """What they answer, and the lines that they log."""
    told = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
    finished = subprocess.run(
        [unzipped.interpreter, "-I", str(CALLED), str(unzipped.folder)],
        input=json.dumps(calls),
        env={**told, **variables, "AWS_LAMBDA_FUNCTION_NAME": "sins", "LOG_LEVEL": "ERROR"},
        cwd=unzipped.folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    *lines, said = map(json.loads, finished.stdout.splitlines())
    assert said["strangers"] == []
    return said["answers"], lines


def body(answer: Any, status: int = 200) -> Any:
    assert answer.get("statusCode") == status, answer
    return json.loads(answer["body"])


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.fixture
def parts(parts_on: PartsOn, kafka_bootstrap: str) -> Parts:
    """A location with tables and topics, for functions to stand on."""
    parts = parts_on(kafka_bootstrap=kafka_bootstrap)
    ensure_topics(parts.settings)
    return parts


@pytest.fixture
def service() -> Iterator[SignIn]:
    with sign_in_service() as service:
        service.publish("rsa-1", rsa_key("package"))
        service.publish("ec-1", ec_key("package"))
        yield service


@pytest.fixture
def snapshots() -> Iterator[Bucket]:
    with bucket() as snapshots:
        yield snapshots


@pytest.fixture
def deployed(parts: Parts, service: SignIn, snapshots: Bucket) -> dict[str, str]:
    """The variables of a function of that location."""
    return {
        "LOCATION": parts.settings.location,
        "AWS_REGION": parts.settings.aws_region,
        "DYNAMODB_ENDPOINT": str(parts.settings.dynamodb_endpoint),
        "KAFKA_BOOTSTRAP": parts.settings.kafka_bootstrap,
        "AUTH_MODE": "oidc",
        "OIDC_ISSUER": ISSUER,
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_JWKS_URL": service.url,
        "SNAPSHOTS": "s3://snapshots",
        "AWS_ENDPOINT_URL_S3": snapshots.url,
    }


def token(role: str) -> str:
    return signed(rsa_key("package"), "RS256", "rsa-1", role=role)


def test_people_are_answered(unzipped: Unzipped, deployed: dict[str, str]) -> None:
    agent, provider = token("service_agent"), token("service_provider")
    plate = {"key": "plate", "label": "Plate", "type": "text", "pattern": "[A-Z]{3}"}
    ann = {"surname": "Söderström", "name": "Ann", "extra_fields": {"plate": "ABC"}}
    page, health, ready, nobody, field, refused, created, found = call(
        unzipped,
        [
            ("app.app", http("GET", "/")),
            ("app.app", http("GET", "/health")),
            ("app.app", http("GET", "/ready")),
            ("app.app", http("GET", ITEMS)),
            ("app.app", http("POST", "/api/customers/fields", plate, provider)),
            ("app.app", http("POST", ITEMS, {**ann, "extra_fields": {"plate": "abc"}}, agent)),
            ("app.app", http("POST", ITEMS, ann, agent)),
            ("app.app", http("GET", f"{ITEMS}/search?q=soderstrum", None, agent)),
        ],
        **deployed,
    )
    assert "<title>" in page["body"]
    assert body(health) == {"status": "ok", "location": deployed["LOCATION"]}
    assert body(ready)["status"] == "ready"
    assert body(nobody, 401)["code"] == "unauthenticated"
    assert body(field, 201)["key"] == "plate"
    assert body(refused, 422)["field"] == "plate"
    assert body(created, 201)["name"] == "Ann"
    assert [one["name"] for one in body(found)["items"]] == ["Ann"]


def test_many_customers_come_in_are_found_and_go_out(
    unzipped: Unzipped, deployed: dict[str, str]
) -> None:
    agent = signed(ec_key("package"), "ES256", "ec-1", role="service_agent")
    rows = (
        "surname,name,dob,document_number",
        "Weiß,Łukasz,1980-02-29,X94678",
        "Meyer,Zoë,1975-11-02,Y12345",
    )
    sent = http("POST", "/api/customers/import", None, agent) | {"body": "\n".join(rows)}
    sent["headers"]["Content-Type"] = "text/csv; charset=utf-8"
    searches = ("q=weis+lukas", "q=X94687", "q=zoe+meier+1975-11-20", "q=Meyer&mode=exact")
    imported, *found, exported = call(
        unzipped,
        [
            ("app.app", sent),
            *[("app.app", http("GET", f"{ITEMS}/search?{one}", None, agent)) for one in searches],
            ("app.app", http("GET", "/api/customers/export?format=jsonl", None, agent)),
        ],
        **deployed,
    )
    assert body(imported)["created"] == 2
    first = [body(one)["items"][0]["surname"] for one in found]
    assert first == ["Weiß", "Weiß", "Meyer", "Meyer"]
    assert len(exported["body"].splitlines()) == 2


def test_the_api_describes_itself(unzipped: Unzipped, deployed: dict[str, str]) -> None:
    described, shown = call(
        unzipped,
        [("app.app", http("GET", "/openapi.json")), ("app.app", http("GET", "/docs"))],
        **deployed,
    )
    assert body(described)["openapi"].startswith("3.1")
    assert "<title>" in shown["body"]


def test_stream_topic_and_clock_are_answered(
    unzipped: Unzipped, deployed: dict[str, str], parts: Parts, snapshots: Bucket
) -> None:
    elsewhere = event_of(customer(7, wall_clock(), "loc9"))
    here = http("POST", ITEMS, {"surname": "Meyer"}, token("service_agent"))
    (created, applied, sent, *ticked), lines = call_and_listen(
        unzipped,
        [
            ("app.app", here),
            ("app.consumer", kafka((encode_key(elsewhere), encode(elsewhere)), (b"", b"{"))),
            ("app.relay", {"Records": []}),
            *[(f"app.{tick}", scheduled_event(tick)) for tick in TICKS],
        ],
        **deployed,
    )
    assert body(created, 201)["surname"] == "Meyer"
    # One was understood; the other became a dead letter.
    assert applied == {"applied": 1}
    assert parts.registry.store.system.dead_letter_count() == 1
    assert sent == {"sent": 1}
    assert [one for one in ticked if "error" in one] == []
    assert snapshots.taken == ["/snapshots/search-index"]
    measured = {name for line in lines if "_aws" in line for name in line}
    assert {"OutboxDepth", "DeadLetters", "AppliedLagMilliseconds", "Erased"} <= measured


def test_every_handler_of_the_template_is_called_here(unzipped: Unzipped) -> None:
    called = {"app", "consumer", "relay", *TICKS}
    assert {one["Handler"] for one in functions(unzipped).values()} == {f"app.{x}" for x in called}


def functions(unzipped: Unzipped) -> dict[str, Any]:
    template = json.loads((unzipped.made.folder / "sam.json").read_text())
    return of_type(template, "AWS::Serverless::Function")


def test_the_template_names_the_runtime_of_the_wheels(unzipped: Unzipped) -> None:
    assert {one["Runtime"] for one in functions(unzipped).values()} == {unzipped.made.runtime}
    tag = f"cpython-{version_of(unzipped.made.runtime).replace('.', '')}-x86_64-linux-gnu.so"
    compiled = [name for name in names_in(unzipped.made.zip) if name.startswith("rapidfuzz/")]
    assert any(name.endswith(tag) for name in compiled)


def test_what_ships_is_what_functions_open(unzipped: Unzipped) -> None:
    names = names_in(unzipped.made.zip)
    assert {"app.py", "scheduled/retention.py", "chalicelib/web/index.html"} <= set(names)
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert {one for one in services if "." not in one} == {"dynamodb", "s3"}
    assert [
        name for name in names if name.startswith(("boto3/", "local/", "infra/", "tests/"))
    ] == []
    assert sum(path.stat().st_size for path in unzipped.folder.rglob("*")) < LARGEST


def test_every_module_that_ships_has_bytecode_that_is_taken_as_it_is(unzipped: Unzipped) -> None:
    compiled = list(unzipped.folder.rglob("*.pyc"))
    # PEP 552: a hash instead of a time, and nobody checks it.
    assert {path.read_bytes()[4:8] for path in compiled} == {b"\1\0\0\0"}
    sources = [path.relative_to(unzipped.folder) for path in unzipped.folder.rglob("*.py")]
    tag = f"cpython-{version_of(unzipped.made.runtime).replace('.', '')}"
    for path in sources:
        beside = path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc"
        assert (unzipped.folder / beside).exists()
    # The others' modules are there without their sources.
    assert {path.parts[0] for path in sources} == {"app.py", "chalicelib", "scheduled"}
    assert (unzipped.folder / "botocore" / "session.pyc").exists()


def test_whatever_is_imported_somewhere_ships_or_was_left_out_on_purpose(
    unzipped: Unzipped, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    install_wheels(REQUIREMENTS, unzipped.made.runtime, whole)
    copy_ours(whole)
    lacking = missing(unzipped, unzipped.folder) - missing(unzipped, whole)
    assert lacking == LEFT_OUT


def missing(unzipped: Unzipped, folder: Path) -> set[str]:
    """The modules that are named by what lies in the folder and do not lie there."""
    finished = subprocess.run(
        [unzipped.interpreter, "-I", str(MISSING), str(folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(json.loads(finished.stdout))


def test_search_does_without_what_is_left_out() -> None:
    # NumPy loads parts of itself when they are first named: nothing but calling it shows which.
    searching = [f"tests/unit/{name}.py" for name in SEARCHING]
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.packaging.left_out", *searching],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stdout


def test_names_are_scored_by_compiled_code(unzipped: Unzipped) -> None:
    # RapidFuzz goes on in Python, and says nothing, where a library of its own does not load.
    program = (
        "from rapidfuzz import process\n"
        "from rapidfuzz.distance import OSA, Indel, JaroWinkler\n"
        "for one in (OSA, Indel, JaroWinkler): print(one.similarity.__module__)\n"
        "print(process.cdist.__module__)"
    )
    metrics = "rapidfuzz.distance.metrics_cpp_avx2"
    assert run(unzipped, program) == [metrics, metrics, metrics, "rapidfuzz.process_cpp"]


def test_clients_find_their_services(unzipped: Unzipped) -> None:
    # The lists that botocore finds them by are cut.
    program = (
        "from botocore.session import Session\n"
        "keys = {'aws_access_key_id': 'none', 'aws_secret_access_key': 'none'}\n"
        "for region in ('eu-central-1', 'cn-north-1'):\n"
        "    for service in ('dynamodb', 's3'):\n"
        "        client = Session().create_client(service, region, **keys)\n"
        "        print(client.meta.endpoint_url)"
    )
    assert run(unzipped, program) == [
        "https://dynamodb.eu-central-1.amazonaws.com",
        "https://s3.eu-central-1.amazonaws.com",
        "https://dynamodb.cn-north-1.amazonaws.com.cn",
        "https://s3.cn-north-1.amazonaws.com.cn",
    ]


def run(unzipped: Unzipped, program: str) -> list[str]:
    """The words that a program prints that has the package alone."""
    alone = "import sys; sys.path[:] = [sys.argv[1], *(p for p in sys.path if 'site-' not in p)]\n"
    finished = subprocess.run(
        [unzipped.interpreter, "-I", "-c", alone + program, str(unzipped.folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return finished.stdout.split()


def test_it_is_at_most_half_of_what_chalice_would_make(unzipped: Unzipped, tmp_path: Path) -> None:
    plain = make_plain(unzipped.made.runtime, tmp_path)
    assert unzipped.made.zip.stat().st_size <= plain.stat().st_size / 2


def test_making_it_again_makes_the_same(unzipped: Unzipped, tmp_path: Path) -> None:
    made = make("loc1", unzipped.made.runtime, tmp_path)
    assert made.zip.read_bytes() == unzipped.made.zip.read_bytes()


def test_every_package_has_a_wheel_for_the_runtime_that_is_deployed(tmp_path: Path) -> None:
    install_wheels(REQUIREMENTS, RUNTIME, tmp_path / "packages")
    tag = f"cpython-{version_of(RUNTIME).replace('.', '')}-x86_64-linux-gnu.so"
    compiled = [path.name for path in (tmp_path / "packages").rglob("*.so")]
    assert f"metrics_cpp_avx2.{tag}" in compiled
    if not interpreter_for(RUNTIME):
        pytest.skip(f"no {RUNTIME} here: it was not run, an older runtime's package was")
