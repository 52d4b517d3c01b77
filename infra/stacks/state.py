"""What a location keeps, in a stack of its own: it outlives every deployment of the functions.

The tables are those that `infra/tables.py` makes on one machine, from the same definition, with
what only AWS has: backups to any second of the last 35 days, a key of the customer's own, and
protection against being deleted. Names, not this stack's outputs, say what a function may use;
what has no name of its own (a stream, the bucket, the queues) is exported.
"""

import json
from typing import Any

from pynamodb.models import Model

from chalicelib.storage.client import Tables
from chalicelib.storage.tables import MODELS
from infra.stacks.functions import FUNCTIONS
from infra.stacks.names import Names, Template, arn, attribute, camel, ref, sub
from infra.stacks.roles import queue_of
from infra.stacks.watching import watching
from infra.tables import definition, ttl_attribute

KEY = "Key"
ALARMS = "Alarms"
SNAPSHOTS = "Snapshots"
FORTNIGHT = 14 * 24 * 60 * 60
# Deleting the stack, or replacing one of these, leaves them as they are.
_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def state_template(names: Names) -> Template:
    """The template of a location's state."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"SINS: what {names.location} keeps, and what watches over it",
        "Parameters": {
            "AlarmEmail": {
                "Type": "String",
                "Default": "",
                "Description": "Who is written to when an alarm goes off; empty: nobody",
            },
            "GatewayLogs": {
                "Type": "String",
                "Default": "yes",
                "AllowedValues": ["yes", "no"],
                "Description": "no: this account and region lets API gateways write logs already",
            },
        },
        "Conditions": {
            "SomebodyIsTold": {"Fn::Not": [{"Fn::Equals": [ref("AlarmEmail"), ""]}]},
            "GatewaysMayLog": {"Fn::Equals": [ref("GatewayLogs"), "yes"]},
        },
        "Resources": {
            **_key(names),
            **{table_of(model): _table(names, model) for model in MODELS},
            **_bucket(),
            **{camel(queue): _queue(names, queue) for queue in queues()},
            **_alarm_topic(),
            **_gateway_logs(),
            **watching(names, queues(), ref(ALARMS)),
        },
        "Outputs": _outputs(names),
    }


def table_of(model: type[Model]) -> str:
    return f"{camel(str(model.Meta.table_name))}Table"


def queues() -> list[str]:
    """What could not be done in the end waits in these for a person."""
    return [queue for one in FUNCTIONS if (queue := queue_of(one))]


def _table(names: Names, model: type[Model]) -> Template:
    request = definition(Tables(None, f"{names.prefix}-"), model)
    stream = request.pop("StreamSpecification", None)
    if stream:
        request["StreamSpecification"] = {"StreamViewType": stream["StreamViewType"]}
    expiry = ttl_attribute(model)
    if expiry:
        request["TimeToLiveSpecification"] = {"Enabled": True, "AttributeName": expiry}
    return {
        "Type": "AWS::DynamoDB::Table",
        **_KEPT,
        "Properties": {
            **request,
            "DeletionProtectionEnabled": True,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {
                "SSEEnabled": True,
                "SSEType": "KMS",
                "KMSMasterKeyId": attribute(KEY, "Arn"),
            },
        },
    }


def _key(names: Names) -> Template:
    return {
        KEY: {
            "Type": "AWS::KMS::Key",
            **_KEPT,
            "Properties": {
                "Description": f"What {names.prefix} keeps",
                "EnableKeyRotation": True,
                "KeyPolicy": {"Version": "2012-10-17", "Statement": _key_statements()},
            },
        },
        "KeyAlias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": f"alias/{names.prefix}", "TargetKeyId": ref(KEY)},
        },
    }


def _key_statements() -> list[dict[str, Any]]:
    using = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"]
    services = [sub(f"{one}.${{AWS::Region}}.amazonaws.com") for one in ("dynamodb", "s3")]
    return [
        {
            "Sid": "TheAccountDecides",
            "Effect": "Allow",
            "Principal": {"AWS": arn("iam::${AWS::AccountId}:root")},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            # Whoever may use the tables or the bucket need not be allowed the key as well.
            "Sid": "ThroughTablesAndBucket",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [*using, "kms:CreateGrant", "kms:ReEncrypt*"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "kms:CallerAccount": ref("AWS::AccountId"),
                    "kms:ViaService": services,
                }
            },
        },
        {
            "Sid": "AlarmsAreTold",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        },
    ]


def _bucket() -> Template:
    return {
        SNAPSHOTS: {
            "Type": "AWS::S3::Bucket",
            **_KEPT,
            "Properties": {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {
                            "BucketKeyEnabled": True,
                            "ServerSideEncryptionByDefault": {
                                "SSEAlgorithm": "aws:kms",
                                "KMSMasterKeyID": attribute(KEY, "Arn"),
                            },
                        }
                    ]
                },
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "BlockPublicPolicy": True,
                    "IgnorePublicAcls": True,
                    "RestrictPublicBuckets": True,
                },
                "VersioningConfiguration": {"Status": "Enabled"},
                # Snapshots hold customers: what retention erased must not stay in an old one.
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "Id": "forget",
                            "Status": "Enabled",
                            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                        }
                    ]
                },
            },
        },
        **_tls_only(),
    }


def _tls_only() -> Template:
    everything = [attribute(SNAPSHOTS, "Arn"), sub(f"${{{SNAPSHOTS}.Arn}}/*")]
    return {
        "SnapshotsOnlyByTls": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": ref(SNAPSHOTS),
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": everything,
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ],
                },
            },
        },
    }


def _queue(names: Names, queue: str) -> Template:
    return {
        "Type": "AWS::SQS::Queue",
        **_KEPT,
        "Properties": {
            "QueueName": names.of(queue),
            "SqsManagedSseEnabled": True,
            "MessageRetentionPeriod": FORTNIGHT,
        },
    }


def _alarm_topic() -> Template:
    return {
        ALARMS: {
            "Type": "AWS::SNS::Topic",
            "Properties": {"KmsMasterKeyId": ref(KEY)},
        },
        "AlarmMail": {
            "Type": "AWS::SNS::Subscription",
            "Condition": "SomebodyIsTold",
            "Properties": {
                "TopicArn": ref(ALARMS),
                "Protocol": "email",
                "Endpoint": ref("AlarmEmail"),
            },
        },
    }


def _gateway_logs() -> Template:
    """API gateways write logs with one role an account and region, whose ever they are."""
    managed = "iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {
        "GatewayLogRole": {
            "Type": "AWS::IAM::Role",
            "Condition": "GatewaysMayLog",
            **_KEPT,
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "ManagedPolicyArns": [arn(managed)],
            },
        },
        "GatewayAccount": {
            "Type": "AWS::ApiGateway::Account",
            "Condition": "GatewaysMayLog",
            **_KEPT,
            "Properties": {"CloudWatchRoleArn": attribute("GatewayLogRole", "Arn")},
        },
    }


def _outputs(names: Names) -> Template:
    values = {
        "changes-stream-arn": attribute("ChangesTable", "StreamArn"),
        "snapshots": ref(SNAPSHOTS),
        "snapshots-arn": attribute(SNAPSHOTS, "Arn"),
        "alarms-arn": ref(ALARMS),
        **{f"{queue}-arn": attribute(camel(queue), "Arn") for queue in queues()},
    }
    return {
        camel(name): {"Value": value, "Export": {"Name": names.of(name)}}
        for name, value in values.items()
    }


def to_json(template: Template) -> str:
    # Without spaces: what is larger than 51,200 bytes CloudFormation takes from a bucket only.
    return json.dumps(template, separators=(",", ":")) + "\n"
