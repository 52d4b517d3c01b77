"""The HTTP front of one location: what the API gateway does in AWS.

It answers unknown paths, unknown methods, bodies that are too large and what is no HTTP itself, in
the same shape as the gateway is set up to; everything else goes through Chalice's own local
gateway.
"""

import functools
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalChalice, RouteMatcher, ThreadedHTTPServer

from chalicelib.domain.errors import (
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    SinsError,
    TooLarge,
)
from chalicelib.handlers.problem import problem, problem_headers, status_of

# What a real gateway takes; the functions themselves refuse far less.
MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_LENGTH_DIGITS = 12
READS = ("GET", "HEAD", "OPTIONS")
# What the standard library's server says of an address or of headers.
TOO_LONG = (HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)


def open_server(
    app: Chalice, host: str, port: int, wrote: Callable[[], None] = lambda: None
) -> ThreadedHTTPServer:
    """A server for the app, bound to the address and not yet serving. Raises OSError.

    Calls `wrote` behind each answer to what may have written.
    """
    # A request a thread: Chalice keeps the current one per thread only in this class.
    app.__class__ = LocalChalice
    handler = functools.partial(GatewayHandler, wrote=wrote, app_object=app, config=Config.create())
    return Server((host, port), handler)


class Server(ThreadedHTTPServer):
    """Takes many connections that come at once."""

    request_queue_size = 128


class GatewayHandler(ChaliceRequestHandler):
    """One connection. Answers are written whole and at once (Nagle would hold them 40 ms)."""

    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = 60
    # Of a request line that cannot be read. By default it is 0.9, whose answers have no status.
    default_request_version = "HTTP/1.0"

    def __init__(self, *args: Any, wrote: Callable[[], None], **others: Any) -> None:
        self._wrote = wrote
        super().__init__(*args, **others)

    def _generic_handle(self) -> None:
        try:
            self._refuse_unknown_route()
            self._refuse_unreadable_body()
        except SinsError as error:
            self._answer_problem(error)
        else:
            super()._generic_handle()
            if self.command not in READS:
                self._wrote()

    # The names that the standard library's server looks for.
    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _generic_handle  # noqa: N815

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What the standard library's server would answer in HTML."""
        if code == HTTPStatus.NOT_IMPLEMENTED:
            # A method that has no name above. No route takes it: it is told so like any other.
            self._generic_handle()
        elif code in TOO_LONG:
            self._answer_problem(TooLarge("the address or a header is too long"))
        else:
            self._answer_problem(MalformedRequest(f"the request cannot be read: {message}"))

    def log_message(self, *_args: Any) -> None:
        """The functions write the log."""

    def _refuse_unknown_route(self) -> None:
        routes = self.local_gateway._app_object.routes  # noqa: SLF001
        try:
            route = RouteMatcher(list(routes)).match_route(self.path).route
        except ValueError as error:
            raise NotFound("there is no such path") from error
        if self.command not in {*routes[route], "OPTIONS"}:
            raise MethodNotAllowed(routes[route])

    def _refuse_unreadable_body(self) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or "transfer-encoding" in self.headers:
            raise MalformedRequest("send the body with a Content-Length")
        # Python makes no number of thousands of digits.
        if len(length) > MAX_LENGTH_DIGITS or int(length) > MAX_BODY_BYTES:
            raise TooLarge(f"a body must have at most {MAX_BODY_BYTES} bytes")

    def _answer_problem(self, error: SinsError) -> None:
        # The body was not read, so the connection cannot carry another request.
        self.close_connection = True
        request_id = secrets.token_hex(16)
        headers = {**problem_headers(error), "X-Request-Id": request_id, "Connection": "close"}
        body = b"" if self.command == "HEAD" else msgspec.json.encode(problem(error, request_id))
        self._send_http_response(status_of(type(error)), headers, body)
