"""A `quoth serve` of its own on a free port, to measure it from outside."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running service: where it listens, its process, and the seconds until it was ready."""

    url: str
    pid: int
    seconds_to_ready: float

    def resident_megabytes(self) -> float:
        """Return the memory that the process holds, in MB (Linux)."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise OSError(f"process {self.pid} tells no memory")


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used, which a busy machine does not change."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serve(settings: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Run `quoth serve` over the seeds in a data folder of its own until the block ends."""
    port = free_port()
    with TemporaryDirectory(prefix="quoth-") as data:
        own = {"QUOTH_DATA": data, "QUOTH_PORT": str(port), "QUOTH_LOG_LEVEL": "warning"}
        code = "from qa.cli import main; main()"
        with started([sys.executable, "-c", code, "serve"], {**own, **(settings or {})}) as process:
            url = f"http://127.0.0.1:{port}"
            seconds = wait_until_ready(f"{url}/readyz", process)
            yield Served(url, process.pid, seconds)


@contextmanager
def started(
    command: Sequence[str], settings: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program until the block ends."""
    process = subprocess.Popen(command, env={**os.environ, **settings})  # noqa: S603 our own
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> float:
    """Wait until a URL answers 200; return the seconds. Raises TimeoutError."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        if process.poll() is not None:
            raise TimeoutError(f"the service ended with status {process.returncode}")
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return time.monotonic() - began
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{url} was not ready within {PATIENCE:.0f} seconds")
