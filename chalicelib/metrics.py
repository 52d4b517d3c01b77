"""Metrics: what alarms and dashboards look at, as log lines in CloudWatch's embedded format.

CloudWatch makes metrics of them in the namespace SINS, one dimension `location`. Anywhere else
they are JSON lines among the others.
"""

NAMESPACE = "SINS"


def emit(location: str, **figures: float) -> None:
    """Writes some figures of this moment; a name tells the unit: `...Milliseconds`, or a count."""
    # Only background functions come here: nobody waits for the import.
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
        AmazonCloudWatchEMFProvider,
    )

    written = AmazonCloudWatchEMFProvider(
        metric_set={}, dimension_set={}, namespace=NAMESPACE, service=None
    )
    written.add_dimension("location", location)
    for name, value in figures.items():
        unit = "Milliseconds" if name.endswith("Milliseconds") else "Count"
        written.add_metric(name, unit, value)
    written.flush_metrics()
