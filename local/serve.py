"""One location in one process: its HTTP front and its event sources around the same app."""

import signal
import sys
from threading import Event, Thread

from chalicelib import bootstrap
from chalicelib.domain.errors import SettingsError
from chalicelib.settings import Settings, read_settings
from infra.tables import ensure_tables
from local.errors import CannotRun
from local.event_sources import Clock, Follower, Joiner, StreamFollower, TopicFollower
from local.http_server import open_server

MINUTE = 60


def serve(port: int) -> None:
    """Runs the location that the environment names until SIGINT or SIGTERM.

    Raises CannotRun for a bad setting or a port that is taken.
    """
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    settings = _settings()
    ensure_tables(settings)
    bootstrap.use(bootstrap.build(settings))
    _run(bootstrap.parts(), port, stopped)


def _run(parts: bootstrap.Parts, port: int, stopped: Event) -> None:
    from app import app

    try:
        server = open_server(app, port)
    except OSError as error:
        raise CannotRun(f"Port {port} is taken: stop what uses it or choose another.") from error
    Thread(target=server.serve_forever, name="http", daemon=True).start()
    followers = _followers(parts)
    for follower in followers:
        follower.start()
    stopped.wait()
    server.shutdown()
    for follower in followers:
        follower.stop()
    for follower in followers:
        follower.join(timeout=5)


def _followers(parts: bootstrap.Parts) -> list[Follower]:
    import app

    settings = parts.settings
    return [
        StreamFollower(settings, app.relay),
        TopicFollower(settings, parts.registry, app.consumer),
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


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingsError as error:
        sys.exit(error.message)
