"""Reading the access log of this location: who saw what, and who was refused."""

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.access import AccessEntry, AccessFilter
from chalicelib.domain.audit import Caller
from chalicelib.domain.page import Page
from chalicelib.domain.retention import DAY
from chalicelib.services.registry import Registry

# So far back where no time is asked for: every day is looked for by itself.
DAYS_BACK = 30
EVERYBODY = "everybody"


class AccessAsked(Struct, frozen=True):
    """An `AccessFilter`, but for the times: None is now, and DAYS_BACK days before the other."""

    since: int | None = None
    until: int | None = None
    actor: str | None = None
    customer: str | None = None


class AccessLine(Struct, frozen=True):
    """A line as callers see one.

    `withheld` says that what was typed is left out: nobody may keep customers for so long whom
    nobody changed, and they may be named in it.
    """

    entry: AccessEntry
    withheld: bool


def read_access(
    asked: AccessAsked, before: str, limit: int, caller: Caller, registry: Registry
) -> Page[AccessLine]:
    """Who looked at what here, newest first. Logs that somebody asked for it."""
    page = registry.store.access.newest(_wanted(asked, registry.clock()), before, limit)
    by = f"seen by {asked.actor}" if asked.actor else ""
    registry.log_access(caller, "access", asked.customer or EVERYBODY, by)
    return Page([_shown(entry, registry) for entry in page.items], page.next)


def _wanted(asked: AccessAsked, now: int) -> AccessFilter:
    until = now if asked.until is None else min(asked.until, now)
    since = until - DAYS_BACK * DAY if asked.since is None else asked.since
    return AccessFilter(max(0, since), until, asked.actor, asked.customer)


def _shown(entry: AccessEntry, registry: Registry) -> AccessLine:
    is_old = entry.at < registry.retention.due_before(registry.clock())
    if not (is_old and entry.action.startswith("search")):
        return AccessLine(entry, withheld=False)
    return AccessLine(replace(entry, resource=""), withheld=True)
