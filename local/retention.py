"""Retention by hand: what the next sweep erases, and a sweep now."""

from chalicelib.handlers.functions import system_caller
from chalicelib.services.retention import due_customers, sweep_expired
from local.target import target


def preview(location: str | None = None) -> None:
    """Prints the id of each customer that a sweep would erase now, oldest first."""
    with target(location) as here:
        for record in due_customers(here.registry):
            print(record.id)


def sweep(location: str | None = None) -> None:
    """Erases what is due and prints how many customers that were."""
    with target(location) as here:
        swept = sweep_expired(system_caller("retention"), here.registry)
        print(f"{here.settings.location}: {swept.erased:,} customers were erased.")
