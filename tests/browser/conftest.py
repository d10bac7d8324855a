"""A real Chromium against a real server with a small corpus in memory.

Collected only when this folder is named (`make test-browser`), since it needs a browser.
"""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import uvicorn

from qa.decide import Decider
from qa.serve.app import create_app
from qa.serve.keys import KeyStore
from qa.serve.runtime import Runtime
from qa.service import Service
from tests.browser.chromium import ARGUMENTS, NAMES
from tests.browser.corpus import build_corpus
from tests.fakes import FakeCorpus, FakeReader

try:
    import axe_playwright_python.sync_playwright  # type: ignore[import-untyped]  # noqa: F401
    import playwright.sync_api as playwright
except ImportError:
    pytest.exit("Playwright is missing: make test-browser installs it", 1)


@dataclass
class Site:
    """The address of a running server, and the corpus behind it."""

    url: str
    corpus: FakeCorpus


@contextmanager
def serving(corpus: FakeCorpus, keys: KeyStore | None = None) -> Iterator[Site]:
    """Serve a corpus on a free port of this machine."""
    runtime = Runtime(lambda: Service(corpus, FakeReader(), Decider()))
    server = uvicorn.Server(uvicorn.Config(create_app(runtime, keys=keys), log_config=None))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", corpus)
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def server() -> Iterator[Site]:
    with serving(FakeCorpus()) as site:
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    """The server with its documents as they were at first."""
    server.corpus.shelves = {name: dict(shelf) for name, shelf in build_corpus().shelves.items()}
    server.corpus.generation += 1
    return server


@pytest.fixture(scope="session")
def browser() -> Iterator["playwright.Browser"]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.exit("No Chromium found. On Debian: apt-get install chromium fonts-noto", 1)
    playwright.expect.set_options(timeout=20_000)  # a machine at work is slow, not wrong
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "playwright.Browser", site: Site) -> Iterator["playwright.Page"]:
    """A fresh profile. Errors in the console and requests to elsewhere fail the test."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1000, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors: list[str] = []
    elsewhere: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: _note(errors, line))
    page.on("request", lambda sent: _outside(elsewhere, site.url, sent.url))
    yield page
    context.close()
    assert not errors
    assert not elsewhere


def _note(errors: list[str], line: "playwright.ConsoleMessage") -> None:
    # The browser itself logs every status over 399; those are what some tests provoke.
    if line.type == "error" and "Failed to load resource" not in line.text:
        errors.append(line.text)


def _outside(elsewhere: list[str], own: str, address: str) -> None:
    scheme = urlsplit(address).scheme
    if scheme not in ("data", "blob") and not address.startswith(own):
        elsewhere.append(address)
