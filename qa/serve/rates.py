"""Rate limits: a bucket of tokens for each key and for each address, in memory."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from qa.serve.problems import problem

MOST_BUCKETS = 10_000
"""Those unused the longest are forgotten first; a forgotten bucket is a full one."""

BURST_SECONDS = 6.0
"""A full bucket holds the requests of so many seconds, and ten at least."""


class Buckets:
    """Buckets that fill at a rate; each request takes one token of its bucket.

    Charging may leave a debt, so that a batch of a hundred questions costs a hundred tokens
    without having to wait for them.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60.0
        self._most = max(10.0, self._rate * BURST_SECONDS)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take a token; return 0.0, or the seconds until there is one."""
        if not self._rate:
            return 0.0
        tokens = self._filled(name)
        if tokens < 1.0:
            self._keep(name, tokens)
            return (1.0 - tokens) / self._rate
        self._keep(name, tokens - 1.0)
        return 0.0

    def charge(self, name: str, tokens: int) -> None:
        """Take more tokens, as a debt if need be."""
        if self._rate and tokens > 0:
            self._keep(name, self._filled(name) - tokens)

    def _filled(self, name: str) -> float:
        now = self._clock()
        tokens, then = self._buckets.get(name, (self._most, now))
        return min(self._most, tokens + (now - then) * self._rate)

    def _keep(self, name: str, tokens: float) -> None:
        self._buckets[name] = (tokens, self._clock())
        self._buckets.move_to_end(name)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)


class RateLimit:
    """Answers 429 with `Retry-After` to who asks too often; `who` may leave a request out."""

    def __init__(self, app: ASGIApp, buckets: Buckets, who: Callable[[Scope], str | None]) -> None:
        self._app = app
        self._buckets = buckets
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        name = self._who(scope) if scope["type"] == "http" else None
        wait = self._buckets.take(name) if name else 0.0
        if not wait:
            await self._app(scope, receive, send)
            return
        seconds = math.ceil(wait)
        detail = f"The rate limit is reached; try again in {seconds} seconds."
        headers = {"Retry-After": str(seconds)}
        await problem(429, "Too many requests", detail, headers=headers)(scope, receive, send)


def address(scope: Scope) -> str | None:
    """Name the address that a request comes from; probes of the health are not counted."""
    if scope["path"] in ("/healthz", "/readyz"):
        return None
    client = scope.get("client")
    return client[0] if client else "unknown"
