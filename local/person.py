"""Who works on the command line."""

import getpass
import secrets

from chalicelib.domain.audit import Caller


def person_here() -> Caller:
    """Whoever has the command line."""
    actor = f"{getpass.getuser()}/command-line"
    return Caller(actor, "service_provider", secrets.token_hex(16), secrets.token_hex(16))
