"""/openapi.json and /docs: the API, for programs and for people."""

from functools import lru_cache
from typing import Any

from chalice.app import Blueprint, Chalice

from chalicelib.handlers.answer import Answer, Html
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.operation import Operation
from chalicelib.handlers.request import HttpRequest
from chalicelib.handlers.web import html_page
from chalicelib.settings import Settings

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET", "/openapi.json", None)
def read_document(request: HttpRequest) -> Answer[dict[str, Any]]:
    """This document."""
    return Answer(document_of(blueprint.current_app, request.parts.settings))


@endpoint(blueprint, "GET", "/docs", None)
def read_reference(request: HttpRequest) -> Html:
    """The reference: this document for people."""
    return html_page("reference.html", request)


@lru_cache(maxsize=4)
def document_of(app: Chalice, settings: Settings) -> dict[str, Any]:
    """The document of every route of the app."""
    from chalicelib.handlers.openapi import document

    return document(operations_of(app), settings)


def operations_of(app: Chalice) -> list[Operation]:
    """What each route of the app declared with `endpoint`."""
    return [
        entry.view_function.operation  # type: ignore[attr-defined]
        for methods in app.routes.values()
        for entry in methods.values()
    ]
