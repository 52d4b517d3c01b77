"""Joining by hand: where nobody answers, and where nothing notices that changes may be missing."""

from chalicelib.services.joining import leave
from local.target import target


def join_alone(location: str | None = None) -> None:
    """Lets the location take changes from now on, and says so."""
    with target(location) as here:
        here.registry.membership.note(True, "an operator said so")
        print(f"{here.settings.location} takes changes.")


def join_anew(location: str | None = None) -> None:
    """Has the location take no changes until it holds what the others do, and says so."""
    with target(location) as here:
        leave(here.registry, "an operator said so")
        print(f"{here.settings.location} takes changes once it holds what the others do.")
