"""Settings: read from a mapping, failing loudly."""

import pytest

from chalicelib.domain.errors import SettingsError
from chalicelib.messaging.codec import decode, encode
from chalicelib.settings import LONGEST_LOCATION, Settings, read_settings
from tests.fakes import customer, event_of

OIDC = {
    "AUTH_MODE": "oidc",
    "OIDC_ISSUER": "https://issuer.example",
    "OIDC_AUDIENCE": "sins",
    "OIDC_JWKS_URL": "https://issuer.example/keys",
}


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()


def test_each_setting_is_the_variable_of_its_name() -> None:
    settings = read_settings(
        {
            "LOCATION": " loc7 ",
            "DYNAMODB_ENDPOINT": "http://localhost:8000",
            "RETENTION_DAYS": "30",
            "REQUIRE_IF_MATCH": "Yes",
            "FUZZY_MINIMUM_SCORE": "0.25",
            "SOMETHING_ELSE": "ignored",
        }
    )
    assert settings == Settings(
        location="loc7",
        dynamodb_endpoint="http://localhost:8000",
        retention_days=30,
        require_if_match=True,
        fuzzy_minimum_score=0.25,
    )


def test_an_empty_endpoint_is_none() -> None:
    assert read_settings({"DYNAMODB_ENDPOINT": ""}).dynamodb_endpoint is None


@pytest.mark.parametrize("text", ["0", "false", "No", "off", ""])
def test_a_flag_may_be_off_in_many_words(text: str) -> None:
    assert read_settings({"REQUIRE_IF_MATCH": text}).require_if_match is False


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("RETENTION_DAYS", "a year"),
        ("RETENTION_DAYS", "1.5"),
        ("RETENTION_DAYS", ""),
        ("RETENTION_DAYS", "0"),
        ("RETENTION_DAYS", "999999999"),
        ("REQUIRE_IF_MATCH", "maybe"),
        ("FUZZY_HIT_LIMIT", "0"),
        ("FUZZY_HIT_LIMIT", "101"),
        ("FUZZY_MINIMUM_SCORE", "1.1"),
        ("FUZZY_MINIMUM_SCORE", "nan"),
        ("FUZZY_LIKELY_SCORE", "-0.1"),
        ("LOCATION", ""),
        ("LOCATION", "Loc1"),
        ("LOCATION", "loc-1"),
        ("LOCATION", "löc1"),
        ("LOCATION", "l" * (LONGEST_LOCATION + 1)),
        ("DYNAMODB_ENDPOINT", "localhost:8000"),
        ("DYNAMODB_ENDPOINT", "http://localhost:soon"),
        ("DYNAMODB_ENDPOINT", "http://localhost:80000"),
        ("DYNAMODB_ENDPOINT", "http://"),
        ("OIDC_JWKS_URL", "issuer.example/keys"),
        ("OIDC_JWKS_URL", "https://"),
        ("AUTH_MODE", "none"),
        ("KAFKA_SECURITY", "ssl"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: text})


@pytest.mark.parametrize("name", ["7", "l" * LONGEST_LOCATION])
def test_what_a_location_of_any_name_writes_is_read_elsewhere(name: str) -> None:
    location = read_settings({"LOCATION": name}).location
    assert decode(encode(event_of(customer(location=location)))).entry.location == location


def test_trusting_headers_is_refused_where_it_is_deployed() -> None:
    with pytest.raises(SettingsError, match="AUTH_MODE"):
        read_settings({"AWS_LAMBDA_FUNCTION_NAME": "sins-api"})
    assert read_settings({**OIDC, "AWS_LAMBDA_FUNCTION_NAME": "sins-api"}).auth_mode == "oidc"


@pytest.mark.parametrize("missing", ["OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL"])
def test_tokens_need_an_issuer_an_audience_and_keys(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        read_settings({**OIDC, missing: ""})
