"""Access: who may do what, and the line that is written about who did.

An actor (a person or a system, by name) has one role. A role has permissions; a permission is an
action on a kind of resource. What nobody granted is refused.
"""

from enum import StrEnum

from msgspec import Struct

from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import Forbidden, Unauthenticated


class AccessEntry(Struct, frozen=True):
    """Who looked at what, or was refused. `resource` is a record's id or a path."""

    caller: Caller
    action: str
    resource: str
    outcome: str
    at: int
    detail: str = ""


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
