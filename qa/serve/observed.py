"""What every request leaves behind: its identifier, a line in the log, a count and a time."""

import contextvars
import logging
import re
import uuid
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.serve.metrics import Metrics
from qa.serve.problems import problem

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("quoth_request_id", default="")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = logging.getLogger("quoth.access")


class Observed:
    """Counts and logs each request, and answers what nothing else could with a problem.

    A request's `X-Request-ID` is kept when it is a plain name, and made up otherwise.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identifier = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(identifier)
        noted = _Noted(send, identifier)
        began = perf_counter()
        try:
            await self._app(scope, receive, noted)
        except Exception:  # noqa: BLE001 the outermost door: logged and answered
            _log.exception("the application failed")
            if not noted.status:
                failed = problem(500, "Internal error", "Something failed here; the log says more.")
                await failed(scope, receive, noted)
        finally:
            self._note(scope, noted.status, perf_counter() - began)
            request_id.reset(token)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        self._metrics.note_request(scope["method"], route, status, seconds)
        access = scope.get("state", {}).get("access")
        client = scope.get("client")
        _log.info(
            "%s %s %d",
            scope["method"],
            route,
            status,
            extra={
                "method": scope["method"],
                "route": route,
                "status": status,
                "milliseconds": round(1000 * seconds, 2),
                "key": access.name if access else None,
                "address": client[0] if client else None,
            },
        )


def route_of(scope: Scope) -> str:
    """Return the route's template, so that neither counts nor logs hold what a path may carry."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return str(path) if path else "(none)"


class _Noted:
    def __init__(self, send: Send, identifier: str) -> None:
        self._send = send
        self._identifier = identifier
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["X-Request-ID"] = self._identifier
        await self._send(message)
