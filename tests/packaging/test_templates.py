"""The templates: valid for AWS, and saying what the product needs."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import to_builtins

import app
from chalicelib.domain.errors import NotFound
from chalicelib.handlers.functions import RELAY_SECONDS
from chalicelib.handlers.problem import problem
from chalicelib.handlers.web import html_page
from chalicelib.services.replication import LEASE_MILLISECONDS
from chalicelib.settings import LONGEST_LOCATION, Settings, read_settings
from chalicelib.storage.client import Tables
from chalicelib.storage.tables import MODELS
from infra.packaging.chalice_package import CONFIG, ROOT
from infra.packaging.errors import CannotPackage
from infra.packaging.making import make
from infra.packaging.wheels import RUNTIME
from infra.stacks.functions import FUNCTIONS
from infra.stacks.names import Names, logical
from infra.stacks.sources import IS_PENDING
from infra.stacks.state import state_template, table_of, to_json
from infra.tables import definition, ttl_attribute
from local.event_sources import _is_pending as is_pending
from tests.packaging.templates import (
    STAGES,
    Template,
    as_list,
    functions_of,
    linted,
    of_type,
    plain,
    policies,
    state_of,
    transformed,
    written,
)

# What `aws cloudformation deploy` takes without a bucket.
MOST_BYTES = 51_200
INFINITE = -1
TOPIC_SOURCES = ("ClusterSends", "BrokerSends")
HOUR = 3600
SCHEDULES = {
    "rate(1 minute)": 60,
    "rate(5 minutes)": 300,
    "rate(15 minutes)": 900,
    "cron(0 2 * * ? *)": 24 * HOUR,
}
GIVEN_BY_LAMBDA = {"AWS_REGION": "eu-central-1", "AWS_LAMBDA_FUNCTION_NAME": "sins-loc1-relay"}


def test_cfn_lint_has_nothing_against_the_templates() -> None:
    # The other stages differ in their names alone.
    assert linted(functions_of("loc1")) == []
    assert linted(state_of("loc1")) == []


def test_the_keys_that_prove_a_token_come_over_tls() -> None:
    pattern = functions_of("loc1")["Parameters"]["OidcJwksUrl"]["AllowedPattern"]
    assert re.fullmatch(pattern, "https://sign-in.example.org/keys")
    assert not re.fullmatch(pattern, "http://sign-in.example.org/keys")


def broken_runtime(functions: Template) -> None:
    functions["Resources"]["Relay"]["Properties"]["Runtime"] = "python3.99"


def broken_reference(functions: Template) -> None:
    functions["Resources"]["ChangesRing"]["Properties"]["FunctionName"] = {"Ref": "Nobody"}


def broken_source(functions: Template) -> None:
    functions["Resources"]["ClusterSends"]["Properties"]["MaximumRetryAttempts"] = "often"


def broken_role(functions: Template) -> None:
    del functions["Resources"]["RelayRole"]["Properties"]["AssumeRolePolicyDocument"]


def broken_key(state: Template) -> None:
    state["Resources"]["AuditTable"]["Properties"]["KeySchema"][0]["AttributeName"] = "nothing"


def broken_alarm(state: Template) -> None:
    state["Resources"]["ApiFailingAlarm"]["Properties"]["ComparisonOperator"] = "Above"


@pytest.mark.parametrize("fault", [broken_runtime, broken_reference, broken_source, broken_role])
def test_a_fault_in_the_functions_is_found(fault: Callable[[Template], None]) -> None:
    functions = functions_of("loc1")
    fault(functions)
    assert linted(functions) != []


@pytest.mark.parametrize("fault", [broken_key, broken_alarm])
def test_a_fault_in_the_state_is_found(fault: Callable[[Template], None]) -> None:
    state = state_of("loc1")
    fault(state)
    assert linted(state) != []


def test_a_stage_that_nobody_configured_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotPackage, match=r"no stage paris.* loc1, loc2, loc3"):
        make("paris", RUNTIME, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_every_stage_is_the_location_of_its_name() -> None:
    stages = json.loads(CONFIG.read_text())["stages"]
    for stage, config in stages.items():
        assert config["environment_variables"] == {"LOCATION": stage, "AUTH_MODE": "oidc"}


@pytest.mark.parametrize("stage", STAGES)
def test_the_tables_are_those_of_the_models(stage: str) -> None:
    tables = Tables(None, f"sins-{stage}-")
    found = of_type(state_of(stage), "AWS::DynamoDB::Table")
    assert len(found) == len(MODELS)
    for model in MODELS:
        table = found[table_of(model)]
        wanted = definition(tables, model)
        wanted.get("StreamSpecification", {}).pop("StreamEnabled", None)
        assert {name: table.get(name) for name in wanted} == wanted
        expiry = table.get("TimeToLiveSpecification", {}).get("AttributeName")
        assert expiry == ttl_attribute(model)


def test_the_tables_outlive_mistakes() -> None:
    for name, resource in state_of("loc1")["Resources"].items():
        if resource["Type"] in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"):
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name
    for table in of_type(state_of("loc1"), "AWS::DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}


@pytest.mark.parametrize("stage", STAGES)
def test_every_handler_is_a_function_of_the_app(stage: str) -> None:
    handlers = {
        name: one["Handler"]
        for name, one in of_type(functions_of(stage), "AWS::Lambda::Function").items()
    }
    assert set(handlers) == {logical(one.name) for one in FUNCTIONS}
    for handler in handlers.values():
        module, _, name = handler.partition(".")
        assert module == "app"
        assert callable(getattr(app, name))


def test_the_functions_of_the_longest_location_have_names_that_lambda_takes() -> None:
    names = Names("l" * LONGEST_LOCATION)
    assert max(len(names.function(function.name)) for function in FUNCTIONS) == 64


def test_every_function_has_a_role_and_a_log_of_its_own() -> None:
    functions = of_type(functions_of("loc1"), "AWS::Lambda::Function")
    roles = [json.dumps(one["Role"]) for one in functions.values()]
    assert len(set(roles)) == len(roles) == len(FUNCTIONS)
    groups = of_type(functions_of("loc1"), "AWS::Logs::LogGroup").values()
    logs = {one["LogGroupName"] for one in groups}
    assert {f"/aws/lambda/{one['FunctionName']}" for one in functions.values()} <= logs


def test_every_variable_is_a_setting_and_every_setting_is_valid() -> None:
    template = functions_of("loc1")
    defaults = {name: one.get("Default") for name, one in template["Parameters"].items()}
    for function in of_type(template, "AWS::Lambda::Function").values():
        variables = function["Environment"]["Variables"]
        given = {name: chosen(value, defaults) for name, value in variables.items()}
        settings = read_settings({**given, **GIVEN_BY_LAMBDA})
        assert {name for name in given if not hasattr(settings, name.lower())} == set()
        assert (settings.location, settings.auth_mode) == ("loc1", "oidc")


def chosen(value: Any, defaults: dict[str, Any]) -> str:
    """The value of a variable where somebody deploys with as few parameters as may be."""
    if isinstance(value, str):
        return value
    default = defaults.get(value.get("Ref", ""))
    return "https://given.example" if default is None else str(default)


def test_no_role_has_a_wildcard_action() -> None:
    for template in (functions_of("loc1"), state_of("loc1")):
        for role, statement in policies(template):
            actions = as_list(statement["Action"])
            assert [action for action in actions if "*" in action] == [], role


def test_no_role_has_a_wildcard_on_a_table() -> None:
    for role, statement in policies(functions_of("loc1")):
        actions = as_list(statement["Action"])
        for resource in map(plain, as_list(statement["Resource"])):
            if actions == ["dynamodb:ListStreams"]:
                assert resource.endswith("table/sins-loc1-changes/stream/*")
            elif any(action.startswith("dynamodb:") for action in actions):
                assert "*" not in resource, role
            elif resource == "*":
                # An interface in a network has no name before it is made.
                assert all(action.startswith("ec2:") for action in actions), role


def test_nobody_deletes_or_changes_an_audit_entry() -> None:
    assert actions_on("table/sins-loc1-audit") == {
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    }


def actions_on(table: str) -> set[str]:
    return {
        action
        for _, statement in policies(functions_of("loc1"))
        if any(plain(one).endswith(table) for one in as_list(statement["Resource"]))
        for action in as_list(statement["Action"])
    }


def test_only_who_sends_changes_may_put_one_on_their_topic() -> None:
    senders = {
        (role, topic)
        for role, statement in policies(functions_of("loc1"))
        if "kafka-cluster:WriteData" in as_list(statement["Action"])
        for topic in ("customers", "digests")
        if f"sins.{topic}" in plain(statement["Resource"])
    }
    assert senders == {
        ("RelayRole", "customers"),
        ("SweepRelayRole", "customers"),
        # What another location lacks is sent again.
        ("RepairDifferencesRole", "customers"),
        # Where the last digest is old, it takes one.
        ("SweepExpiredRole", "digests"),
        ("RepairDifferencesRole", "digests"),
        ("TakeDigestRole", "digests"),
        ("JoinRole", "digests"),
    }


def test_the_stream_rings_as_it_does_on_one_machine() -> None:
    rings = of_type(functions_of("loc1"), "AWS::Lambda::EventSourceMapping")["ChangesRing"]
    (pattern,) = rings["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == IS_PENDING
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": {"pending": {"S": "0"}}}}
    assert is_pending(record)
    assert matches(IS_PENDING, record)
    sent = {**record, "dynamodb": {"NewImage": {}}}
    cleared = {**record, "eventName": "MODIFY"}
    assert not any(is_pending(one) or matches(IS_PENDING, one) for one in (sent, cleared))


def matches(pattern: Any, event: Any) -> bool:
    """As Lambda filters: a list names what may be there."""
    if isinstance(pattern, list):
        return any(
            event is not None if one == {"exists": True} else event == one for one in pattern
        )
    return all(matches(inner, (event or {}).get(name)) for name, inner in pattern.items())


def test_every_source_gives_up_some_time_and_says_where() -> None:
    sources = of_type(functions_of("loc1"), "AWS::Lambda::EventSourceMapping")
    assert set(sources) == {"ChangesRing", "ClusterSends", "BrokerSends"}
    for source in sources.values():
        # Without a limit Lambda would set its own, ten, where there is a queue.
        assert source["MaximumRetryAttempts"] > 0
        assert "Fn::ImportValue" in source["DestinationConfig"]["OnFailure"]["Destination"]
        # The functions answer for a whole batch.
        assert "FunctionResponseTypes" not in source


def test_events_that_fail_together_are_tried_apart_and_rings_are_not() -> None:
    sources = of_type(functions_of("loc1"), "AWS::Lambda::EventSourceMapping")
    apart = {name for name, one in sources.items() if one.get("BisectBatchOnFunctionError")}
    assert apart == set(TOPIC_SOURCES)


@pytest.mark.parametrize("source", TOPIC_SOURCES)
def test_nothing_on_the_topic_is_too_old(source: str) -> None:
    mapping = of_type(functions_of("loc1"), "AWS::Lambda::EventSourceMapping")[source]
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["MaximumRecordAgeInSeconds"] == INFINITE
    # As often as AWS counts: what fails a batch passes, or has to be put right by a person.
    assert mapping["MaximumRetryAttempts"] == 10_000


@pytest.mark.parametrize("group", ["", "sins-loc1-applier"])
@pytest.mark.parametrize("cluster", ["", "arn:aws:kafka:eu-central-1:1:cluster/sins/1"])
def test_the_topic_has_one_source_and_none_without_a_group(cluster: str, group: str) -> None:
    template = functions_of("loc1")
    given = {"MskClusterArn": cluster, "Group": group}
    made = {
        name
        for name in (*TOPIC_SOURCES, "ConsumerStoppedAlarm", "ConsumerDroppingAlarm")
        if holds({"Condition": template["Resources"][name]["Condition"]}, template, given)
    }
    source = "ClusterSends" if cluster else "BrokerSends"
    alarms = {"ConsumerStoppedAlarm", "ConsumerDroppingAlarm"}
    assert made == ({source, *alarms} if group else set())


def holds(condition: Template, template: Template, given: dict[str, str]) -> bool:
    """A condition of a template, for the parameters given."""
    ((kind, inner),) = condition.items()
    if kind == "Condition":
        return holds(template["Conditions"][inner], template, given)
    if kind == "Fn::Equals":
        one, other = (given[side["Ref"]] if isinstance(side, dict) else side for side in inner)
        return bool(one == other)
    some = [holds(one, template, given) for one in inner]
    return not some[0] if kind == "Fn::Not" else all(some)


def test_what_the_functions_import_the_state_exports() -> None:
    exported = {one["Export"]["Name"] for one in state_of("loc1")["Outputs"].values()}
    assert set(imports(functions_of("loc1"))) <= exported


def imports(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["Fn::ImportValue"]] if "Fn::ImportValue" in part else []
        return own + [name for inner in part.values() for name in imports(inner)]
    return [name for inner in part for name in imports(inner)] if isinstance(part, list) else []


def test_the_gateway_refuses_as_the_product_does() -> None:
    api = of_type(functions_of("loc1"), "AWS::ApiGateway::RestApi")["RestAPI"]
    responses = api["Body"]["x-amazon-apigateway-gateway-responses"]
    nowhere = responses["MISSING_AUTHENTICATION_TOKEN"]
    assert nowhere["statusCode"] == "404"
    body = json.loads(nowhere["responseTemplates"]["application/json"])
    error = NotFound("there is nothing at this path")
    assert body == to_builtins(problem(error, "$context.requestId"))
    for response in responses.values():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        told = json.loads(response["responseTemplates"]["application/json"])
        assert told["status"] == int(response["statusCode"])


def test_the_api_is_regional_and_throttled_and_logs_no_query() -> None:
    template = functions_of("loc1")
    (stage,) = of_type(template, "AWS::ApiGateway::Stage").values()
    (limits,) = stage["MethodSettings"]
    assert limits["ThrottlingRateLimit"] == {"Ref": "RequestsASecond"}
    assert "requestId" in stage["AccessLogSetting"]["Format"]
    assert "querystring" not in stage["AccessLogSetting"]["Format"].lower()
    (api,) = of_type(template, "AWS::ApiGateway::RestApi").values()
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_fifty_people_may_open_the_page_in_the_same_moment() -> None:
    request: Any = SimpleNamespace(
        parts=SimpleNamespace(settings=Settings()), ends_with_slash=False
    )
    page = html_page("index.html", request).body
    files = set(re.findall(r"web/\w+/[\w.-]+", page))
    assert len(files) > 30
    at_once = functions_of("loc1")["Parameters"]["RequestsAtOnce"]["Default"]
    assert at_once >= 50 * (1 + len(files))


def test_alarms_watch_functions_and_tables_that_are_there() -> None:
    functions = of_type(functions_of("loc1"), "AWS::Lambda::Function").values()
    tables = of_type(state_of("loc1"), "AWS::DynamoDB::Table").values()
    known = {
        "FunctionName": {one["FunctionName"] for one in functions},
        "TableName": {one["TableName"] for one in tables},
        "GlobalSecondaryIndexName": {index for _, index in indexes_of("loc1")},
        "QueueName": {
            one["QueueName"] for one in of_type(state_of("loc1"), "AWS::SQS::Queue").values()
        },
        "ApiName": {Names("loc1").prefix},
        "Stage": {"api"},
        "location": {"loc1"},
    }
    alarms = of_type(state_of("loc1"), "AWS::CloudWatch::Alarm")
    for name, alarm in alarms.items():
        for dimension in alarm["Dimensions"]:
            assert dimension["Value"] in known[dimension["Name"]], name
        assert alarm["AlarmActions"] == [{"Ref": "Alarms"}]
    failing = {name for name in alarms if name.endswith("FailingAlarm")}
    assert len(failing) == len(FUNCTIONS) + 1


def test_an_index_that_throttles_is_heard_of_as_a_table_is() -> None:
    alarms = of_type(state_of("loc1"), "AWS::CloudWatch::Alarm").values()
    watched = {
        metric: {
            (where["TableName"], where["GlobalSecondaryIndexName"])
            for alarm in alarms
            if alarm["MetricName"] == metric
            and len(where := {one["Name"]: one["Value"] for one in alarm["Dimensions"]}) > 1
        }
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
    }
    there = indexes_of("loc1")
    assert there
    assert watched == {"ReadThrottleEvents": there, "WriteThrottleEvents": there}


def indexes_of(stage: str) -> set[tuple[str, str]]:
    """Tables with the names of their indexes."""
    return {
        (table["TableName"], index["IndexName"])
        for table in of_type(state_of(stage), "AWS::DynamoDB::Table").values()
        for index in table.get("GlobalSecondaryIndexes", [])
    }


def test_whatever_the_clock_calls_has_an_alarm_for_when_it_does_not() -> None:
    alarms = of_type(state_of("loc1"), "AWS::CloudWatch::Alarm")
    scheduled = {
        name: SCHEDULES[event["Properties"]["Schedule"]]
        for name, function in of_type(written("loc1")["sam"], "AWS::Serverless::Function").items()
        for event in function.get("Events", {}).values()
        if event["Type"] == "Schedule"
    }
    assert {logical(one.name): one.every for one in FUNCTIONS if one.every} == scheduled
    for name, every in scheduled.items():
        alarm = alarms[f"{name}StoppedAlarm"]
        assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("Invocations", "breaching")
        silence = alarm["Period"] * alarm["EvaluationPeriods"]
        # One may run for 15 minutes, and another that is due meanwhile is not called.
        assert silence == (26 * HOUR if every == 24 * HOUR else max(3 * every, HOUR // 4))


@pytest.mark.parametrize("name", ["ConsumerStoppedAlarm", "ConsumerDroppingAlarm"])
def test_an_alarm_looks_at_the_source_that_there_is(name: str) -> None:
    template = functions_of("loc1")
    alarm = template["Resources"][name]["Properties"]
    (dimension,) = alarm["Dimensions"]
    chosen = {"Fn::If": ["ClusterIsRead", {"Ref": "ClusterSends"}, {"Ref": "BrokerSends"}]}
    assert dimension == {"Name": "EventSourceMappingUUID", "Value": chosen}
    for source in TOPIC_SOURCES:
        mapping = template["Resources"][source]["Properties"]
        # The group of metrics of which both alarms are.
        assert mapping["MetricsConfig"] == {"Metrics": ["EventCount"]}


def test_a_source_at_rest_is_told_from_one_that_is_off() -> None:
    alarm = functions_of("loc1")["Resources"]["ConsumerStoppedAlarm"]["Properties"]
    # While nothing comes Lambda tells 0; where it does not ask it tells nothing.
    assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("PolledEventCount", "breaching")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 0)


def test_no_alarm_looks_back_further_than_cloudwatch_does() -> None:
    for name, alarm in every_alarm().items():
        most = 7 * 24 * HOUR if alarm["Period"] >= HOUR else 24 * HOUR
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= most, name


def every_alarm() -> dict[str, Template]:
    """Of both stacks, by the name that follows the location's."""
    found = [of_type(one("loc1"), "AWS::CloudWatch::Alarm") for one in (state_of, functions_of)]
    prefix = f"{Names('loc1').prefix}-"
    return {
        alarm["AlarmName"].removeprefix(prefix): alarm
        for alarms in found
        for alarm in alarms.values()
    }


def test_the_readme_says_of_every_alarm_what_to_do_and_names_no_other() -> None:
    readme = (ROOT / "README.md").read_text()
    table = readme.partition("| Alarm | ")[2].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    named = {name for row in rows for name in re.findall("`([^`]+)`", row)}
    alarms = every_alarm()
    said = {name: {alarm for alarm in alarms if is_named(alarm, name)} for name in named}
    assert [name for name, meant in said.items() if not meant] == []
    assert alarms.keys() - set[str]().union(*said.values()) == set()


def is_named(alarm: str, name: str) -> bool:
    """`...-queue` names every alarm that ends so."""
    return alarm.endswith(name.removeprefix("...")) if name.startswith("...") else alarm == name


def test_the_readme_names_every_parameter() -> None:
    readme = (ROOT / "README.md").read_text()
    parameters = [*state_of("loc1")["Parameters"], *functions_of("loc1")["Parameters"]]
    assert [name for name in parameters if not re.search(f"`{name}[`=]", readme)] == []


def test_the_readme_says_how_much_concurrency_a_location_reserves() -> None:
    functions = of_type(functions_of("loc1"), "AWS::Lambda::Function").values()
    reserved = sum(one.get("ReservedConcurrentExecutions", 0) for one in functions)
    readme = (ROOT / "README.md").read_text()
    assert f"{reserved} functions of a location reserve a concurrency of 1." in readme


@pytest.mark.parametrize("name", ["Relay", "SweepRelay"])
def test_a_relay_ends_by_itself_before_lambda_ends_it(name: str) -> None:
    function = of_type(functions_of("loc1"), "AWS::Lambda::Function")[name]
    assert function["Timeout"] > RELAY_SECONDS + LEASE_MILLISECONDS / 1000


@pytest.mark.parametrize("location", ["loc1", "x" * LONGEST_LOCATION])
def test_the_state_deploys_without_a_bucket_whatever_the_location_is_called(location: str) -> None:
    assert len(to_json(state_template(Names(location)))) < MOST_BYTES


def test_the_stages_differ_in_their_names_alone() -> None:
    first = json.dumps(transformed(written("loc1")["sam"]), sort_keys=True)
    third = json.dumps(transformed(written("loc3")["sam"]), sort_keys=True)
    hashed = re.compile(r"RestAPIDeployment[0-9a-f]+|Stage\w*-[0-9a-f]+|RestApi deployment id: \w+")
    assert hashed.sub("", third.replace("loc3", "loc1")) == hashed.sub("", first)
