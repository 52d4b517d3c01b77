"""How to reach the broker: the one place that turns settings into kafka-python's options."""

from typing import Any

from chalicelib.settings import Settings


def connection(settings: Settings) -> dict[str, Any]:
    """What every client of the broker is opened with.

    With `iam` botocore signs who is asking, with the credentials and the region of the function.
    """
    return {
        "bootstrap_servers": settings.kafka_bootstrap.split(","),
        **_SECURITY[settings.kafka_security],
    }


_SECURITY: dict[str, dict[str, str]] = {
    "plaintext": {},
    "tls": {"security_protocol": "SSL"},
    "iam": {"security_protocol": "SASL_SSL", "sasl_mechanism": "AWS_MSK_IAM"},
}
