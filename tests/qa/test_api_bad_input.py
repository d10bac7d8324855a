import contextlib
import json
import socket
from collections.abc import Iterator, Sequence

import httpx
import pytest

from qa.read import Reading
from qa.service import Service
from tests.fakes import FakeReader
from tests.serving import QUESTION, FakeDecider, check_problem, seeded_corpus, serving

CANARY = "zxqj-canary-7391"
JSON = {"content-type": "application/json"}


class BrokenReader(FakeReader):
    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        if "fail" in question:
            raise RuntimeError("/home/someone/secret")
        return super().read(question, passages)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving() as client:
        yield client


@pytest.fixture(autouse=True)
def _answers_afterwards(client: httpx.Client) -> Iterator[None]:
    yield
    reply = client.post("/v1/ask", json={"question": QUESTION})
    assert reply.status_code == 200
    assert reply.json()["answers"][0]["answer"] == "3,53,737"


QUESTIONS = {
    "empty": "",
    "blank": " \t ",
    "no-break space": "\u00a0\u2003",
    "over-long": CANARY * 100,
    "1001 characters": "x" * 1001,
    "1001 emoji": "\U0001f600" * 1001,
    "NUL": f"{CANARY}\x00",
    "escape": f"\x1b[31m{CANARY}",
    "newline": f"{CANARY}\nwhat",
    "C1 control": f"{CANARY}\u0085",
    "number": 7,
    "float": 1.5,
    "boolean": True,
    "null": None,
    "list": [CANARY],
    "object": {"text": CANARY},
}


@pytest.mark.parametrize("route", ["/v1/ask", "/v1/search"])
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_names_the_field_of_a_bad_question(
    client: httpx.Client, route: str, question: object
) -> None:
    field = "question" if route == "/v1/ask" else "query"
    reply = client.post(route, json={field: question})
    check_problem(reply, 422, field)
    assert CANARY not in reply.text


def test_names_the_limit(client: httpx.Client) -> None:
    reply = client.post("/v1/ask", json={"question": "x" * 1001})
    assert "1000" in check_problem(reply, 422, "question")["detail"]


SURROGATES = [
    (rb'{"question": "\ud800"}', "question"),
    (rb'{"question": "a\udfffb"}', "question"),
    (rb'{"question": "ok", "collection": "\ud800"}', "collection"),
    (rb'{"question": "ok", "filter": {"metadata": {"a": "\ud800"}}}', None),
    (rb'{"question": "ok", "filter": {"metadata": {"\ud800": "a"}}}', None),
    (rb'{"question": "ok", "filter": {"documents": ["\ud800"]}}', None),
    (rb'{"question": "ok", "\ud800": 1}', None),
]


@pytest.mark.parametrize(("body", "field"), SURROGATES)
def test_refuses_lone_surrogates(client: httpx.Client, body: bytes, field: str | None) -> None:
    check_problem(client.post("/v1/ask", content=body, headers=JSON), 422, field)


def test_takes_pairs_of_surrogates(client: httpx.Client) -> None:
    reply = client.post("/v1/ask", content=rb'{"question": "\ud83d\ude00 \u0915?"}', headers=JSON)
    assert reply.status_code == 200
    assert reply.json()["question"] == "\U0001f600 \u0915?"


FIELDS = [
    ({"question": "ok", "questoin": CANARY}, "questoin"),
    ({"question": "ok", "top_k": 0}, "top_k"),
    ({"question": "ok", "top_k": 101}, "top_k"),
    ({"question": "ok", "top_k": "3"}, "top_k"),
    ({"question": "ok", "top_k": 2.5}, "top_k"),
    ({"question": "ok", "top_k": True}, "top_k"),
    ({"question": "ok", "top_k": 10**400}, "top_k"),
    ({"question": "ok", "collection": "../etc"}, "collection"),
    ({"question": "ok", "collection": ""}, "collection"),
    ({"question": "ok", "collection": f"{CANARY}/x"}, "collection"),
    ({"question": "ok", "collection": "x" * 65}, "collection"),
    ({"question": "ok", "filter": CANARY}, "filter"),
    ({"question": "ok", "filter": {"date_from": CANARY}}, "filter.date_from"),
    ({"question": "ok", "filter": {"date_from": 1e300}}, "filter.date_from"),
    ({"question": "ok", "filter": {"documents": CANARY}}, "filter.documents"),
    ({"question": "ok", "filter": {"documents": ["x"] * 1001}}, "filter.documents"),
    ({"question": "ok", "filter": {"unknown": CANARY}}, "filter.unknown"),
    ({"question": "ok", "filter": {"metadata": {"a": 1}}}, "filter.metadata.a"),
    ({}, "question"),
]


@pytest.mark.parametrize(("body", "field"), FIELDS)
def test_names_any_other_field(client: httpx.Client, body: object, field: str) -> None:
    reply = client.post("/v1/ask", content=json.dumps(body), headers=JSON)
    check_problem(reply, 422, field)
    assert CANARY not in reply.text


MALFORMED = {
    "nothing": b"",
    "blank": b"  ",
    "not JSON": CANARY.encode(),
    "half": b'{"question": "',
    "trailing": b'{"question": "a"} x',
    "NaN": b'{"question": "a", "top_k": NaN}',
    "infinity": b'{"question": "a", "top_k": -Infinity}',
    "duplicate": b'{"question": "a", "question": "b"}',
    "inner duplicate": b'{"question": "a", "filter": {"documents": [], "documents": []}}',
    "many digits": b'{"question": "a", "top_k": ' + b"9" * 10_000 + b"}",
    "deep lists": b"[" * 500_000,
    "deep objects": b'{"a":' * 150_000,
    "closed deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep field": b'{"question": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "invalid UTF-8": b'{"question": "\xff\xfe"}',
    "half a character": b'{"question": "\xe0\xa4"}',
    "encoded surrogate": b'{"question": "\xed\xa0\x80"}',
    "UTF-16": '{"question": "a"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"question": "a"}',
    "raw NUL": b'{"question": "\x00"}',
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}


@pytest.mark.parametrize("route", ["/v1/ask", "/v1/search", "/v1/ask:batch"])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_refuses_what_is_not_json(client: httpx.Client, route: str, body: bytes) -> None:
    reply = client.post(route, content=body, headers=JSON)
    check_problem(reply, 422 if not body else 400)
    assert CANARY not in reply.text


@pytest.mark.parametrize("body", [b"null", b"[]", b'"ok"', b"3", b"true"])
def test_wants_an_object(client: httpx.Client, body: bytes) -> None:
    check_problem(client.post("/v1/ask", content=body, headers=JSON), 422, "body")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json", "a/b/c"],
)
def test_wants_json_by_its_content_type(client: httpx.Client, kind: str) -> None:
    content = b'{"question": "ok"}'
    check_problem(client.post("/v1/ask", content=content, headers={"content-type": kind}), 415)


@pytest.mark.parametrize("route", ["/v1/ask", "/v1/ask:batch", "/v1/chat/completions"])
def test_refuses_ten_megabytes_and_says_the_limit(client: httpx.Client, route: str) -> None:
    content = b'{"question": "' + b"x" * 10_000_000 + b'"}'
    for body in (content, (content[at : at + 65_536] for at in range(0, len(content), 65_536))):
        reply = client.post(route, content=body, headers=JSON)
        assert reply.status_code == 413
        assert "1000000" in reply.text


RAW = {
    "a body that stops": b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{}",
    "two lengths": b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
    b"Content-Length: 3\r\n\r\n{}",
    "no HTTP": b"\x16\x03\x01\x02\x00",
    "a huge header": b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    "a bad chunk": b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "a long path": b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("sent", RAW.values(), ids=RAW)
def test_broken_http_does_no_harm(client: httpx.Client, sent: bytes) -> None:
    address = (client.base_url.host, client.base_url.port or 80)
    with socket.create_connection(address) as connection:
        connection.settimeout(2)
        reply = b""
        with contextlib.suppress(OSError):  # the server may have hung up before all was sent
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            reply = connection.recv(1000)
    assert not reply or reply.split()[1][:1] == b"4"


def test_unknown_routes_methods_and_documents_are_problems(client: httpx.Client) -> None:
    check_problem(client.get(f"/v1/{CANARY}"), 404)
    check_problem(client.get("/v1/ask/"), 404)
    check_problem(client.get(f"/v1/documents/{CANARY}"), 404)
    check_problem(client.get("/v1/documents/..%2f..%2fetc%2fpasswd"), 404)
    check_problem(client.get("/v1/documents/%00"), 404)
    check_problem(client.get("/v1/documents/%ff%fe"), 404)
    check_problem(client.get(f"/v1/documents/{'x' * 5000}"), 404)
    check_problem(client.get(f"/v1/documents/{CANARY}/text"), 404)
    reply = client.get("/v1/ask")
    check_problem(reply, 405)
    assert reply.headers["allow"] == "POST"
    for each in ("BREW", "TRACE", "PROPFIND"):
        check_problem(client.request(each, "/v1/documents"), 405)


def test_bad_query_parameters_are_problems(client: httpx.Client) -> None:
    for value in ("", "a/b", "%00", "%ff", "x" * 65, "%F0%9F%98%80"):
        check_problem(client.get(f"/v1/documents?collection={value}"), 422, "collection")


def test_never_shows_a_trace_or_a_path() -> None:
    def load() -> Service:
        return Service(seeded_corpus(), BrokenReader(), FakeDecider())

    with serving(load) as client:
        reply = client.post("/v1/ask", json={"question": "Does the portal fail?"})
        check_problem(reply, 500)
        assert "secret" not in reply.text
        assert "Trace" not in reply.text
        assert reply.headers["x-request-id"]
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
