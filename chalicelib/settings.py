"""The settings: the only place that reads the environment."""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import fields

from chalicelib.domain.errors import SettingsError

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off", "")
MOST_HITS = 100
# In AWS a function's name has at most 64 characters, of which ours take up to 24 for themselves.
# All else that a location is part of may be longer: origins, tables, alarms.
LONGEST_LOCATION = 40


class Settings(Struct, frozen=True):
    """Each field is the environment variable of the same name in capitals."""

    location: str = "loc1"
    aws_region: str = "eu-central-1"
    dynamodb_endpoint: str | None = None
    kafka_bootstrap: str = "localhost:9092"
    kafka_security: str = "plaintext"
    kafka_topic: str = "sins.customers"
    kafka_digests_topic: str = "sins.digests"
    auth_mode: str = "header"
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks_url: str = ""
    oidc_role_claim: str = "role"
    oidc_actor_claim: str = "sub"
    retention_days: int = 365
    require_if_match: bool = False
    fuzzy_hit_limit: int = 20
    fuzzy_minimum_score: float = 0.4
    # Of people who are not there, among a million customers, two of a hundred at most have a hit
    # that is likely (`make bench ARGS=search` measures it).
    fuzzy_likely_score: float = 0.77
    snapshots: str = ""
    load_sample_data: bool = False
    log_level: str = "INFO"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in an environment. Raises SettingsError with one sentence for a bad value."""
    given = {
        field.name: _parse(field.name, field.type, environment[field.name.upper()])
        for field in fields(Settings)
        if field.name.upper() in environment
    }
    settings = Settings(**given)
    _check(settings, deployed="AWS_LAMBDA_FUNCTION_NAME" in environment)
    return settings


def _parse(name: str, kind: object, text: str) -> Any:
    try:
        return _PARSERS[kind](text.strip())
    except ValueError:
        raise SettingsError(f"{name.upper()} is {text!r}; it must be {_EXPECTED[kind]}.") from None


def _flag(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError(text)


_PARSERS: Mapping[object, Callable[[str], Any]] = {
    str: str,
    str | None: lambda text: text or None,
    int: int,
    float: float,
    bool: _flag,
}
_EXPECTED: Mapping[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: f"one of {', '.join(TRUE + FALSE[:-1])}",
}


def _check(settings: Settings, deployed: bool) -> None:
    _require(
        re.fullmatch(f"[a-z0-9]{{1,{LONGEST_LOCATION}}}", settings.location) is not None,
        f"LOCATION must be 1 to {LONGEST_LOCATION} lower-case letters a-z and digits.",
    )
    for name in ("dynamodb_endpoint", "oidc_jwks_url"):
        given = getattr(settings, name)
        _require(
            not given or is_address(given),
            f"{name.upper()} is {given!r}; it must be an address like http://localhost:8000.",
        )
    _require(settings.auth_mode in ("header", "oidc"), "AUTH_MODE must be header or oidc.")
    _require(
        not (deployed and settings.auth_mode == "header"),
        "AUTH_MODE=header trusts whoever asks and is for one machine only; set AUTH_MODE=oidc.",
    )
    for name in ("oidc_issuer", "oidc_audience", "oidc_jwks_url"):
        _require(
            settings.auth_mode == "header" or bool(getattr(settings, name)),
            f"AUTH_MODE=oidc needs {name.upper()}.",
        )
    _require(
        settings.kafka_security in ("plaintext", "tls", "iam"),
        "KAFKA_SECURITY must be plaintext, tls or iam.",
    )
    _require(1 <= settings.retention_days <= 36_500, "RETENTION_DAYS must be 1 to 36500.")
    _require(
        1 <= settings.fuzzy_hit_limit <= MOST_HITS, f"FUZZY_HIT_LIMIT must be 1 to {MOST_HITS}."
    )
    for name in ("fuzzy_minimum_score", "fuzzy_likely_score"):
        _require(0 <= getattr(settings, name) <= 1, f"{name.upper()} must be 0 to 1.")
    _require(
        settings.log_level in ("DEBUG", "INFO", "WARNING", "ERROR"),
        "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.",
    )


def is_address(text: str) -> bool:
    """Whether something may answer HTTP there."""
    try:
        parts = urlsplit(text)
        # A port that is none raises ValueError when it is asked for.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise SettingsError(sentence)
