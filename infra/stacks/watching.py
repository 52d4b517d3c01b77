"""Alarms that a person hears of, and a page that shows how the location does.

What AWS measures of itself, and what the product says of itself in its logs (the metrics of the
namespace SINS).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from chalicelib.storage.tables import MODELS
from infra.stacks.functions import FUNCTIONS
from infra.stacks.names import API_HANDLER, API_STAGE, Names, Template, camel
from infra.stacks.sources import HAS_GROUP, reading_source
from infra.tables import index_names

OURS = "SINS"
MINUTE = 60
FIVE_MINUTES = 300
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# A night may be missed by an hour or two, where a sweep had to wait.
NIGHT_HOURS = 26
# People wait for these two; the others have room for one at a time, and are asked again.
UNTHROTTLED = (API_HANDLER, "consumer")
# Where silence is the fault.
IS_NEEDED = {"TreatMissingData": "breaching"}


class Alarm(Struct, frozen=True):
    """Goes off when the metric is above the threshold for `times` periods of `period` seconds.

    Or below it, where `is_below`. `tells` is what the person reads who is written to.
    """

    name: str
    tells: str
    namespace: str
    metric: str
    dimensions: Mapping[str, object]
    threshold: float = 0
    times: int = 1
    period: int = FIVE_MINUTES
    statistic: str = "Sum"
    is_below: bool = False
    extra: Mapping[str, Any] = {}


def watching(names: Names, queues: Sequence[str], told: object) -> Template:
    """Resources: every alarm, telling `told`, and the dashboard."""
    alarms = list(_alarms(names, queues))
    return {
        **{f"{camel(alarm.name)}Alarm": _resource(alarm, names, told) for alarm in alarms},
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {
                "DashboardName": names.prefix,
                "DashboardBody": {"Fn::Sub": json.dumps({"widgets": _widgets(names, queues)})},
            },
        },
    }


def watching_source(names: Names) -> Template:
    """Resources: alarms about the source of the topic, which belongs to the functions' stack."""
    told = names.exported("alarms-arn")
    return {
        f"{camel(alarm.name)}Alarm": {**_resource(alarm, names, told), "Condition": HAS_GROUP}
        for alarm in _of_source()
    }


def _alarms(names: Names, queues: Sequence[str]) -> Iterator[Alarm]:
    yield from _of_functions(names)
    yield from _of_clock(names)
    yield from _of_ours(names)
    for queue in queues:
        yield Alarm(
            f"{queue}-queue",
            f"Something waits in {names.of(queue)} that was given up.",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": names.of(queue)},
            statistic="Maximum",
        )
    for model in MODELS:
        table = str(model.Meta.table_name)
        here = {"TableName": names.of(table)}
        yield from _throttled(table, f"The table {names.of(table)}", here)
        for index in index_names(model):
            # A table's figures leave its indexes out, and one that takes no more holds writers up.
            tells = f"The index {index} of {names.of(table)}"
            yield from _throttled(
                f"{table}-{index}", tells, {**here, "GlobalSecondaryIndexName": index}
            )
    yield Alarm(
        "api-failing",
        "The API answered with 5xx.",
        "AWS/ApiGateway",
        "5XXError",
        {"ApiName": names.prefix, "Stage": API_STAGE},
        threshold=5,
    )


def _throttled(what: str, tells: str, dimensions: Mapping[str, object]) -> Iterator[Alarm]:
    for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
        yield Alarm(
            f"{what}-{'reads' if metric.startswith('Read') else 'writes'}-throttled",
            f"{tells} gets more than it takes.",
            "AWS/DynamoDB",
            metric,
            dimensions,
            threshold=10,
            times=3,
            period=MINUTE,
        )


def _of_functions(names: Names) -> Iterator[Alarm]:
    for function in FUNCTIONS:
        called = {"FunctionName": names.function(function.name)}
        yield Alarm(
            f"{function.name}-failing",
            f"{called['FunctionName']} fails: see its log.",
            "AWS/Lambda",
            "Errors",
            called,
            threshold=function.alarm_after - 1,
        )
    for name in UNTHROTTLED:
        called = {"FunctionName": names.function(name)}
        tells = f"{called['FunctionName']} is called more often than the account allows."
        yield Alarm(f"{name}-throttled", tells, "AWS/Lambda", "Throttles", called, times=2)
    yield Alarm(
        "relay-behind",
        "The relay reads what was committed a minute ago.",
        "AWS/Lambda",
        "IteratorAge",
        {"FunctionName": names.function("relay")},
        threshold=60_000,
        times=3,
        statistic="Maximum",
    )
    yield Alarm(
        "consumer-behind",
        "More and more events of the other locations wait.",
        "AWS/Lambda",
        "OffsetLag",
        {"FunctionName": names.function("consumer")},
        threshold=10_000,
        times=3,
        statistic="Maximum",
    )


def _of_clock(names: Names) -> Iterator[Alarm]:
    """What nobody calls does not fail either: only that it was not called can be seen."""
    for function in FUNCTIONS:
        if function.every:
            period, times = _silence(function.every)
            yield Alarm(
                f"{function.name}-stopped",
                f"The clock does not call {names.function(function.name)} any more.",
                "AWS/Lambda",
                "Invocations",
                {"FunctionName": names.function(function.name)},
                threshold=1,
                times=times,
                period=period,
                is_below=True,
                extra=IS_NEEDED,
            )


def _silence(every: int) -> tuple[int, int]:
    """How long a period is and how many of them may pass without a call, for a tick in seconds.

    Three ticks, but not less than the 15 minutes for which one may run and keep the next away.
    """
    return (HOUR, NIGHT_HOURS) if every == DAY else (max(every, FIVE_MINUTES), 3)


def _of_source() -> Iterator[Alarm]:
    here = {"EventSourceMappingUUID": reading_source()}
    yield Alarm(
        "consumer-stopped",
        "Nobody asks the topic for changes of the other locations.",
        "AWS/Lambda",
        "PolledEventCount",
        here,
        # Also a poll that brings nothing is told, as 0.
        threshold=0,
        times=3,
        is_below=True,
        extra=IS_NEEDED,
    )
    yield Alarm(
        "consumer-dropping",
        "Events were given up, and not even the queue has heard of them.",
        "AWS/Lambda",
        "DroppedEventCount",
        here,
    )


def _of_ours(names: Names) -> Iterator[Alarm]:
    here = {"location": names.location}
    yield Alarm(
        "outbox-waiting",
        "What was committed here does not reach the topic.",
        OURS,
        "OutboxDepth",
        here,
        threshold=1_000,
        times=3,
        statistic="Maximum",
    )
    yield Alarm(
        "dead-letters",
        "Something came that cannot be applied: see /api/locations/dead-letters.",
        OURS,
        "DeadLetters",
        here,
        statistic="Maximum",
    )
    yield Alarm(
        "locations-differ",
        "This location holds what another one does not, and repair has not ended it.",
        OURS,
        "DivergentBuckets",
        here,
        times=6,
        statistic="Maximum",
    )
    yield Alarm(
        "applying-late",
        "Changes of the other locations are applied more than a minute late.",
        OURS,
        "AppliedLagMilliseconds",
        here,
        threshold=60_000,
        times=3,
        extra={"ExtendedStatistic": "p99"},
    )
    yield Alarm(
        "erasing-unfinished",
        "Two nights in a row the retention sweep did not come to its end.",
        OURS,
        "Unfinished",
        here,
        times=2,
        period=DAY,
        statistic="Maximum",
    )


def _resource(alarm: Alarm, names: Names, told: object) -> Template:
    how = {} if "ExtendedStatistic" in alarm.extra else {"Statistic": alarm.statistic}
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": names.of(alarm.name.replace("_", "-")),
            "AlarmDescription": alarm.tells,
            "Namespace": alarm.namespace,
            "MetricName": alarm.metric,
            "Dimensions": [
                {"Name": name, "Value": value} for name, value in alarm.dimensions.items()
            ],
            "Period": alarm.period,
            "EvaluationPeriods": alarm.times,
            "Threshold": alarm.threshold,
            "ComparisonOperator": (
                "LessThanThreshold" if alarm.is_below else "GreaterThanThreshold"
            ),
            "TreatMissingData": "notBreaching",
            "AlarmActions": [told],
            "OKActions": [told],
            **how,
            **alarm.extra,
        },
    }


def _widgets(names: Names, queues: Sequence[str]) -> list[dict[str, Any]]:
    functions = {one.name: names.function(one.name) for one in FUNCTIONS}
    api = ["ApiName", names.prefix, "Stage", API_STAGE]
    graphs = [
        (
            "Requests",
            "Sum",
            [["AWS/ApiGateway", m, *api] for m in ("Count", "4XXError", "5XXError")],
        ),
        ("Answering, milliseconds", "p99", [["AWS/ApiGateway", "Latency", *api]]),
        ("Waiting to be sent", "Maximum", [_ours("OutboxDepth", names)]),
        ("Applied late by, milliseconds", "p99", [_ours("AppliedLagMilliseconds", names)]),
        ("Waiting on the topic", "Maximum", [_of("OffsetLag", functions["consumer"])]),
        (
            "Not as it should be",
            "Maximum",
            [_ours("DeadLetters", names), _ours("DivergentBuckets", names)]
            + [
                ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", names.of(one)]
                for one in queues
            ],
        ),
        ("Failures", "Sum", [_of("Errors", name) for name in functions.values()]),
        ("Running, milliseconds", "p99", [_of("Duration", name) for name in functions.values()]),
        ("Erased", "Sum", [_ours("Erased", names)]),
    ]
    return [
        {
            "type": "metric",
            "x": 8 * (position % 3),
            "y": 6 * (position // 3),
            "width": 8,
            "height": 6,
            "properties": {
                "title": title,
                "stat": statistic,
                "metrics": metrics,
                "period": FIVE_MINUTES,
                "region": "${AWS::Region}",
            },
        }
        for position, (title, statistic, metrics) in enumerate(graphs)
    ]


def _ours(metric: str, names: Names) -> list[str]:
    return [OURS, metric, "location", names.location]


def _of(metric: str, function: str) -> list[str]:
    return ["AWS/Lambda", metric, "FunctionName", function]
