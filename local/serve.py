"""One location in one process: its HTTP front and its event sources around the same app."""

import logging
import signal
from threading import Event, Thread

from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError
from msgspec import Struct
from tenacity import (
    Retrying,
    before_sleep_log,
    retry_if_exception_type,
    sleep_using_event,
    stop_when_event_set,
)
from tenacity.wait import wait_fixed

from chalicelib import bootstrap
from chalicelib.services.replication import end_lease
from chalicelib.settings import Settings, read_settings
from infra.tables import ensure_tables
from local.errors import CannotRun
from local.event_sources import Clock, Follower, Joiner, StreamFollower, TopicFollower
from local.http_server import open_server
from local.target import making_tables

LOGGER = logging.getLogger("sins.local")
MINUTE = 60
TABLES_PAUSE = 1.0


class Serving(Struct, frozen=True):
    """Where to answer HTTP, and whether the location's events are followed here too.

    One process may do both, or one answers and another one follows.
    """

    host: str
    port: int
    events: bool


def serve(serving: Serving) -> None:
    """Runs the location that the environment names until SIGINT or SIGTERM.

    Waits for tables that do not answer yet. Raises SettingsError for a bad setting, and CannotRun
    for tables that refuse or an address that cannot be had.
    """
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    settings = read_settings()
    bootstrap.use(bootstrap.build(settings))
    _await_tables(settings, stopped)
    if not stopped.is_set():
        _run(bootstrap.parts(), serving, stopped)


def _await_tables(settings: Settings, stopped: Event) -> None:
    """Creates what is missing, as soon as there is anybody who can."""
    retrying = Retrying(
        retry=retry_if_exception_type((NoConnection, HTTPClientError)),
        sleep=sleep_using_event(stopped),
        stop=stop_when_event_set(stopped),
        wait=wait_fixed(TABLES_PAUSE),
        before_sleep=before_sleep_log(LOGGER, logging.WARNING),
        retry_error_callback=lambda _state: None,
    )
    with making_tables(settings):
        retrying(ensure_tables, settings)


def _run(parts: bootstrap.Parts, serving: Serving, stopped: Event) -> None:
    import app

    stream = StreamFollower(parts.settings, app.relay)
    try:
        server = open_server(app.app, serving.host, serving.port, wrote=stream.wake)
    except OSError as error:
        raise CannotRun(
            f"Nothing can answer at {serving.host}:{serving.port} ({error.strerror}): "
            "choose another port or address, or stop what uses this one."
        ) from error
    Thread(target=server.serve_forever, name="http", daemon=True).start()
    followers = [stream, *_others(parts)] if serving.events else []
    if followers:
        # No other process sends for a location: a relay still at work was killed with the last one.
        end_lease(parts.registry)
    for follower in followers:
        follower.start()
    stopped.wait()
    server.shutdown()
    for follower in followers:
        follower.stop()
    for follower in followers:
        follower.join(timeout=5)


def _others(parts: bootstrap.Parts) -> list[Follower]:
    import app

    return [
        TopicFollower(parts.settings, parts.registry, app.consumer),
        Joiner(app.join),
        Clock(app.sweep_relay, "relay", MINUTE),
        Clock(app.take_digest, "digest", 5 * MINUTE),
        Clock(app.repair_differences, "repair", MINUTE),
        Clock(app.take_snapshot, "snapshot", 15 * MINUTE),
        Clock(
            app.sweep_expired,
            "retention",
            24 * 60 * MINUTE,
            may=parts.registry.membership.has_joined,
        ),
    ]
