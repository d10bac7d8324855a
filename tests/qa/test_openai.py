import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from qa.serve.keys import KeyStore
from qa.service import Service
from tests.serving import QUESTION, make_service, seeded_corpus, serving

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    corpus = seeded_corpus(other="Over 42 students study in the States.")
    with serving(lambda: make_service(corpus)) as client:
        yield client


def chat(client: httpx.Client, content: Any = QUESTION, **more: Any) -> httpx.Response:
    body = {"model": "quoth", "messages": [{"role": "user", "content": content}]} | more
    return client.post(CHAT, json=body)


def events(reply: httpx.Response) -> list[dict[str, Any]]:
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in reply.text.split("\n") if line[:5] == "data:"]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def check_error(reply: httpx.Response, status: int, **fields: str | None) -> None:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    error = reply.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert {name: error[name] for name in fields} == fields


def test_the_message_is_the_quote_with_its_source(client: httpx.Client) -> None:
    wire = client.post("/v1/ask", json={"question": QUESTION}).json()
    body = chat(client).json()
    message = body["choices"][0]["message"]
    assert body["object"] == "chat.completion"
    assert body["quoth"] == wire
    assert message["citations"] == wire["answers"]
    for quoted, annotation in zip(wire["answers"], message["annotations"], strict=True):
        cited = annotation["url_citation"]
        assert message["content"][cited["start_index"] : cited["end_index"]] == quoted["quote"]
        assert cited["title"] == quoted["document"]["title"]
        place = quoted["location"]
        shown = f"/documents/{quoted['document']['id']}?start={place['start']}&end={place['end']}"
        assert cited["url"] == f"{str(client.base_url).rstrip('/')}{shown}"
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 2


def test_a_stream_carries_the_same(client: httpx.Client) -> None:
    whole = chat(client).json()
    chunks = events(chat(client, stream=True, stream_options={"include_usage": True}))
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    message = whole["choices"][0]["message"]
    assert deltas[0]["role"] == "assistant"
    assert "".join(delta.get("content", "") for delta in deltas) == message["content"]
    (citing,) = [delta for delta in deltas if "annotations" in delta]
    assert citing["annotations"] == message["annotations"]
    assert citing["citations"] == message["citations"]
    assert chunks[-1]["usage"] == whole["usage"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-2]["quoth"] == whole["quoth"]
    assert {chunk["id"] for chunk in chunks} == {whole["id"]}


def test_usage_is_sent_only_when_asked_for(client: httpx.Client) -> None:
    reply = chat(client, stream=True)
    assert reply.text.endswith("data: [DONE]\n\n")
    assert not any("usage" in chunk for chunk in events(reply))


def test_an_abstention_says_so_and_cites_nothing(client: httpx.Client) -> None:
    body = chat(client, "Is the portal blue?").json()
    message = body["choices"][0]["message"]
    assert message["content"].startswith("The documents do not say.")
    assert message["annotations"] == message["citations"] == []
    assert body["quoth"]["abstain_reason"] == "not_stated"


def test_unknown_fields_and_lists_of_parts_are_taken(client: httpx.Client) -> None:
    parts = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": "x"}}]
    more = {"temperature": 0.3, "tools": [{"type": "function"}], "n": 1, "seed": 7, "user": "u"}
    assert chat(client, parts, **more).json()["quoth"]["question"] == QUESTION


def test_a_follow_up_uses_the_conversation(client: httpx.Client) -> None:
    first = chat(client).json()["choices"][0]["message"]["content"]
    messages = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": first},
        {"role": "user", "content": "and in which\nmonth?"},
    ]
    body = client.post(CHAT, json={"model": "quoth", "messages": messages}).json()
    asked = body["quoth"]["question"]
    assert asked.startswith("in which month, ")
    assert asked.endswith(QUESTION.removeprefix("How many"))
    assert body["choices"][0]["message"]["citations"]


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"model": "gpt-6"}, 404, {"param": "model", "code": "model_not_found"}),
        ({"model": "quoth/../x"}, 404, {"param": "model"}),
        ({"model": None}, 400, {"param": "model"}),
        ({"messages": []}, 400, {"param": "messages", "type": "invalid_request_error"}),
        ({"messages": [{"role": "system", "content": "x"}]}, 400, {"param": "messages"}),
        ({"messages": [{"role": "user", "content": None}]}, 400, {"param": "messages"}),
        ({"messages": [{"role": "user", "content": "x" * 1001}]}, 400, {"param": "messages"}),
        ({"messages": "hello"}, 400, {"param": "messages"}),
        ({"n": 2}, 400, {"param": "n"}),
        ({"stream": "perhaps"}, 400, {"param": "stream"}),
    ],
)
def test_bad_requests_are_errors_in_openai_s_form(
    client: httpx.Client, fields: dict[str, Any], status: int, error: dict[str, str]
) -> None:
    check_error(chat(client, **fields), status, **error)
    as_input = fields if "messages" not in fields else {"input": fields["messages"]}
    if "n" not in fields:
        body = {"model": "quoth", "input": QUESTION} | as_input
        assert client.post("/v1/responses", json=body).status_code in (200, status)


def test_the_limit_is_named(client: httpx.Client) -> None:
    assert "limit is 1000" in chat(client, "x" * 1001).json()["error"]["message"]


def test_broken_bodies_are_errors_in_openai_s_form(client: httpx.Client) -> None:
    kind = {"Content-Type": "application/json"}
    for route in (CHAT, "/v1/responses"):
        for body in (b"{", b"\xff", b"[" * 5000, b"7", b'{"model":"quoth","messages":NaN}'):
            check_error(client.post(route, content=body, headers=kind), 400)
        check_error(client.post(route, content=b"x" * 1_100_000, headers=kind), 413)
        check_error(client.post(route, content=b"{}"), 415)
        check_error(client.get(route), 405)


def test_overload_and_loading_are_errors_in_openai_s_form() -> None:
    loaded = Event()

    def load() -> Service:
        loaded.wait(20)
        return make_service()

    with serving(load, wait=False) as client:
        reply = chat(client)
        loaded.set()
        check_error(reply, 503, type="server_error")
        assert reply.headers["Retry-After"]


def test_models_are_listed(client: httpx.Client) -> None:
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["quoth"]
    assert client.get("/v1/models/quoth/other").json()["id"] == "quoth/other"
    check_error(client.get("/v1/models/gpt-6"), 404, code="model_not_found")


def test_the_collection_is_named_by_the_model_or_a_header(client: httpx.Client) -> None:
    named = chat(client, model="quoth/other").json()
    assert named["quoth"]["searched"]["collection"] == "other"
    body = {"model": "quoth", "messages": [{"role": "user", "content": QUESTION}]}
    header = {"X-Quoth-Collection": "other"}
    headed = client.post(CHAT, json=body, headers=header).json()
    assert headed["quoth"] == named["quoth"]
    assert "collection=other" in headed["choices"][0]["message"]["content"]
    clash = client.post(CHAT, json=body | {"model": "quoth/news"}, headers=header)
    check_error(clash, 400, param="model")
    check_error(client.post(CHAT, json=body, headers={"X-Quoth-Collection": "../x"}), 400)


def test_keys_hold_for_these_routes_and_their_collections(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys.json")
    token = keys.add("chat", ["ask"], ["other"]).token
    corpus = seeded_corpus(other="Over 42 students study in the States.")
    with serving(lambda: make_service(corpus), keys=keys) as client:
        check_error(chat(client), 401, code="invalid_api_key")
        check_error(client.get("/v1/models"), 401)
        client.headers["Authorization"] = f"Bearer {token}"
        assert chat(client, model="quoth/other").json()["quoth"]["status"] == "answered"
        check_error(chat(client), 403)


@pytest.mark.parametrize(
    ("wanted", "reply"),
    [
        ('{ "title": "your concise title here" }', {"title": "…"}),
        ('{ "tags": ["tag1", "tag2"] }', {"tags": []}),
        ('{ "follow_ups": ["Question 1?"] }', {"follow_ups": []}),
        ('{ "queries": ["query1"] }', {"queries": []}),
        ('{ "text": "your completion" }', {"text": ""}),
        ("nothing known", {}),
    ],
)
def test_errands_of_chat_tools_are_not_asked_of_the_documents(
    client: httpx.Client, wanted: str, reply: dict[str, Any]
) -> None:
    said = "USER: How many students are there, and where do they all go?\nASSISTANT: 3,53,737"
    prompt = (
        f"### Task:\nDo it.\n### Output:\nJSON: {wanted}\n<chat_history>\n{said}\n</chat_history>"
    )
    if "title" in reply:
        reply = {"title": "How many students are there, and where do"}
    body = chat(client, prompt).json()
    assert json.loads(body["choices"][0]["message"]["content"]) == reply
    assert body["quoth"] is None
    streamed = events(chat(client, prompt, stream=True))
    content = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in streamed)
    assert json.loads(content) == reply


def test_responses_carry_the_same(client: httpx.Client) -> None:
    wire = client.post("/v1/ask", json={"question": QUESTION}).json()
    body = {"model": "quoth", "input": QUESTION, "instructions": "Be kind.", "store": True}
    reply = client.post("/v1/responses", json=body).json()
    (part,) = reply["output"][0]["content"]
    assert reply["quoth"] == wire
    assert part["citations"] == wire["answers"]
    for quoted, cited in zip(wire["answers"], part["annotations"], strict=True):
        assert part["text"][cited["start_index"] : cited["end_index"]] == quoted["quote"]
    assert reply["instructions"] == "Be kind."


def test_a_stream_of_responses_carries_the_same(client: httpx.Client) -> None:
    body = {"model": "quoth", "input": [{"role": "user", "content": QUESTION}]}
    whole = client.post("/v1/responses", json=body).json()
    steps = events(client.post("/v1/responses", json=body | {"stream": True}))
    assert [step["sequence_number"] for step in steps] == list(range(len(steps)))
    text = "".join(step["delta"] for step in steps if step["type"] == "response.output_text.delta")
    assert text == whole["output"][0]["content"][0]["text"]
    assert steps[0]["type"] == "response.created"
    assert steps[-1]["type"] == "response.completed"
    assert steps[-1]["response"] | {"created_at": 0} == whole | {"created_at": 0}
    added = [step for step in steps if step["type"] == "response.output_text.annotation.added"]
    assert [step["annotation"] for step in added] == whole["output"][0]["content"][0]["annotations"]


def test_earlier_responses_are_not_kept(client: httpx.Client) -> None:
    body = {"model": "quoth", "input": QUESTION, "previous_response_id": "resp_1"}
    check_error(client.post("/v1/responses", json=body), 400, param="previous_response_id")
