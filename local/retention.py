"""Retention by hand: what the next sweep erases, and a sweep now."""

import sys

from msgspec.structs import replace

from chalicelib.domain.errors import Joining, Unavailable
from chalicelib.domain.retention import RetentionPolicy
from chalicelib.handlers.functions import system_caller
from chalicelib.services.retention import Swept, due_customers, sweep_expired
from local.errors import CannotRun
from local.target import Target, target


def preview(location: str | None = None, days: int | None = None) -> None:
    """Prints the id of each customer that a sweep would erase now, oldest first.

    `days` asks what another time would mean.
    """
    with target(location) as here:
        if days is None:
            here.require_same_retention()
        policy = RetentionPolicy(days or here.settings.retention_days)
        print(f"{here.settings.location}: by {policy.days} days.", file=sys.stderr)
        for record in due_customers(replace(here.registry, retention=policy)):
            print(record.id)


def sweep(location: str | None = None) -> None:
    """Erases what is due and prints how many customers that were, and who was left."""
    with target(location) as here:
        here.require_same_retention()
        swept, name = _swept(here), here.settings.location
        days = here.settings.retention_days
        print(f"{name}: customers erased, by {days} days: {swept.erased:,}.")
        for customer_id, reason in swept.refused.items():
            print(f"{customer_id} is left: {reason}.", file=sys.stderr)
        if swept.waiting:
            print(
                f"{swept.waiting:,} are left until the other locations are heard: "
                "the status says how they differ.",
                file=sys.stderr,
            )
        if swept.reason:
            raise CannotRun(f"Location {name}: {swept.reason}. Run this again.")


def _swept(here: Target) -> Swept:
    try:
        return sweep_expired(system_caller("retention"), here.registry, here.board)
    except Joining:
        raise
    except Unavailable as error:
        raise CannotRun(
            f"Location {here.settings.location} cannot be compared with the others: "
            f"{error.message}. Is the broker there, and does KAFKA_BOOTSTRAP name it?"
        ) from error
