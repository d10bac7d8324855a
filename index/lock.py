"""One writer at a time, in this process and across processes."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import CorpusBusy

PAUSE = 0.01


class WriterLock:
    """The right to write to a corpus; the file holds the PID of whoever has it.

    The kernel drops the lock with its process, so a killed writer leaves nothing to clean up.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self._path = path
        self._timeout = timeout
        self._threads = threading.RLock()
        self._depth = 0

    @contextmanager
    def hold(self, timeout: float | None = None) -> Iterator[None]:
        """Hold the lock, waiting up to `timeout` seconds. Raises CorpusBusy with the holder."""
        patience = self._timeout if timeout is None else timeout
        if not self._threads.acquire(timeout=patience):
            raise CorpusBusy(os.getpid())
        try:
            if self._depth:
                yield  # this thread holds the file already
                return
            handle = self._take(patience)
            self._depth = 1
            try:
                yield
            finally:
                self._depth = 0
                os.close(handle)
        finally:
            self._threads.release()

    def is_free(self) -> bool:
        """Say whether nobody holds the lock; works where it may only be read."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True

    def _take(self, patience: float) -> int:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        limit = time.monotonic() + patience
        try:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= limit:
                        raise CorpusBusy(self._holder()) from None
                    time.sleep(PAUSE)
            os.truncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def _holder(self) -> int | None:
        written = self._path.read_text()
        return int(written) if written.isdigit() else None


class Latch:
    """Many readers or one writer, within a process; a waiting writer goes before new readers."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._readers = 0
        self._waiting = 0
        self._writing = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold the latch together with other readers; never take it twice in one thread."""
        with self._turn:
            self._turn.wait_for(lambda: not self._writing and not self._waiting)
            self._readers += 1
        try:
            yield
        finally:
            with self._turn:
                self._readers -= 1
                self._turn.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the latch alone."""
        with self._turn:
            self._waiting += 1
            try:
                self._turn.wait_for(lambda: not self._writing and not self._readers)
                self._writing = True
            finally:
                self._waiting -= 1
        try:
            yield
        finally:
            with self._turn:
                self._writing = False
                self._turn.notify_all()
