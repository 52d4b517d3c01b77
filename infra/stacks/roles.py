"""A role for each function, with what `functions.py` says and no more.

What needs the broker is a policy of its own, which is there only where the broker is Amazon MSK:
of another one AWS can say nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.storage.snapshots import NAME as SNAPSHOT
from infra.stacks.functions import FUNCTIONS, Function
from infra.stacks.names import (
    CHANGES_TOPIC,
    DIGESTS_TOPIC,
    Names,
    Template,
    arn,
    attribute,
    logical,
    ref,
    sub,
)

Statement = dict[str, Any]
IS_MSK = "BrokerIsMsk"
# These have no resource to be bound to: an interface is made before it has a name.
_NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
_ASSUMED_BY_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def roles(names: Names) -> Template:
    """Resources: each function's role, and what those who meet the broker may do there."""
    made: Template = {role_of(one): _role(one, names) for one in FUNCTIONS}
    for function in FUNCTIONS:
        statements = list(_broker(function))
        if statements:
            made[f"{logical(function.name)}OnBroker"] = {
                "Type": "AWS::IAM::Policy",
                "Condition": IS_MSK,
                "Properties": {
                    "PolicyName": "broker",
                    "PolicyDocument": _document(statements),
                    "Roles": [ref(role_of(function))],
                },
            }
    return made


def role_of(function: Function) -> str:
    return f"{logical(function.name)}Role"


def _role(function: Function, names: Names) -> Template:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": _ASSUMED_BY_LAMBDA,
            "Policies": [
                {"PolicyName": "function", "PolicyDocument": _document(_own(function, names))}
            ],
        },
    }


def _document(statements: list[Statement]) -> Template:
    return {"Version": "2012-10-17", "Statement": statements}


def _own(function: Function, names: Names) -> list[Statement]:
    statements = [_logs(function, names), *_tables(function, names)]
    if function.snapshots:
        bucket = {"bucket": names.exported("snapshots-arn")}
        kept = {"Fn::Sub": [f"${{bucket}}/{SNAPSHOT}", bucket]}
        statements.append(_allow([f"s3:{action}" for action in function.snapshots], kept))
    if function.follows_stream:
        statements += _stream(names)
    queue = queue_of(function)
    if queue:
        statements.append(_allow(["sqs:SendMessage"], names.exported(f"{queue}-arn")))
    if function.reaches_broker or function.reads_changes:
        statements.append(_allow(list(_NETWORK), "*"))
    return statements


def queue_of(function: Function) -> str | None:
    """The queue of what the function could not do in the end."""
    queues = {"relay": "unsent", "consumer": "unapplied", "sweep_expired": "unswept"}
    return queues.get(function.name)


def _logs(function: Function, names: Names) -> Statement:
    group = f"log-group:/aws/lambda/{names.function(function.name)}:*"
    return _allow(
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        arn(f"logs:${{AWS::Region}}:${{AWS::AccountId}}:{group}"),
    )


def _tables(function: Function, names: Names) -> Iterator[Statement]:
    for table, actions in function.tables.items():
        yield _allow([f"dynamodb:{action}" for action in actions], names.table_arn(table))
    indexes = [
        names.index_arn(table, index) for table, some in function.indexes.items() for index in some
    ]
    if indexes:
        yield _allow(["dynamodb:Query"], indexes)


def _stream(names: Names) -> list[Statement]:
    reading = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    # A table's streams can only be listed all together.
    streams = names.table_arn("changes")["Fn::Sub"] + "/stream/*"
    return [
        _allow(reading, names.exported("changes-stream-arn")),
        _allow(["dynamodb:ListStreams"], sub(streams)),
    ]


def _broker(function: Function) -> Iterator[Statement]:
    if function.reaches_broker or function.reads_changes:
        yield _allow(["kafka-cluster:Connect"], ref("MskClusterArn"))
    if function.sends_changes:
        yield _allow(_sending(), topic(CHANGES_TOPIC))
    if function.has_board:
        yield _allow([*_sending(), "kafka-cluster:ReadData"], topic(DIGESTS_TOPIC))
    if function.reads_changes:
        reading = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]
        yield _allow(reading, topic(CHANGES_TOPIC))
        yield _allow(
            ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"], _part("group", "${Group}")
        )
        yield _allow(
            [
                "kafka-cluster:DescribeClusterDynamicConfiguration",
                "kafka:DescribeCluster",
                "kafka:DescribeClusterV2",
                "kafka:GetBootstrapBrokers",
            ],
            ref("MskClusterArn"),
        )


def _sending() -> list[str]:
    return ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"]


def topic(name: str) -> Mapping[str, Any]:
    return _part("topic", name)


def _part(kind: str, name: str) -> Mapping[str, Any]:
    """`...:cluster/NAME/ID` has its topics at `...:topic/NAME/ID/TOPIC`."""
    halves = {"Fn::Split": [":cluster/", ref("MskClusterArn")]}
    return {
        "Fn::Sub": [
            f"${{before}}:{kind}/${{cluster}}/{name}",
            {"before": {"Fn::Select": [0, halves]}, "cluster": {"Fn::Select": [1, halves]}},
        ]
    }


def _allow(actions: list[str], resource: Any) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def role_arn(function: Function) -> dict[str, list[str]]:
    return attribute(role_of(function), "Arn")
