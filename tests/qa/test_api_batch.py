import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.serving import QUESTION, check_problem, serving

EVENTS = {"accept": "text/event-stream"}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(workers=2) as client:
        yield client


def batch(client: httpx.Client, *questions: Any, **more: Any) -> httpx.Response:
    return client.post("/v1/ask:batch", json={"questions": questions}, **more)


def events(reply: httpx.Response) -> list[tuple[str, str]]:
    assert reply.headers["content-type"].startswith("text/event-stream")
    blocks = [block.split("\n") for block in reply.text.split("\n\n") if block]
    return [(name.removeprefix("event: "), data.removeprefix("data: ")) for name, data in blocks]


def test_answers_in_order_with_the_bytes_of_single_answers(client: httpx.Client) -> None:
    questions = [f"How many students are there in the States, {n}?" for n in range(20)]
    results = batch(client, *({"question": question} for question in questions)).json()["results"]
    assert [result["index"] for result in results] == list(range(20))
    for question, result in zip(questions, results, strict=True):
        alone = client.post("/v1/ask", json={"question": question})
        assert json.dumps(result["answer"]) == json.dumps(alone.json())
        assert result["error"] is None


def test_a_bad_question_is_an_error_in_its_place(client: httpx.Client) -> None:
    canary = "zxqj-canary-7391"
    reply = batch(
        client,
        {"question": QUESTION},
        {"question": canary * 100},
        {"question": "ok", "unknown": canary},
        7,
        None,
        [canary],
        {"question": canary + "\u0007"},
        {"question": "ok", "collection": "no/name"},
        {"question": QUESTION, "top_k": 1},
    )
    assert reply.status_code == 200
    assert canary not in reply.text
    results = reply.json()["results"]
    assert [bool(result["error"]) for result in results] == [False, *[True] * 7, False]
    assert results[1]["error"]["field"] == "questions.1.question"
    assert all(result["error"]["status"] == 422 for result in results[1:8])


@pytest.mark.parametrize("count", [0, 101])
def test_takes_one_to_a_hundred(client: httpx.Client, count: int) -> None:
    reply = batch(client, *({"question": QUESTION} for _ in range(count)))
    check_problem(reply, 422, "questions")
    assert batch(client, *[{"question": QUESTION}] * 100).status_code == 200


def test_streams_each_answer_and_then_the_whole_body(client: httpx.Client) -> None:
    asked = [{"question": f"How many students, {n}?"} for n in range(6)] + [3]
    plain = batch(client, *asked)
    *singles, last = events(batch(client, *asked, headers=EVENTS))
    assert [name for name, _ in singles] == ["answer"] * 7
    assert [json.loads(data) for _, data in singles] == plain.json()["results"]
    assert last == ("done", plain.text)


def test_a_single_question_streams_its_quotes_and_then_the_whole_body(client: httpx.Client) -> None:
    plain = client.post("/v1/ask", json={"question": QUESTION})
    streamed = client.post("/v1/ask", json={"question": QUESTION}, headers=EVENTS)
    *answers, last = events(streamed)
    assert [json.loads(data) for name, data in answers if name == "answer"] == (
        plain.json()["answers"]
    )
    assert last == ("done", plain.text)
    assert streamed.headers["server-timing"]


def test_errors_are_problems_though_events_were_asked_for(client: httpx.Client) -> None:
    reply = client.post("/v1/ask", json={"question": ""}, headers=EVENTS)
    check_problem(reply, 422, "question")


def test_a_listener_that_leaves_does_no_harm(client: httpx.Client) -> None:
    asked = {"questions": [{"question": f"How many students, {n}?"} for n in range(100)]}
    with client.stream("POST", "/v1/ask:batch", json=asked, headers=EVENTS) as reply:
        next(reply.iter_lines())
    assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
