"""A real server in this process, for tests that need real HTTP."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

from index.document import Hit
from qa.decide import Candidate, Decider, Decision
from qa.read import Reading
from qa.serve.app import create_app
from qa.serve.chats import Chats
from qa.serve.exposure import Exposure
from qa.serve.keys import KeyStore
from qa.serve.runtime import Runtime
from qa.service import Service
from tests.fakes import FakeCorpus, FakeReader, make_document

TEXT = "There are 3,53,737 students in the States.\nThe portal is open."
QUESTION = "How many students are there in the States?"


def seeded_corpus(**collections: str) -> FakeCorpus:
    """Make a corpus with one document in `default`, and one in each named collection."""
    corpus = FakeCorpus()
    corpus.add(make_document(TEXT, "seed.txt"))
    for name, text in collections.items():
        corpus.add(make_document(text, f"{name}.txt"), name)
    return corpus


class FakeDecider(Decider):
    """Decides by the reader's own scores."""

    def __init__(self) -> None:
        pass

    def decide(self, question: str, hits: Sequence[Hit], readings: Sequence[Reading]) -> Decision:
        found = [
            Candidate(number, span, 1.0 / (1.0 + math.exp(reading.no_answer - span.score)))
            for number, reading in enumerate(readings)
            for span in reading.spans
        ]
        found.sort(key=lambda candidate: -candidate.confidence)
        confidence = found[0].confidence if found else 0.0
        reason = None if confidence >= 0.5 else "not_stated"
        return Decision(tuple(found), confidence, 0.5, "fake", reason)  # type: ignore[arg-type]


def make_service(corpus: FakeCorpus | None = None) -> Service:
    return Service(corpus or seeded_corpus(), FakeReader(), FakeDecider())


@contextmanager
def serving(
    load: Callable[[], Service] = make_service,
    exposure: Exposure | None = None,
    keys: KeyStore | None = None,
    wait: bool = True,
    chats: Chats | None = None,
    **runtime: Any,
) -> Iterator[httpx.Client]:
    """Serve on a free port of this machine, and give a client of it."""
    app = create_app(Runtime(load, **runtime), exposure, keys, chats)
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            if wait:
                _until(lambda: client.get("/readyz").status_code == 200)
            yield client
    finally:
        server.should_exit = True
        thread.join()


def _until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not true():
        assert time.monotonic() < limit, "the server did not come up"
        time.sleep(0.01)


def check_problem(reply: httpx.Response, status: int, field: str | None = None) -> dict[str, Any]:
    """Check that a reply is a whole problem, and return it."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    if field is not None:
        assert body["field"] == field
    return body
