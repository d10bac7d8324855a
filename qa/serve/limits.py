"""Bounds on what a request may send, and on how long it may take, held before it is parsed."""

import asyncio
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.serve.problems import problem

MOST_BYTES = 1_000_000
"""For bodies that are no uploads: a hundred questions with their filters fit."""

_FORM_BYTES = 100_000
"""Boundaries, names and fields around the files of an upload."""

_DRAINED_BYTES = 64_000_000
"""Of a body that is over the limit, so much is read and dropped, so that the sender gets to read
why; after that the connection is cut."""


def is_upload(scope: Scope) -> bool:
    """Say whether a request may carry files."""
    return scope["method"] in ("POST", "PUT") and scope["path"].startswith("/v1/documents")


class BodyLimit:
    """Refuses bodies over a limit with 413, by their declared and by their real length.

    Uploads stream through, counted; other bodies are small and are read whole first.
    """

    def __init__(self, app: ASGIApp, most_upload: int, most: int = MOST_BYTES) -> None:
        self._app = app
        self._most_upload = most_upload
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upload = is_upload(scope)
        most = self._most_upload if upload else self._most
        if _declared(scope) > most + (_FORM_BYTES if upload else 0):
            await _drain(receive)
            await self._refuse(most, scope, receive, send)
        elif upload:
            await self._app(scope, _counted(receive, most + _FORM_BYTES, _detail(most)), send)
        else:
            await self._whole(scope, receive, send)

    async def _whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._most:
                body.clear()
                await _drain(receive)
                await self._refuse(self._most, scope, receive, send)
                return
        await self._app(scope, _replay(bytes(body), receive), send)

    async def _refuse(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        response = problem(413, "Body too large", _detail(most), "body", {"Connection": "close"})
        await response(scope, receive, send)


class Deadline:
    """Answers 504 when a request takes too long; work that is still in the queue is dropped.

    `seconds` says how long a request may take. An answer that has begun is not cut.
    """

    def __init__(self, app: ASGIApp, seconds: Callable[[Scope], float]) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, for so long."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seconds = self._seconds(scope)

        async def begin(message: Message) -> None:
            limit.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(seconds) as limit:
                await self._app(scope, receive, begin)
        except TimeoutError:
            if not limit.expired():
                raise
            detail = f"The limit is {seconds:g} seconds; ask for less, or later."
            await problem(504, "Took too long", detail)(scope, receive, send)


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


def _detail(most: int) -> str:
    return f"body: is over the limit of {most} bytes; send less."


async def _drain(receive: Receive) -> None:
    drained = 0
    more = True
    while more and drained < _DRAINED_BYTES:
        message = await receive()
        drained += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)


def _counted(receive: Receive, most: int, detail: str) -> Receive:
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            await _drain(receive)
            raise HTTPException(413, detail, {"Connection": "close"})
        return message

    return counted


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
