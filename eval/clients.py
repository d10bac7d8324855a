"""Clients that ask over HTTP and note how long each answer takes."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

Body = dict[str, object]
_STEP = re.compile(r"(\w+);dur=([\d.]+)")


@dataclass(frozen=True, slots=True)
class Timings:
    """What the answers took: milliseconds of those that came, statuses, and steps."""

    milliseconds: Sequence[float]
    statuses: Counter[int]
    seconds: float
    steps: dict[str, float] = field(default_factory=dict)

    def percentile(self, share: float) -> float:
        """Return the milliseconds that a share of the answers stayed within."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    @property
    def rate(self) -> float:
        """Return the answers a second."""
        return len(self.milliseconds) / self.seconds


def ask_in_turn(url: str, bodies: Sequence[Body]) -> Timings:
    """Ask one after the other over one connection."""
    taken: list[float] = []
    steps: dict[str, float] = {}
    statuses: Counter[int] = Counter()
    began = time.perf_counter()
    with httpx.Client(timeout=120) as client:
        for body in bodies:
            start = time.perf_counter()
            reply = client.post(url, json=body)
            taken.append(1000 * (time.perf_counter() - start))
            statuses[reply.status_code] += 1
            for name, spent in _STEP.findall(reply.headers.get("server-timing", "")):
                steps[name] = steps.get(name, 0.0) + float(spent)
    mean = {name: spent / len(bodies) for name, spent in steps.items()}
    return Timings(taken, statuses, time.perf_counter() - began, mean)


def ask_together(
    url: str, body_of: Callable[[int, int], Body], clients: int, seconds: float
) -> Timings:
    """Let clients ask for so long; `body_of` is told the client and its how manieth question.

    Status 0 counts requests that got no answer. Only answers of status 200 are timed.
    """
    return asyncio.run(_together(url, body_of, clients, seconds))


async def _together(
    url: str, body_of: Callable[[int, int], Body], clients: int, seconds: float
) -> Timings:
    taken: list[float] = []
    statuses: Counter[int] = Counter()
    began = time.perf_counter()

    async def ask(number: int) -> None:
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(timeout=120, limits=limits) as client:
            count = 0
            while time.perf_counter() - began < seconds:
                start = time.perf_counter()
                try:
                    reply = await client.post(url, json=body_of(number, count))
                except httpx.TransportError:
                    statuses[0] += 1
                    continue
                statuses[reply.status_code] += 1
                if reply.status_code == 429:
                    await asyncio.sleep(float(reply.headers.get("retry-after", "1")))
                if reply.status_code == 200:
                    taken.append(1000 * (time.perf_counter() - start))
                count += 1

    await asyncio.gather(*(ask(number) for number in range(clients)))
    return Timings(taken, statuses, time.perf_counter() - began)
