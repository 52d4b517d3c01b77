"""Access: who may do what, and the line that is written about who did.

An actor (a person or a system, by name) has one role. A role has permissions; a permission is an
action on a kind of resource. What nobody granted is refused.
"""

import re
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import Forbidden, Unauthenticated

# How the actions of searches begin, and the outcome of what was not refused.
SEARCH = "search"
ALLOWED = "ok"
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class AccessEntry(Struct, frozen=True):
    """Who looked at what, or was refused.

    `resource` is whom or what it was about: a customer's id, what a search was for, or the path
    of what was refused. `detail` has the ids of whom the answer named, or a reason.
    """

    caller: Caller
    action: str
    resource: str
    outcome: str
    at: int
    detail: str = ""

    @property
    def is_search(self) -> bool:
        return self.action.startswith(SEARCH)

    @property
    def ids(self) -> list[str]:
        """The customers that the answer named."""
        return [word for word in self.detail.split() if _ID.fullmatch(word)]

    def without_typed(self) -> "AccessEntry":
        """The same without what somebody typed; of its detail the ids are left."""
        is_typed = self.is_search or self.outcome != ALLOWED
        resource = "" if is_typed else self.resource
        return replace(self, resource=resource, detail=" ".join(self.ids))


class AccessFilter(Struct, frozen=True):
    """Which lines are asked for; None means any.

    Times in milliseconds, both of which belong to it; a `customer`, by id, is who was looked at.
    """

    since: int
    until: int
    actor: str | None = None
    customer: str | None = None


class Role(StrEnum):
    CUSTOMER = "customer"
    SERVICE_AGENT = "service_agent"
    SERVICE_PROVIDER = "service_provider"


class Permission(StrEnum):
    READ_CUSTOMER = "customer:read"
    WRITE_CUSTOMER = "customer:write"
    READ_HISTORY = "history:read"
    READ_FIELDS = "fields:read"
    WRITE_FIELDS = "fields:write"
    READ_AUDIT = "audit:read"
    READ_STATUS = "status:read"
    HANDLE_DEAD_LETTERS = "dead-letters:handle"


_CUSTOMER = frozenset({Permission.READ_CUSTOMER, Permission.READ_FIELDS})
_AGENT = _CUSTOMER | {Permission.WRITE_CUSTOMER, Permission.READ_HISTORY}
_PROVIDER = _AGENT | {
    Permission.WRITE_FIELDS,
    Permission.READ_AUDIT,
    Permission.READ_STATUS,
    Permission.HANDLE_DEAD_LETTERS,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CUSTOMER: _CUSTOMER,
    Role.SERVICE_AGENT: frozenset(_AGENT),
    Role.SERVICE_PROVIDER: frozenset(_PROVIDER),
}


def role_named(name: str | None) -> Role:
    """The role of that name. Raises Unauthenticated for none or an unknown one."""
    try:
        return Role(name or "")
    except ValueError as error:
        raise Unauthenticated(f"no known role; it must be one of {', '.join(Role)}") from error


def require(permission: Permission, caller: Caller) -> None:
    """Raises Forbidden unless the caller's role grants the permission."""
    if permission not in GRANTS[Role(caller.role)]:
        raise Forbidden(f"the role {caller.role} may not do this ({permission})")
