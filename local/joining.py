"""Joining by hand, where the others are gone for good and nobody answers."""

from local.target import target


def join_alone(location: str | None = None) -> None:
    """Lets the location take changes from now on, and says so."""
    with target(location) as here:
        here.registry.membership.note(True, "an operator said so")
        print(f"{here.settings.location} takes changes.")
