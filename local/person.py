"""Who works on the command line."""

import getpass
import os
import secrets

from chalicelib.domain.audit import Caller


def person_here() -> Caller:
    """Whoever has the command line."""
    actor = f"command-line/{name_here()}"
    return Caller(actor, "service_provider", secrets.token_hex(16), secrets.token_hex(16))


def name_here() -> str:
    """The name in LOGNAME or USER, else the system's, else the number: containers know no names."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # Python 3.13 raises the second.
        return f"uid-{os.getuid()}"
