"""The service behind the doors: loaded in the background, asked through a bounded queue."""

import asyncio
import contextvars
import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

from qa.answer import Answer
from qa.serve.access import GuardedCorpus, current_access
from qa.service import Ask, Observe, Service

T = TypeVar("T")
Steps = Mapping[str, float]
"""Seconds of each step of an answer, by the step's name; `queue` is the wait before them."""

OnAnswer = Callable[[Ask, Answer, Steps], None]

_log = logging.getLogger(__name__)


class NotReady(Exception):
    """The models are still being loaded, or the service is shutting down."""


class Overloaded(Exception):
    """More requests are waiting than the queue takes."""

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(f"{waiting} requests are waiting already; try again in a moment.")
        self.retry_after = retry_after


class _Told(Service):
    """A service whose answers are told, for doors that ask it inside `run`."""

    def __init__(self, inner: Service, tell: OnAnswer) -> None:
        super().__init__(inner.corpus, inner._reader, inner._decider)
        self._tell = tell

    def ask(self, ask: Ask, observe: Observe = lambda step, seconds: None) -> Answer:
        """Answer one question, and tell of it."""
        steps: dict[str, float] = {}

        def note(step: str, seconds: float) -> None:
            steps[step] = seconds
            observe(step, seconds)

        answer = super().ask(ask, note)
        self._tell(ask, answer, steps)
        return answer


@dataclass(slots=True, eq=False)
class _Asked:
    """A question in the queue, and where its answer goes."""

    ask: Ask
    reply: "asyncio.Future[Answer]"
    steps: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=perf_counter)


class Runtime:
    """Runs the service's work on its own threads; a bounded number of calls may wait.

    `load` builds and warms the service. When it fails, `failure` keeps the error and `on_failure`
    is called, since a service that cannot start must not look like one that is loading.
    Questions go through `ask`, other reading through `run`, changes through `write`; all act with
    the access of the request that calls them.
    """

    def __init__(
        self,
        load: Callable[[], Service],
        on_failure: Callable[[Exception], None] = lambda error: None,
        workers: int = 1,
        most_waiting: int = 64,
        longest_wait: float = 20.0,
    ) -> None:
        self._load = load
        self._on_failure = on_failure
        self._service: Service | None = None
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="quoth")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="quoth-write")
        self._most_waiting = most_waiting
        self._longest_wait = longest_wait
        self.workers = workers
        self._waiting = 0
        self._mean_seconds = 0.1
        self._asked: deque[_Asked] = deque()
        self._queue = threading.Lock()
        self._stopping = False
        self._watchers: list[OnAnswer] = []
        self.failure: Exception | None = None

    def start(self) -> None:
        """Load the service in the background."""
        threading.Thread(target=self._start, name="quoth-load", daemon=True).start()

    def _start(self) -> None:
        try:
            self._service = self._load()
            _log.info("ready")
        except Exception as error:  # noqa: BLE001 the thread's door: reported, and the server ends
            self.failure = error
            self._on_failure(error)

    def stop(self) -> None:
        """Finish what was accepted, and take nothing more."""
        self._stopping = True
        self._pool.shutdown(wait=True)
        self._writer.shutdown(wait=True)

    def watch(self, on_answer: OnAnswer) -> None:
        """Tell every answer, through whichever door, to a counter or a log."""
        self._watchers.append(on_answer)

    @property
    def ready(self) -> bool:
        """Say whether the service is loaded, warmed and not shutting down."""
        return self._service is not None and not self._stopping

    @property
    def waiting(self) -> int:
        """Return how many accepted calls are not finished."""
        return self._waiting

    @property
    def service(self) -> Service:
        """Return the loaded service, unguarded. Raises NotReady."""
        if self._stopping:
            raise NotReady("The service is shutting down; ask another one.")
        if self._service is None:
            raise NotReady("The models are being loaded; ask /readyz until it says ready.")
        return self._service

    def check_room(self) -> None:
        """Raise NotReady, or Overloaded when nothing more may wait, or would wait too long.

        Better refused at once than given up after `longest_wait` seconds in the queue.
        """
        _ = self.service
        wait = self._waiting * self._mean_seconds / self.workers
        if self._waiting >= self._most_waiting or wait > self._longest_wait:
            raise Overloaded(self._waiting, min(60, max(1, math.ceil(wait))))

    async def ask(self, ask: Ask, steps: dict[str, float] | None = None) -> Answer:
        """Answer a question; `steps` takes the seconds of each step.

        Raises NotReady, Overloaded, Forbidden and what `Service.ask` raises.
        """
        current_access().check("ask", ask.collection)
        loop = asyncio.get_running_loop()
        with self._place():
            asked = _Asked(ask, loop.create_future())
            with self._queue:
                self._asked.append(asked)
            loop.run_in_executor(self._pool, self._answer_next, self.service, loop)
            answer = await asked.reply
        if steps is not None:
            steps.update(asked.steps)
        self._tell(ask, answer, asked.steps)
        return answer

    async def run(self, call: Callable[[Service], T]) -> T:
        """Run a call on a worker thread, on a service that reaches what the request may.

        Raises NotReady and Overloaded.
        """
        return await self._run(self._pool, call)

    async def write(self, call: Callable[[Service], T]) -> T:
        """Run a change, one after the other and beside the questions, which do not wait for it."""
        return await self._run(self._writer, call)

    async def _run(self, pool: ThreadPoolExecutor, call: Callable[[Service], T]) -> T:
        service = self.service
        guarded = service.over(GuardedCorpus(service.corpus, current_access()))
        told = _Told(guarded, self._tell)
        context = contextvars.copy_context()
        with self._place():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(pool, context.run, call, told)

    def _tell(self, ask: Ask, answer: Answer, steps: Steps) -> None:
        for on_answer in self._watchers:
            on_answer(ask, answer, steps)

    @contextmanager
    def _place(self) -> Iterator[None]:
        self.check_room()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def _answer_next(self, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        """Answer the question that waits the longest, and everyone who asks the same."""
        same = self._next()
        if not same:
            return
        began = perf_counter()
        steps: dict[str, float] = {}
        try:
            outcome: Answer | Exception = service.ask(same[0].ask, steps.__setitem__)
        except Exception as error:  # noqa: BLE001 the thread's door: raised again where it was asked
            outcome = error
        self._mean_seconds += 0.3 * (perf_counter() - began - self._mean_seconds)
        for asked in same:
            asked.steps.update({"queue": began - asked.since, **steps})
            loop.call_soon_threadsafe(_settle, asked.reply, outcome)

    def _next(self) -> list[_Asked]:
        with self._queue:
            while self._asked and self._asked[0].reply.done():
                self._asked.popleft()
            if not self._asked:
                return []
            first = self._asked[0]
            same = [asked for asked in self._asked if asked.ask == first.ask]
            for asked in same:
                self._asked.remove(asked)
            return same


def _settle(reply: "asyncio.Future[Answer]", outcome: Answer | Exception) -> None:
    if reply.done():
        return
    if isinstance(outcome, Exception):
        reply.set_exception(outcome)
    else:
        reply.set_result(outcome)
