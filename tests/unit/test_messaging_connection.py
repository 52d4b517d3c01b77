"""How the broker is reached: what the setting says is what kafka-python hears."""

import pytest
from botocore.session import Session
from kafka.net.sasl import get_sasl_mechanism

from chalicelib.messaging.connection import connection
from chalicelib.settings import Settings


def test_several_brokers_are_separated_by_commas() -> None:
    assert connection(Settings(kafka_bootstrap="a:1,b:2")) == {"bootstrap_servers": ["a:1", "b:2"]}


@pytest.mark.parametrize(
    ("security", "protocol"), [("plaintext", None), ("tls", "SSL"), ("iam", "SASL_SSL")]
)
def test_the_setting_says_how_the_broker_is_reached(security: str, protocol: str | None) -> None:
    options = connection(Settings(kafka_security=security))
    assert options.get("security_protocol") == protocol


def test_the_role_of_a_function_signs_in_without_another_package(environment: None) -> None:
    options = connection(Settings(kafka_security="iam"))
    mechanism = get_sasl_mechanism(options["sasl_mechanism"])(host="broker.example", **options)
    signed = mechanism.auth_bytes().decode()
    assert "kafka-cluster:Connect" in signed
    assert Session().get_config_variable("region") in signed
