"""Why a package cannot be made, in one sentence."""


class CannotPackage(Exception):
    """Said to whoever asked for the package."""
