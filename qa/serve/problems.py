"""Errors as `application/problem+json` (RFC 9457): one table from errors to status codes.

Details never hold the input or a path of this machine: they name the field and the limit.
"""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from index.errors import (
    CorpusBusy,
    IndexingError,
    LoadError,
    StorageFull,
    UnknownCollection,
    UnknownDocument,
)
from qa.errors import InvalidInput, QuothError
from qa.serve.access import Forbidden, Unauthorized
from qa.serve.runtime import NotReady, Overloaded
from qa.serve.wire import Problem

_log = logging.getLogger(__name__)

STATUS: dict[type[Exception], tuple[int, str]] = {
    InvalidInput: (422, "Invalid input"),
    LoadError: (422, "Unreadable document"),
    Unauthorized: (401, "Unauthorized"),
    Forbidden: (403, "Forbidden"),
    UnknownDocument: (404, "Unknown document"),
    UnknownCollection: (404, "Unknown collection"),
    CorpusBusy: (503, "Corpus busy"),
    StorageFull: (507, "Storage full"),
    NotReady: (503, "Not ready"),
    Overloaded: (429, "Too many requests"),
    IndexingError: (500, "Index error"),
    QuothError: (500, "Internal error"),
}

_DETAILS: dict[type[Exception], str] = {
    UnknownDocument: "There is no such document in this collection; GET /v1/documents lists them.",
    UnknownCollection: "There is no such collection; adding a document to it makes it.",
    CorpusBusy: "The documents are being changed by another program; try again in a moment.",
    StorageFull: "The index takes no more; its disk is full, over quota, or read-only.",
}

TITLES = {
    400: "Bad request",
    401: "No key, or none that is known",
    403: "The key does not reach this far",
    404: "Unknown document or collection",
    413: "Body too large",
    415: "Wrong content type",
    422: "Invalid input",
    429: "Too many requests",
    500: "Internal error",
    503: "Not ready, or shutting down",
    504: "Took too long",
    507: "Storage full",
}
ALWAYS = (400, 401, 403, 429, 500, 503, 504)
"""What any request can meet before it reaches its route, or on a bad day."""


def problem(
    status: int,
    title: str,
    detail: str,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the response of an error."""
    body = Problem(title=title, status=status, detail=detail, field=field)
    return problem_response(body.model_dump(exclude_none=True), headers)


def problem_response(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Make the response of a problem's members, which may be more than the standard ones."""
    text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    more = {"Cache-Control": "no-store", **(headers or {})}
    return Response(text, int(body["status"]), more, media_type="application/problem+json")


def problem_of(error: Exception) -> Problem:
    """Return the problem that an error of this project is, as the table says."""
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if status == 500:
        detail = "The index or its models failed; the log says more."
        return Problem(title=title, status=status, detail=detail)
    detail = next((_DETAILS[kind] for kind in type(error).__mro__ if kind in _DETAILS), str(error))
    field = getattr(error, "field", None)
    return Problem(title=title, status=status, detail=detail, field=field)


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Declare the problems a route may answer with, besides those that every route may."""
    body = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {
        code: {"description": TITLES[code], "content": body} for code in sorted({*ALWAYS, *codes})
    }


def install(app: FastAPI) -> None:
    """Turn every error that leaves a route into a problem."""
    for kind in STATUS:
        app.add_exception_handler(kind, known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


async def known(request: Request, error: Exception) -> Response:
    """Answer an error that the table knows."""
    found = problem_of(error)
    if found.status == 500:
        _log.error("%s: %s", type(error).__name__, error)
    headers = {}
    if found.status in (429, 503):
        headers["Retry-After"] = str(getattr(error, "retry_after", 1))
    if found.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(found.status, found.title, found.detail, found.field, headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 what this handler is installed for
    first: dict[str, Any] = error.errors()[0]
    if first["type"] == "json_invalid":
        return problem(400, "Malformed JSON", "The body is not JSON; send an object in UTF-8.")
    field = name_field(first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    return problem(422, "Invalid input", f"{field}: {reason}", field)


def name_field(place: tuple[int | str, ...]) -> str:
    """Name a part of the request: printable, and not longer than a name is."""
    name = ".".join(str(part) for part in place[1:]) or "body"
    return "".join(letter if letter.isprintable() else "?" for letter in name[:100])


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 what this handler is installed for
    title = HTTPStatus(error.status_code).phrase
    detail = str(error.detail)
    if detail == title:
        detail = f"{_HTTP_DETAILS.get(error.status_code, title)}"
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _methods(request)
    return problem(error.status_code, title, detail, headers=headers)


def _methods(request: Request) -> str:
    """List the methods of a path, over all the routes that share it."""
    path = getattr(request.scope.get("route"), "path", None)
    routes = iter_route_contexts(request.app.routes)
    found = {method for route in routes if route.path == path for method in route.methods or ()}
    return ", ".join(sorted(found))


_HTTP_DETAILS = {
    404: "There is no such route; GET /openapi.json lists them.",
    405: "The route does not take this method; the header Allow lists those it takes.",
}


async def _unknown(request: Request, error: Exception) -> Response:
    _log.error("%s failed", request.url.path, exc_info=error)
    return problem(500, "Internal error", "Something failed here; the log says more.")
