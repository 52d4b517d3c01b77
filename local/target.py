"""The location whose tables a command works on."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct
from tenacity import retry, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from chalicelib.bootstrap import build
from chalicelib.domain.errors import Joining, SinsError, Unavailable
from chalicelib.services.ports import Board
from chalicelib.services.registry import Registry
from chalicelib.services.retention import noted_days
from chalicelib.settings import Settings, read_settings
from chalicelib.storage.client import SCAN_PAGE, Tables
from chalicelib.storage.store import DynamoStore
from chalicelib.storage.tables import CustomerItem
from local.engines.dynamodb import credentials
from local.errors import CannotRun

_ELSEWHERE = (
    "say where they are, with the DYNAMODB_PORT that `make run` was given or with DYNAMODB_ENDPOINT"
)
# Whoever sets one of these has said which tables may be read.
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)


class Target(Struct, frozen=True):
    """A location, as a command works on it."""

    settings: Settings
    tables: Tables
    registry: Registry
    board: Board

    def require_same_retention(self) -> None:
        """Raises CannotRun where this command and what runs at the location differ on it."""
        noted, given = noted_days(self.registry), self.settings.retention_days
        if noted not in (None, given):
            raise CannotRun(
                f"Location {self.settings.location} keeps customers for {noted} days, and here "
                f"RETENTION_DAYS is {given}: run this with RETENTION_DAYS={noted}, or give "
                "--env-file before the command, with the location's settings."
            )


patiently = retry(
    retry=retry_if_exception_type(Unavailable),
    wait=wait_random_exponential(max=10),
    stop=stop_after_attempt(6),
    reraise=True,
)


class PatientTables(Tables, frozen=True):
    """Tables that are asked again for a while: nobody waits for a command as for an answer."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        once = super().call
        # What a transaction writes tells when it was tried: it is made anew for another try.
        ask = once if operation == "transact_write_items" else patiently(once)
        return ask(operation, **arguments)

    def pages(self, operation: str, model: type[Any], **arguments: Any) -> Iterator[dict[str, Any]]:
        # Whatever is read: see `SCAN_PAGE`.
        return super().pages(operation, model, **{"Limit": SCAN_PAGE, **arguments})


@contextmanager
def target(location: str | None = None) -> Iterator[Target]:
    """A location, for as long as the block runs.

    Without a name it is the one that LOCATION names. Where the environment holds no credentials,
    it is one that `make run` started. Raises CannotRun, also for what the block could not do
    with the tables.
    """
    name = location or os.environ.get("LOCATION", "loc1")
    surroundings = _surroundings(name, os.environ)
    where = {**os.environ, **surroundings}.get("DYNAMODB_ENDPOINT") or "AWS"
    try:
        with _environment({**surroundings, "LOCATION": name}):
            opened = _opened(read_settings(os.environ))
        yield opened
    except ClientError as error:
        raise CannotRun(_refusal(name, where, error)) from error
    except Joining as error:
        raise CannotRun(
            f"Location {name} takes no changes yet: it has to hear of the others first. "
            "Start it and the broker, and run this again."
        ) from error
    except Unavailable as error:
        raise CannotRun(
            f"The tables of location {name} at {where} do not answer: start them, or {_ELSEWHERE}."
        ) from error
    except (SinsError, BotoCoreError) as error:
        raise CannotRun(f"Location {name}: {str(error).rstrip('.')}.") from error


@contextmanager
def making_tables(settings: Settings) -> Iterator[None]:
    """Raises CannotRun for what the block could not make of the location's tables."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        where = settings.dynamodb_endpoint or "AWS"
        raise CannotRun(
            f"The tables of location {settings.location} cannot be made at {where}: "
            f"{str(error).rstrip('.: ')}."
        ) from error


@contextmanager
def _environment(names: Mapping[str, str]) -> Iterator[None]:
    """Botocore reads credentials from the process's environment only, when a client is made."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _opened(settings: Settings) -> Target:
    _require_tables(Tables.of(settings))
    tables = PatientTables.of(settings)
    store = DynamoStore(tables, settings.location)
    parts = build(settings)
    return Target(settings, tables, parts.registry.moved(store=store), parts.board)


def _require_tables(tables: Tables) -> None:
    """Finds out at once, and not after much patience, that there is nothing to work on."""
    tables.call("describe_table", TableName=tables.name(CustomerItem))


def _surroundings(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What `make run` gives a location, where nobody else says how to reach its tables."""
    if _has_own_key(environment):
        # A container: of the other location's surroundings only the key is another one.
        return {"AWS_ACCESS_KEY_ID": name}
    if any(key in environment for key in _CREDENTIALS):
        return {}
    keys = credentials(name)
    if environment.get("DYNAMODB_ENDPOINT"):
        return {key: value for key, value in keys.items() if key not in environment}
    port = environment.get("DYNAMODB_PORT", "8000")
    return {**keys, "DYNAMODB_ENDPOINT": f"http://localhost:{port}"}


def _has_own_key(environment: Mapping[str, str]) -> bool:
    """Whether it is a location of DynamoDB Local, whose key is its name."""
    key = environment.get("AWS_ACCESS_KEY_ID")
    return bool(environment.get("DYNAMODB_ENDPOINT")) and key == environment.get("LOCATION", "")


def _refusal(name: str, where: str, error: ClientError) -> str:
    if error.response["Error"]["Code"] == "ResourceNotFoundException":
        return (
            f"Location {name} has no tables at {where}: start it first, name another location, "
            f"or {_ELSEWHERE}."
        )
    return f"The tables of location {name} at {where} refuse: {error}."
