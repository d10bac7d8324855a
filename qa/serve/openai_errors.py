"""Errors in OpenAI's form on OpenAI's routes, whoever raised them.

Everything else in the house answers with `application/problem+json`; here, outermost, such answers
are rewritten, so that limits, keys and validation need to know nothing of OpenAI.
"""

import json
import logging
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.serve.openai_wire import OpenAIError, OpenAIProblem

_log = logging.getLogger(__name__)

_ROUTES = ("/v1/models", "/v1/chat/completions", "/v1/responses")
_KINDS: dict[int, tuple[str, str | None]] = {
    401: ("authentication_error", "invalid_api_key"),
    403: ("permission_error", "insufficient_permissions"),
    404: ("invalid_request_error", "model_not_found"),
    405: ("invalid_request_error", "method_not_allowed"),
    413: ("invalid_request_error", "request_too_large"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("server_error", "service_unavailable"),
}


class OpenAIErrors:
    """Rewrites the problems of OpenAI's routes; a 422 becomes the 400 that its clients expect."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and rewrite what comes back where it is a problem."""
        if scope["type"] != "http" or not _is_openai(scope["path"]):
            await self._app(scope, receive, send)
            return
        rewriting = _Rewriting(send)
        try:
            await self._app(scope, receive, rewriting)
        except Exception:
            if rewriting.started:
                raise
            _log.exception("%s failed", scope["path"])
            detail = "Something failed here; the log says more."
            await rewriting.reply([], {"status": 500, "detail": detail})


def _is_openai(path: str) -> bool:
    return any(path == route or path.startswith(f"{route}/") for route in _ROUTES)


class _Rewriting:
    """Holds a problem back until it is whole, and lets everything else through."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: Message | None = None
        self._body = bytearray()
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._held = message
        elif self._held is None:
            self.started = True
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self.reply(self._held["headers"], json.loads(self._body))

    async def reply(self, headers: list[tuple[bytes, bytes]], problem: dict[str, Any]) -> None:
        self.started = True
        status = 400 if problem["status"] == 422 else problem["status"]
        body = _error(status, problem).model_dump_json().encode()
        start: Message = {"type": "http.response.start", "status": status, "headers": list(headers)}
        fields = MutableHeaders(scope=start)
        fields["content-type"] = "application/json"
        fields["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_problem(message: Message) -> bool:
    kind = MutableHeaders(scope=message).get("content-type", "")
    return message["status"] >= 400 and kind.startswith("application/problem+json")


def _error(status: int, problem: dict[str, Any]) -> OpenAIError:
    default = ("server_error" if status >= 500 else "invalid_request_error", None)
    kind, code = _KINDS.get(status, default)
    param = "model" if code == "model_not_found" else problem.get("field")
    return OpenAIError(
        error=OpenAIProblem(message=problem["detail"], type=kind, param=param, code=code)
    )
