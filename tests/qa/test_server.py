import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

SERVER = """
import sys, time, types
sys.path.insert(0, {root!r})
# The real parts take seconds to import; this is about the server.
sys.modules["qa.bootstrap"] = bootstrap = types.ModuleType("qa.bootstrap")
bootstrap.build_corpus = bootstrap.build_service = bootstrap.sync_sources = None
from tests.fakes import FakeReader
from tests.serving import FakeDecider, seeded_corpus
from qa.service import Service
import qa.serve.server as server
from qa.errors import SettingsError
from qa.settings import load_settings

class SlowReader(FakeReader):
    def read(self, question, passages):
        time.sleep(1.5 if "slowly" in question else 0)
        return super().read(question, passages)

def build(settings, corpus):
    if settings.reader == "broken":
        raise SettingsError("QUOTH_READER: is broken")
    return Service(seeded_corpus(), SlowReader(), FakeDecider())

server.build_service = build
server.build_corpus = lambda settings: None
server.sync_sources = lambda settings, corpus: None
server.run(load_settings())
"""
ROOT = str(Path(__file__).parents[2])


@contextmanager
def process(tmp_path: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "QUOTH_PORT": str(port),
        "QUOTH_DATA": str(tmp_path),
        **{f"QUOTH_{name.upper()}": value for name, value in settings.items()},
    }
    command = [sys.executable, "-c", SERVER.format(root=ROOT)]
    running = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield running, f"http://127.0.0.1:{port}"
    finally:
        running.kill()
        running.communicate()


def wait_until_ready(url: str) -> None:
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("not ready")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_finishes_what_it_accepted_and_takes_nothing_more(tmp_path: Path, sent: int) -> None:
    with process(tmp_path) as (running, url):
        wait_until_ready(url)
        replies: list[httpx.Response] = []

        def ask(question: str) -> None:
            body = {"question": f"How many students are there in the States, {question}?"}
            replies.append(httpx.post(f"{url}/v1/ask", json=body, timeout=30))

        asking = [threading.Thread(target=ask, args=(f"slowly {n}",)) for n in range(2)]
        for thread in asking:
            thread.start()
        time.sleep(0.5)
        running.send_signal(sent)
        for thread in asking:
            thread.join()
        assert [reply.status_code for reply in replies] == [200, 200]
        assert replies[0].json()["answers"][0]["answer"] == "3,53,737"
        running.wait(10)
        assert "Traceback" not in (running.stderr.read() if running.stderr else "")
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{url}/healthz")


def test_ends_with_the_error_that_kept_it_from_starting(tmp_path: Path) -> None:
    with process(tmp_path, reader="broken") as (running, _):
        _, errors = running.communicate(timeout=120)
        assert running.returncode == 1
        assert "QUOTH_READER: is broken" in errors


def test_the_address_s_own_names_are_answered_and_no_others(tmp_path: Path) -> None:
    with process(tmp_path) as (_, url):
        wait_until_ready(url)
        assert httpx.get(f"{url}/healthz", headers={"host": "localhost:1"}).status_code == 200
        refused = httpx.get(f"{url}/healthz", headers={"host": "rebound.example"})
        assert refused.status_code == 400
        assert refused.json()["title"] == "Unknown host"


def test_a_busy_port_is_an_error_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code = "from qa.cli import main; main()"
        command = [sys.executable, "-c", code, "serve", "--port", str(port)]
        environment = {**os.environ, "QUOTH_DATA": str(tmp_path)}
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert str(port) in ended.stderr
    assert "QUOTH_PORT" in ended.stderr
