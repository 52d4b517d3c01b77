"""Operations: what a route takes and what it answers, as the signature of its function says.

The signature is the only declaration. Requests are read by it, and `/openapi.json` is made of it:

    @endpoint(blueprint, "PUT", ITEM, Permission.WRITE_CUSTOMER)
    def replace_customer(
        request: HttpRequest, customer_id: CustomerId, body: CustomerInput, expected: Expected
    ) -> Answer[CustomerOutput]:
        \"\"\"Replaces every value; what is left out is emptied.\"\"\"

- `body`: the JSON body, in a shape of `inputs.py`
- `upload`: a body that is a file, of a class there that says its media types
- `query`: the query parameters, in another one; unknown ones are ignored
- `expected`: the versions that `If-Match` accepts
- `idempotency`: the `Idempotency-Key`
- anything else: the value of that name in the path. What does not fit its type is not found
- the answer: its class says the status, its body's type the shape
- the docstring: what the route promises, first line first

Errors follow from all this, except those that the decorator's `raises` adds.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import NotFound, SinsError
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.request import HttpRequest

View = Callable[..., Answer[Any]]

_READERS: Mapping[str, Callable[[HttpRequest, Any], Any]] = {
    "body": HttpRequest.body,
    "upload": HttpRequest.upload,
    "query": HttpRequest.query,
    "expected": lambda request, _kind: request.expected(),
    "idempotency": lambda request, _kind: request.idempotency(),
}


class Operation(msgspec.Struct, frozen=True):
    """One method of one path. `takes` are the parameters after the request, by name."""

    method: str
    path: str
    permission: Permission | None
    view: View
    raises: tuple[type[SinsError], ...]
    takes: Mapping[str, Any]
    answers: Any

    @property
    def path_values(self) -> dict[str, Any]:
        return {name: kind for name, kind in self.takes.items() if name not in _READERS}

    def inputs(self, request: HttpRequest, path_values: Mapping[str, str]) -> dict[str, Any]:
        """What the function is called with. Raises what names the first mistake."""
        return {
            name: _READERS[name](request, kind)
            if name in _READERS
            else _path_value(path_values[name], kind)
            for name, kind in self.takes.items()
        }


def operation_of(
    view: View,
    method: str,
    path: str,
    permission: Permission | None,
    raises: tuple[type[SinsError], ...],
) -> Operation:
    """The operation that a function's signature declares."""
    kinds = dict(view.__annotations__)
    answers = kinds.pop("return")
    _request, *names = kinds
    takes = {name: kinds[name] for name in names}
    return Operation(method, path, permission, view, raises, takes, answers)


def _path_value(text: str, kind: Any) -> Any:
    try:
        return msgspec.convert(text, kind)
    except msgspec.ValidationError as error:
        raise NotFound("there is nothing at this address") from error
