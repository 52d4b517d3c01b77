"""What calls the functions that no person and no clock calls: the stream, and the topic.

The functions answer for a whole batch, so neither source asks which records of one failed.
"""

import json

from infra.stacks.names import CHANGES_TOPIC, Names, Template, camel, ref
from infra.stacks.roles import IS_MSK

# Whether there is a group to read for, and by which of the two sources.
HAS_GROUP = "TopicIsRead"
CLUSTER_IS_READ = "ClusterIsRead"
BROKER_IS_READ = "BrokerIsRead"
CLUSTER = "ClusterSends"
BROKER = "BrokerSends"
# Only what is new and has yet to be sent rings: clearing it would ring again.
IS_PENDING = {
    "eventName": ["INSERT"],
    "dynamodb": {"NewImage": {"pending": {"S": [{"exists": True}]}}},
}
RINGS = 3
RING_SECONDS = 300
# The most that AWS counts. Poison never fails a batch, so what does is full tables or a bug, and
# that has to be waited for. Where there is a queue, Lambda takes no limit for a limit of ten.
ATTEMPTS = 10_000
RECORDS = 100


def sources(names: Names) -> Template:
    """Resources: the stream of `changes` for the relay, and the topic for the consumer."""
    return {
        "ChangesRing": _mapping(names, "relay", "unsent", **_stream(names)),
        CLUSTER: {
            **_mapping(names, "consumer", "unapplied", **_cluster()),
            "Condition": CLUSTER_IS_READ,
            # Lambda looks whether it may read before it takes the source.
            "DependsOn": "ConsumerOnBroker",
        },
        BROKER: {
            **_mapping(names, "consumer", "unapplied", **_broker()),
            "Condition": BROKER_IS_READ,
        },
    }


def source_conditions() -> Template:
    """Lambda takes a second source of the same topic only once the first is gone.

    So an empty group takes the source away, and the next deployment may name another one.
    """
    is_read = {"Condition": HAS_GROUP}
    return {
        HAS_GROUP: {"Fn::Not": [{"Fn::Equals": [ref("Group"), ""]}]},
        CLUSTER_IS_READ: {"Fn::And": [{"Condition": IS_MSK}, is_read]},
        BROKER_IS_READ: {"Fn::And": [{"Fn::Not": [{"Condition": IS_MSK}]}, is_read]},
    }


def reading_source() -> Template:
    """The identifier of the source by which the topic is read."""
    return {"Fn::If": [CLUSTER_IS_READ, ref(CLUSTER), ref(BROKER)]}


def _mapping(names: Names, function: str, queue: str, **properties: object) -> Template:
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "FunctionName": ref(camel(function)),
            "BatchSize": RECORDS,
            "DestinationConfig": {"OnFailure": {"Destination": names.exported(f"{queue}-arn")}},
            **properties,
        },
    }


def _stream(names: Names) -> Template:
    """It only rings a bell, and a tick each minute makes sure: a ring may be lost.

    No batch is taken apart: each part would ring for all that is pending, wait for the broker that
    is away, and be given up by itself.
    """
    return {
        "EventSourceArn": names.exported("changes-stream-arn"),
        "StartingPosition": "LATEST",
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps(IS_PENDING)}]},
        "MaximumRetryAttempts": RINGS,
        "MaximumRecordAgeInSeconds": RING_SECONDS,
    }


def _topic() -> Template:
    """Nothing is too old: a new location reads the state of years, a late one what it missed.

    Whatever cannot be applied at all, the function keeps.
    """
    return {
        "Topics": [CHANGES_TOPIC],
        "StartingPosition": "TRIM_HORIZON",
        # Half a second by default, and somebody waits at the other location.
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRetryAttempts": ATTEMPTS,
        # Infinite.
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": True,
        # Polls that bring nothing are told too: a source at rest differs from one that is off.
        "MetricsConfig": {"Metrics": ["EventCount"]},
        # Without pollers of its own a topic's source knows no limits.
        "ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": ref("Pollers")},
    }


def _cluster() -> Template:
    return {
        **_topic(),
        "EventSourceArn": ref("MskClusterArn"),
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": ref("Group")},
    }


def _broker() -> Template:
    brokers = {"Fn::Split": [",", ref("KafkaBootstrap")]}
    return {
        **_topic(),
        "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": brokers}},
        "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": ref("Group")},
        "SourceAccessConfigurations": [
            {"Type": "VPC_SUBNET", "URI": _joined("subnet", _subnet(0))},
            {"Type": "VPC_SUBNET", "URI": _joined("subnet", _subnet(1))},
            {"Type": "VPC_SECURITY_GROUP", "URI": _joined("security_group", ref("SecurityGroup"))},
        ],
    }


def _subnet(position: int) -> Template:
    return {"Fn::Select": [position, ref("Subnets")]}


def _joined(kind: str, part: object) -> Template:
    return {"Fn::Join": [":", [kind, part]]}
