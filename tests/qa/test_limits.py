import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from qa.read import Reading
from qa.serve.exposure import Exposure
from qa.serve.keys import KeyStore
from qa.serve.rates import MOST_BUCKETS, Buckets
from qa.service import Service
from tests.fakes import FakeReader
from tests.serving import (
    QUESTION,
    FakeDecider,
    check_problem,
    make_service,
    seeded_corpus,
    serving,
)


class HeldReader(FakeReader):
    """Reads only when it is let."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.read_questions: list[str] = []

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        self.read_questions.append(question)
        assert self.let.wait(20)
        return super().read(question, passages)

    def service(self) -> Service:
        return Service(seeded_corpus(), self, FakeDecider())


def ask(client: httpx.Client, question: str = QUESTION) -> httpx.Response:
    return client.post("/v1/ask", json={"question": question})


def until(true: object) -> None:
    limit = time.monotonic() + 10
    while not true():  # type: ignore[operator]
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_a_full_queue_is_429_with_retry_after_and_nothing_else_is_lost() -> None:
    reader = HeldReader()
    with (
        serving(reader.service, most_waiting=3) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        accepted = [pool.submit(ask, client, f"How many students, {n}?") for n in range(3)]
        until(lambda: "quoth_queue_waiting 3.0" in client.get("/metrics").text)
        refused = ask(client)
        check_problem(refused, 429)
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        check_problem(client.get("/v1/documents"), 429)
        check_problem(client.post("/v1/ask:batch", json={"questions": [{"question": "a"}]}), 429)
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200
        reader.let.set()
        assert [reply.result().status_code for reply in accepted] == [200] * 3
        assert ask(client).status_code == 200


def test_who_would_wait_too_long_is_refused_at_once() -> None:
    reader = HeldReader()
    with (
        serving(reader.service, longest_wait=0.15) as client,
        ThreadPoolExecutor(2) as pool,
    ):
        accepted = [pool.submit(ask, client, f"How many students, {n}?") for n in range(2)]
        until(lambda: "quoth_queue_waiting 2.0" in client.get("/metrics").text)
        check_problem(ask(client), 429)
        reader.let.set()
        assert [reply.result().status_code for reply in accepted] == [200] * 2


def test_equal_questions_that_wait_are_read_once_and_get_equal_bytes() -> None:
    reader = HeldReader()
    with serving(reader.service) as client, ThreadPoolExecutor(16) as pool:
        first = pool.submit(ask, client, "How many students go first?")
        until(lambda: reader.read_questions)
        replies = [pool.submit(ask, client) for _ in range(10)]
        until(lambda: "quoth_queue_waiting 11.0" in client.get("/metrics").text)
        reader.let.set()
        assert first.result().status_code == 200
        assert len({reply.result().content for reply in replies}) == 1
        assert reader.read_questions.count(QUESTION) == 1
        assert ask(client).content == replies[0].result().content


def test_a_slow_answer_is_504_and_its_place_is_given_back() -> None:
    reader = HeldReader()
    exposure = Exposure(request_seconds=0.3)
    with (
        serving(reader.service, exposure, most_waiting=2) as client,
        ThreadPoolExecutor(2) as pool,
    ):
        slow = [pool.submit(ask, client, f"How many students, {n}?") for n in range(2)]
        for reply in slow:
            assert "0.3" in check_problem(reply.result(), 504)["detail"]
        reader.let.set()
        until(lambda: "quoth_queue_waiting 0.0" in client.get("/metrics").text)
        assert ask(client).status_code == 200
        assert len(reader.read_questions) <= 3, "what was given up in the queue is not read"


def test_a_body_that_never_ends_is_504() -> None:
    def slowly() -> object:
        yield b'{"question"'
        time.sleep(0.6)
        yield b': "a"}'

    with serving(exposure=Exposure(request_seconds=0.2)) as client:
        headers = {"content-type": "application/json"}
        try:
            reply = client.post("/v1/ask", content=slowly(), headers=headers)  # type: ignore[arg-type]
        except httpx.TransportError:
            pass  # the server had closed while this end still sent
        else:
            check_problem(reply, 504)
        assert ask(client).status_code == 200


def test_readiness_is_truthful_while_loading() -> None:
    loaded = threading.Event()

    def load() -> Service:
        assert loaded.wait(20)
        return make_service()

    with serving(load, wait=False) as client:
        assert client.get("/healthz").status_code == 200
        reply = client.get("/readyz")
        check_problem(reply, 503)
        assert reply.headers["retry-after"]
        for url in ("/v1/documents", "/v1/documents/x"):
            check_problem(client.get(url), 503)
        check_problem(ask(client), 503)
        assert client.get("/metrics").status_code == 200
        loaded.set()
        until(lambda: client.get("/readyz").status_code == 200)
        assert ask(client).status_code == 200


def test_a_bucket_fills_and_counts_debts() -> None:
    now = 0.0
    buckets = Buckets(per_minute=60, clock=lambda: now)
    assert [buckets.take("a") for _ in range(10)] == [0.0] * 10
    assert buckets.take("a") == pytest.approx(1.0)
    assert buckets.take("b") == 0.0
    now = 1.0
    assert buckets.take("a") == 0.0
    buckets.charge("a", 5)
    assert buckets.take("a") == pytest.approx(6.0)
    now = 7.1
    assert buckets.take("a") == 0.0
    now = 1000.0
    assert [buckets.take("a") for _ in range(10)] == [0.0] * 10
    assert buckets.take("a") > 0.0


def test_buckets_are_bounded_and_zero_is_no_limit() -> None:
    buckets = Buckets(per_minute=60)
    for number in range(MOST_BUCKETS + 50):
        buckets.take(str(number))
    assert len(buckets._buckets) == MOST_BUCKETS
    unlimited = Buckets(per_minute=0)
    assert not any(unlimited.take("a") for _ in range(1000))


def test_an_address_that_asks_too_often_waits() -> None:
    with serving(exposure=Exposure(per_address=60)) as client:
        replies = [client.get("/v1/documents") for _ in range(30)]
        refused = [reply for reply in replies if reply.status_code == 429]
        assert refused
        check_problem(refused[0], 429)
        assert int(refused[0].headers["retry-after"]) >= 1
        assert {reply.status_code for reply in replies} == {200, 429}
        assert client.get("/healthz").status_code == 200


def test_a_key_has_its_own_limit_and_a_batch_costs_its_questions(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys.json")
    one, other = (
        {"Authorization": f"Bearer {keys.add(name, ['ask'], ['*']).token}"} for name in "ab"
    )
    with serving(exposure=Exposure(per_key=60), keys=keys) as client:
        questions = {"questions": [{"question": f"How many, {n}?"} for n in range(30)]}
        assert client.post("/v1/ask:batch", json=questions, headers=one).status_code == 200
        refused = client.get("/v1/documents", headers=one)
        check_problem(refused, 429)
        assert int(refused.headers["retry-after"]) >= 15
        assert client.get("/v1/documents", headers=other).status_code == 200
