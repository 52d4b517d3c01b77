"""A byte of the audit trail that somebody flipped is found, at the right customer."""

import subprocess
import sys

from chalicelib.domain.record import Kind
from chalicelib.storage.client import Tables
from chalicelib.storage.tables import AuditItem
from chalicelib.storage.trail import audit_key
from tests.faults import invariants
from tests.faults.rig import Location, Rig, in_process

VERIFY = [sys.executable, "-m", "local", "verify-audit"]


def test_one_flipped_byte_is_found_where_it_was_flipped(rig: Rig) -> None:
    first, second, _ = rig
    customer_id = first.create(surname="Untouched")
    first.create(surname="Another")
    invariants.check(rig)
    assert verdict(second) == (0, f"{second.name}: nothing was changed, removed or reordered.")
    flip(second, customer_id, first.registry.store.origin)
    code, said = verdict(second)
    assert code == 1
    origin = first.registry.store.origin
    fault = f"customer {customer_id}, origin {origin}: entry 1 was changed"
    assert said.startswith(f"{second.name}: {fault}")
    assert verdict(first)[0] == 0
    flip(second, customer_id, origin)
    assert verdict(second)[0] == 0
    invariants.check(rig)


def flip(here: Location, customer_id: str, origin: str) -> None:
    """Flips the lowest bit of the surname's first letter, or flips it back."""
    tables: Tables = in_process(here.name, lambda: Tables.of(here.settings))
    item = tables.get(AuditItem, audit_key(Kind.CUSTOMER, customer_id, origin, 1))
    assert item
    intact, flipped = "Untouched", "Tntouched"
    old, new = (intact, flipped) if intact in item.entry else (flipped, intact)
    item.entry = item.entry.replace(old, new)
    tables.put(item)


def verdict(here: Location) -> tuple[int, str]:
    """The exit code of `verify-audit`, and its last line."""
    ran = subprocess.run(
        VERIFY, env=here.environment(), capture_output=True, text=True, check=False, timeout=60
    )
    return ran.returncode, (ran.stdout + ran.stderr).strip().splitlines()[-1]
