"""Parsing apart: the formats with a complicated inside are read in a process of their own.

A PDF, a DOCX or an HTML page may be made to crash its parser, to run for ever or to fill the
memory. One child process, started at the first such file and used again for the next, reads them
under a limit on its memory; the parent waits for the time limit and then ends it. A file that
takes the child down costs a LoadError and a new child, nothing else. The libraries for these
formats are only imported there.
"""

import atexit
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from multiprocessing import Pipe
from pathlib import Path
from threading import Lock

from index.errors import LoadError
from index.formats.limits import Limits
from index.formats.parsed import Parsed

_ROOT = Path(__file__).parents[2]
_LONGEST_SERVICE = 200  # files; then a fresh child, whatever the libraries leaked


def parse_apart(format_name: str) -> Callable[[bytes, str, Limits], Parsed]:
    """Return a parser that reads a format in the child process."""

    def parse(data: bytes, name: str, limits: Limits) -> Parsed:
        return _bench(os.getpid()).parse(format_name, data, name, limits)

    return parse


class Bench:
    """Holds the child process and hands it one file at a time; safe in several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: _Child | None = None

    def parse(self, format_name: str, data: bytes, name: str, limits: Limits) -> Parsed:
        """Parse in the child. Raises LoadError for a bad file and for one that takes it down."""
        with self._lock:
            child = self._ready(limits)
            try:
                reply = child.ask((format_name, data, name, limits), limits.seconds)
            except TimeoutError as error:
                self._end()
                reason = f"was not read after {limits.seconds:g} seconds; split or simplify it"
                raise LoadError(name, reason) from error
            except (EOFError, OSError) as error:
                self._end()
                raise LoadError(name, _crash(format_name, limits)) from error
            except BaseException:  # Ctrl-C: the reply would be taken for the next file's
                self._end()
                raise
        if isinstance(reply, Parsed):
            return reply
        raise LoadError(name, str(reply))

    def close(self) -> None:
        """End the child process."""
        with self._lock:
            self._end()

    def _ready(self, limits: Limits) -> "_Child":
        if self._child and (self._child.served >= _LONGEST_SERVICE or not self._child.fits(limits)):
            self._end()
        if not self._child:
            self._child = _Child(limits.memory)
        return self._child

    def _end(self) -> None:
        if self._child:
            self._child.end()
            self._child = None


class _Child:
    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._connection, there = Pipe()
        self._process = subprocess.Popen(  # noqa: S603 - this program itself, no shell
            [sys.executable, "-P", "-m", "index.formats.child", str(there.fileno()), str(memory)],
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )
        there.close()
        self.served = 0

    def fits(self, limits: Limits) -> bool:
        return self._memory == limits.memory and self._process.poll() is None

    def ask(self, request: tuple[str, bytes, str, Limits], seconds: float) -> object:
        self.served += 1
        self._connection.send(request)
        if not self._connection.poll(seconds):
            raise TimeoutError
        return self._connection.recv()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._connection.close()


@cache
def _bench(process: int) -> Bench:  # a forked process makes its own; a child is never shared
    bench = Bench()
    atexit.register(bench.close)
    return bench


def _crash(format_name: str, limits: Limits) -> str:
    reason = f"took the {format_name.upper()} parser down (a damaged or hostile file, or more than"
    return f"{reason} {limits.memory:,} bytes of memory); save it anew or convert it to text"
