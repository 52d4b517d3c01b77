"""Access: what nobody granted is refused."""

import pytest

from chalicelib.domain.access import GRANTS, Permission, Role, require, role_named
from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import Forbidden, Unauthenticated

READS = {Permission.READ_CUSTOMER, Permission.READ_FIELDS}
WORKS = READS | {Permission.WRITE_CUSTOMER, Permission.READ_HISTORY}
MAY = {
    Role.CUSTOMER: READS,
    Role.SERVICE_AGENT: WORKS,
    Role.SERVICE_PROVIDER: set(Permission),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_role_may_do_what_it_was_granted_and_nothing_else(
    role: Role, permission: Permission
) -> None:
    caller = Caller("somebody", role, "request")
    if permission in MAY[role]:
        require(permission, caller)
    else:
        with pytest.raises(Forbidden):
            require(permission, caller)


def test_every_role_has_grants() -> None:
    assert set(GRANTS) == set(Role)


@pytest.mark.parametrize("name", [None, "", "admin", "Customer", "service_agent ", "system"])
def test_nobody_knows_another_role(name: str | None) -> None:
    with pytest.raises(Unauthenticated):
        role_named(name)


@pytest.mark.parametrize("role", Role)
def test_a_role_is_known_by_its_name(role: Role) -> None:
    assert role_named(role.value) is role
