"""The package: made from wheels, cut, and running by itself."""

import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.messaging.codec import encode, encode_key
from chalicelib.services.registry import wall_clock
from infra.packaging.interpreters import interpreter_for
from infra.packaging.making import REQUIREMENTS, make
from infra.packaging.wheels import RUNTIME, install_wheels, version_of
from infra.topics import ensure_topics
from local.event_sources import scheduled_event
from tests.api.identity import AUDIENCE, ISSUER, SignIn, rsa_key, sign_in_service, signed
from tests.conftest import PartsOn
from tests.fakes import customer, event_of
from tests.packaging.bucket import Bucket, bucket
from tests.packaging.conftest import Unzipped
from tests.packaging.events import http, kafka
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


def call(unzipped: Unzipped, calls: list[tuple[str, Any]], **variables: str) -> list[Any]:
    """What the functions of the package answer in an interpreter that has nothing else."""
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
    said = json.loads(finished.stdout.splitlines()[-1])
    assert said["strangers"] == []
    answers: list[Any] = said["answers"]
    return answers


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


def test_stream_topic_and_clock_are_answered(
    unzipped: Unzipped, deployed: dict[str, str], parts: Parts, snapshots: Bucket
) -> None:
    elsewhere = event_of(customer(7, wall_clock(), "loc9"))
    here = http("POST", ITEMS, {"surname": "Meyer"}, token("service_agent"))
    created, applied, sent, *ticked = call(
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
    names = set(names_in(unzipped.made.zip))
    tag = f"cpython-{version_of(unzipped.made.runtime).replace('.', '')}"
    for name in ("app.py", "chalicelib/settings.py", "botocore/session.py"):
        folder, _, module = name.rpartition("/")
        cached = f"{folder}/__pycache__/{module[:-3]}.{tag}.pyc".removeprefix("/")
        assert cached in names
        # PEP 552: a hash instead of a time, and nobody checks it.
        assert (unzipped.folder / cached).read_bytes()[4:8] == b"\x01\0\0\0"


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
