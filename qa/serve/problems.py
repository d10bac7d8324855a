"""Errors as `application/problem+json` (RFC 9457): one table from errors to status codes."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
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
from qa.serve.runtime import NotReady, Overloaded
from qa.serve.wire import Problem

_log = logging.getLogger(__name__)

STATUS: dict[type[Exception], tuple[int, str]] = {
    InvalidInput: (422, "Invalid input"),
    LoadError: (422, "Unreadable document"),
    UnknownDocument: (404, "Unknown document"),
    UnknownCollection: (404, "Unknown collection"),
    CorpusBusy: (503, "Corpus busy"),
    StorageFull: (507, "Storage full"),
    NotReady: (503, "Not ready"),
    Overloaded: (429, "Too many requests"),
    IndexingError: (500, "Index error"),
    QuothError: (500, "Internal error"),
}


def problem(
    status: int,
    title: str,
    detail: str,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the response of an error."""
    body = Problem(title=title, status=status, detail=detail, field=field)
    return Response(
        body.model_dump_json(exclude_none=True).encode(errors="replace"),
        status,
        dict(headers or {}),
        media_type="application/problem+json",
    )


def install(app: FastAPI) -> None:
    """Turn every error that leaves a route into a problem."""
    for kind in STATUS:
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


async def _known(request: Request, error: Exception) -> Response:
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if status == 500:
        _log.error("%s failed: %s", request.url.path, error)
        return problem(status, title, "The index or its models failed; the log says more.")
    headers = {"Retry-After": "1"} if status in (429, 503) else {}
    return problem(status, title, str(error), getattr(error, "field", None), headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 what this handler is installed for
    first: dict[str, Any] = error.errors()[0]
    if first["type"] == "json_invalid":
        return problem(400, "Malformed JSON", "The body is not JSON; send an object in UTF-8.")
    place = [str(part) for part in first["loc"][1:]]
    field = ".".join(place) or "body"
    return problem(422, "Invalid input", f"{field}: {first['msg']}", field)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 what this handler is installed for
    return problem(error.status_code, str(error.detail), str(error.detail), headers=error.headers)


async def _unknown(request: Request, error: Exception) -> Response:
    _log.error("%s failed", request.url.path, exc_info=error)
    return problem(500, "Internal error", "Something failed here; the log says more.")
