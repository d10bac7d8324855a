"""The service behind the doors: loaded in the background, asked through a bounded queue."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from qa.service import Service

T = TypeVar("T")
_log = logging.getLogger(__name__)


class NotReady(Exception):
    """The models are still being loaded."""


class Overloaded(Exception):
    """More requests are waiting than the queue takes."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} requests are waiting already; try again in a moment.")


class Runtime:
    """Runs the service's work on its own threads; a bounded number of calls may wait.

    `load` builds and warms the service. When it fails, `failure` keeps the error and `on_failure`
    is called, since a service that cannot start must not look like one that is loading.
    """

    def __init__(
        self,
        load: Callable[[], Service],
        on_failure: Callable[[Exception], None] = lambda error: None,
        workers: int = 1,
        most_waiting: int = 64,
    ) -> None:
        self._load = load
        self._on_failure = on_failure
        self._service: Service | None = None
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="quoth")
        self._most_waiting = most_waiting
        self._waiting = 0
        self.failure: Exception | None = None

    def start(self) -> None:
        """Load the service in the background."""
        threading.Thread(target=self._start, name="quoth-load", daemon=True).start()

    def _start(self) -> None:
        try:
            self._service = self._load()
        except Exception as error:  # noqa: BLE001 the thread's door: reported, and the server ends
            self.failure = error
            self._on_failure(error)

    def stop(self) -> None:
        """Finish what was accepted."""
        self._pool.shutdown(wait=True)

    @property
    def ready(self) -> bool:
        """Say whether the service is loaded and warmed."""
        return self._service is not None

    @property
    def waiting(self) -> int:
        """Return how many accepted calls are not finished."""
        return self._waiting

    @property
    def service(self) -> Service:
        """Return the loaded service. Raises NotReady."""
        if self._service is None:
            raise NotReady("The models are being loaded; ask /readyz until it says ready.")
        return self._service

    async def run(self, call: Callable[[Service], T]) -> T:
        """Run a call on a worker thread. Raises NotReady and Overloaded."""
        service = self.service
        if self._waiting >= self._most_waiting:
            raise Overloaded(self._waiting)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call, service)
        finally:
            self._waiting -= 1
