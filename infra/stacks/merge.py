"""What is merged into Chalice's template: all that Chalice cannot be told in its configuration.

Chalice brings the functions, their handlers, schedules, memory and time-outs, and the REST API.
This adds for each function its name, runtime, role, network and settings; where events come from;
and what surrounds the API. What differs from one account to another is a parameter.
"""

from typing import Any

from infra.stacks.functions import FUNCTIONS, Function
from infra.stacks.gateway import gateway
from infra.stacks.names import LOG_DAYS, Names, Template, logical, ref
from infra.stacks.roles import IS_MSK, queue_of, role_arn, roles
from infra.stacks.sources import source_conditions, sources
from infra.stacks.watching import watching_source

NIGHTLY = "sweep_expired"
_NAMES_CLUSTER = {"Fn::Not": [{"Fn::Equals": [ref("MskClusterArn"), ""]}]}
# A setting, and the parameter that it comes from. The rest is in `.chalice/config.json`.
SETTINGS = {
    "KAFKA_BOOTSTRAP": "KafkaBootstrap",
    "KAFKA_SECURITY": "KafkaSecurity",
    "OIDC_ISSUER": "OidcIssuer",
    "OIDC_AUDIENCE": "OidcAudience",
    "OIDC_JWKS_URL": "OidcJwksUrl",
    "OIDC_ROLE_CLAIM": "OidcRoleClaim",
    "OIDC_ACTOR_CLAIM": "OidcActorClaim",
    "RETENTION_DAYS": "RetentionDays",
    "REQUIRE_IF_MATCH": "RequireIfMatch",
    "LOG_LEVEL": "LogLevel",
}


def merge_template(names: Names, runtime: str) -> Template:
    """The template to merge for a location and a runtime of Lambda (`python3.14`)."""
    return {
        "Description": f"SINS: the functions of {names.location}",
        "Parameters": _parameters(names),
        "Conditions": {
            IS_MSK: _NAMES_CLUSTER,
            **source_conditions(),
        },
        "Rules": {
            "OnlyMskKnowsRoles": {
                "RuleCondition": {"Fn::Equals": [ref("KafkaSecurity"), "iam"]},
                "Assertions": [
                    {
                        "Assert": _NAMES_CLUSTER,
                        "AssertDescription": "KafkaSecurity=iam needs MskClusterArn.",
                    }
                ],
            }
        },
        "Resources": {
            **{logical(one.name): _function(one, names, runtime) for one in FUNCTIONS},
            **{f"{logical(one.name)}Log": _log(one, names) for one in FUNCTIONS},
            **roles(names),
            **sources(names),
            **watching_source(names),
            **gateway(names),
        },
    }


def _function(function: Function, names: Names, runtime: str) -> Template:
    properties: Template = {
        "FunctionName": names.function(function.name),
        "Runtime": runtime,
        "Role": role_arn(function),
        "Environment": {"Variables": _settings(names)},
    }
    if function.reaches_broker:
        properties["VpcConfig"] = {
            "SubnetIds": ref("Subnets"),
            "SecurityGroupIds": [ref("SecurityGroup")],
        }
    if function.disk_megabytes:
        properties["EphemeralStorage"] = {"Size": function.disk_megabytes}
    if function.every and function.name != NIGHTLY:
        # The next tick is soon: one that had to wait is dropped, and none is told twice.
        properties["EventInvokeConfig"] = _retries(0, 60)
    if function.name == NIGHTLY:
        failed = {"Type": "SQS", "Destination": names.exported(f"{queue_of(function)}-arn")}
        properties["EventInvokeConfig"] = {
            **_retries(2, 6 * 60 * 60),
            "DestinationConfig": {"OnFailure": failed},
        }
    return {"Properties": properties}


def _log(function: Function, names: Names) -> Template:
    """Chalice names the API's log after a resource that it renames afterwards."""
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": f"/aws/lambda/{names.function(function.name)}",
            "RetentionInDays": LOG_DAYS,
        },
    }


def _retries(times: int, seconds: int) -> Template:
    return {"MaximumRetryAttempts": times, "MaximumEventAgeInSeconds": seconds}


def _settings(names: Names) -> Template:
    given = {setting: ref(parameter) for setting, parameter in SETTINGS.items()}
    bucket = {"bucket": names.exported("snapshots")}
    return {**given, "SNAPSHOTS": {"Fn::Sub": ["s3://${bucket}", bucket]}}


def _parameters(names: Names) -> Template:
    return {
        "MskClusterArn": _text("The cluster, where the broker is Amazon MSK; else empty", ""),
        "KafkaBootstrap": _text("Addresses of brokers, separated by commas"),
        "KafkaSecurity": {
            **_text("How the brokers are reached", "iam"),
            "AllowedValues": ["plaintext", "tls", "iam"],
        },
        "Subnets": {
            "Type": "List<AWS::EC2::Subnet::Id>",
            "Description": "Two or more, from which the brokers are reached",
        },
        "SecurityGroup": {
            "Type": "AWS::EC2::SecurityGroup::Id",
            "Description": "With which the brokers are reached",
        },
        "Group": _text(
            "Under which name Kafka keeps the place on the topic: another one reads it anew. "
            "Empty first: that takes the source away",
            names.of("applier"),
        ),
        "Pollers": _number("How many of Lambda's pollers read the topic at most", 2),
        "OidcIssuer": _text("Who signs the tokens"),
        "OidcAudience": _text("For whom they are signed"),
        "OidcJwksUrl": {
            **_text("Where the keys are"),
            # Whoever can change them on their way signs any token.
            "AllowedPattern": "https://.+",
            "ConstraintDescription": "it must begin with https://",
        },
        "OidcRoleClaim": _text("The claim that names the role", "role"),
        "OidcActorClaim": _text("The claim that names the person", "sub"),
        "RetentionDays": _number("How long a customer is kept after the last change", 365),
        "RequireIfMatch": {
            **_text("Whether a change has to name the version it replaces", "false"),
            "AllowedValues": ["true", "false"],
        },
        "LogLevel": {
            **_text("How much is logged", "INFO"),
            "AllowedValues": ["DEBUG", "INFO", "WARNING", "ERROR"],
        },
        "RequestsASecond": _number("How many the gateway lets through", 100),
        # Fifty people may open the page in the same moment, which asks for each of its files.
        "RequestsAtOnce": _number("How many of them at once", 2_000),
    }


def _text(description: str, default: str | None = None) -> dict[str, Any]:
    known = {} if default is None else {"Default": default}
    return {"Type": "String", "Description": description, **known}


def _number(description: str, default: int) -> dict[str, Any]:
    return {"Type": "Number", "Description": description, "Default": default, "MinValue": 1}
