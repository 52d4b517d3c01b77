"""What can go wrong, in the words of the registry.

Every error carries a stable `code` that clients may rely on and, where one value is to
blame, the `field` that holds it. Which HTTP status an error becomes is decided at the door
(`handlers/problem.py`), so that a Kafka record or a clock tick can fail the same way.
"""

from collections.abc import Iterable


class SinsError(Exception):
    """Something that the registry refuses or cannot do."""

    code = "internal"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class SettingsError(SinsError):
    """A setting has a value that the product cannot start with."""

    code = "bad_setting"


class MalformedRequest(SinsError):
    """The request cannot be read: not JSON, not UTF-8, a broken parameter."""

    code = "malformed_request"


class UnreadableRow(MalformedRequest):
    """A row or the header of a file of customers is not what its format asks for."""

    code = "unreadable_row"


class Unauthenticated(SinsError):
    """Nobody knows who is asking."""

    code = "unauthenticated"


class Forbidden(SinsError):
    """The caller is known, and may not do this."""

    code = "forbidden"


class NotFound(SinsError):
    """There is no such record, or nobody may see it any more."""

    code = "not_found"


class Gone(NotFound):
    """The customer that a row names was deleted or erased, or has expired."""

    code = "gone"


class MethodNotAllowed(SinsError):
    """The path exists, and does not answer this method."""

    code = "method_not_allowed"

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = sorted(allowed)
        super().__init__(f"this path takes {', '.join(self.allowed)}")


class AlreadyExists(SinsError):
    """A record with this key is there already."""

    code = "already_exists"


class Ambiguous(AlreadyExists):
    """A row names more than one customer."""

    code = "ambiguous"

    def __init__(self, message: str, field: str, named: Iterable[str] = ()) -> None:
        """`named` are the ids that the message tells."""
        super().__init__(message, field)
        self.named = tuple(named)


class StillInUse(SinsError):
    """Customers still hold values of a field definition."""

    code = "still_in_use"


class StaleVersion(SinsError):
    """The caller's `If-Match` names a version that has been replaced."""

    code = "stale_version"


class TooLarge(SinsError):
    """The request or the record is larger than what one may hold."""

    code = "too_large"


class UnsupportedMediaType(SinsError):
    """The body is of a type that is not read here."""

    code = "unsupported_media_type"


class InvalidValue(SinsError):
    """A value breaks a rule; `field` says which value."""

    code = "invalid_value"


class NoKey(InvalidValue):
    """A row says nothing by which its customer would be known again."""

    code = "no_key"


class IdempotencyMismatch(SinsError):
    """An idempotency key came a second time with another body."""

    code = "idempotency_mismatch"


class PreconditionRequired(SinsError):
    """A change must name the version it replaces."""

    code = "precondition_required"


class Unavailable(SinsError):
    """The tables do not answer, or refuse for now. Trying again later is right."""

    code = "unavailable"


class Damaged(Unavailable):
    """A record does not follow from its audit trail. Repair sees to it; trying later is right."""

    code = "damaged"


class Unreadable(Damaged):
    """A record's row is not what was written there. `version` is the row's, 0 where it has none."""

    code = "unreadable_record"

    def __init__(self, message: str, version: int) -> None:
        super().__init__(message)
        self.version = version


class Joining(Unavailable):
    """The location takes no writes before it holds what the others do."""

    code = "joining"


class VersionConflict(SinsError):
    """Somebody else committed first. The decision has to be made again on what is there now."""

    code = "version_conflict"


class AlreadyRecorded(SinsError):
    """The audit trail holds this very entry: the event came a second time."""

    code = "already_recorded"


class AlreadyClaimed(SinsError):
    """Another request committed under the same claim first."""

    code = "already_claimed"


class UnreadableEvent(SinsError):
    """A record of the topic is no event of ours."""

    code = "unreadable_event"
