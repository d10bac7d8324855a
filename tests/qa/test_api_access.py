import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from qa.serve.access import EVERY
from qa.serve.app import create_app
from qa.serve.exposure import Exposure
from qa.serve.gate import PUBLIC, PUBLIC_FOLDERS
from qa.serve.keys import KeyStore
from qa.serve.runtime import Runtime
from tests.serving import check_problem, make_service, seeded_corpus, serving

SECRET = "There are 424242 secret submarines."
MINE = "There are 17 boats in my own harbour."
MCP = {"accept": "application/json, text/event-stream"}


class House:
    """A service with a collection of mine and one of others, and a key of each kind."""

    def __init__(self, client: httpx.Client, keys: KeyStore, corpus: Any) -> None:
        self.client = client
        self.mine = keys.add("mine", ["ask", "write"], ["mine"]).token
        self.asks = keys.add("asks", ["ask"], ["mine"]).token
        self.writes = keys.add("writes", ["write"], ["mine"]).token
        self.all = keys.add("all", ["ask", "write"], [EVERY]).token
        self.own = corpus.list("mine")[0].id
        self.foreign = corpus.list("other")[0].id

    def send(self, token: str | None, method: str, url: str, **more: Any) -> httpx.Response:
        headers = {**more.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.client.request(method, url, headers=headers, **more)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    keys = KeyStore(tmp_path_factory.mktemp("keys") / "keys.json")
    keys.add("first", ["ask"], ["nowhere"])
    corpus = seeded_corpus(mine=MINE, other=SECRET)
    with serving(lambda: make_service(corpus), Exposure(), keys) as client:
        yield House(client, keys, corpus)


def routes() -> list[tuple[str, str]]:
    """List every route of the application, whichever door it belongs to."""
    app = create_app(Runtime(make_service))
    return sorted(
        (method, context.path or "")
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or {"GET", "POST", "DELETE"})
    )


def is_public(method: str, path: str) -> bool:
    return method in ("GET", "HEAD") and (path in PUBLIC or path.startswith(PUBLIC_FOLDERS))


def tool(name: str, **arguments: Any) -> dict[str, Any]:
    call = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}


def read(uri: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": uri}}


FILE = {"file": ("x.txt", b"There are 3 spies.")}
SECRET_QUESTION = "How many secret submarines are there?"
CHAT = {"messages": [{"role": "user", "content": SECRET_QUESTION}]}
FOREIGN: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("POST", "/v1/ask"): [{"json": {"question": SECRET_QUESTION, "collection": "other"}}],
    ("POST", "/v1/search"): [{"json": {"query": SECRET_QUESTION, "collection": "other"}}],
    ("POST", "/v1/ask:batch"): [
        {"json": {"questions": [{"question": SECRET_QUESTION, "collection": "other"}]}}
    ],
    ("GET", "/v1/documents"): [{"params": {"collection": "other"}}],
    ("POST", "/v1/documents"): [{"files": FILE, "data": {"collection": "other"}}],
    ("GET", "/v1/documents/{document_id}"): [{"params": {"collection": "other"}}],
    ("PUT", "/v1/documents/{document_id}"): [{"params": {"collection": "other"}, "files": FILE}],
    ("DELETE", "/v1/documents/{document_id}"): [{"params": {"collection": "other"}}],
    ("GET", "/v1/documents/{document_id}/text"): [{"params": {"collection": "other"}}],
    ("GET", "/metrics"): [{}],
    ("POST", "/v1/chat/completions"): [
        {"json": {"model": "quoth/other", **CHAT}},
        {"json": {"model": "quoth", **CHAT}, "headers": {"X-Quoth-Collection": "other"}},
    ],
    ("POST", "/v1/responses"): [
        {"json": {"model": "quoth/other", "input": SECRET_QUESTION}},
        {
            "json": {"model": "quoth", "input": SECRET_QUESTION},
            "headers": {"X-Quoth-Collection": "other"},
        },
    ],
    ("POST", "/mcp"): [
        {"headers": MCP, "json": tool("ask", question=SECRET_QUESTION, collection="other")},
        {"headers": MCP, "json": tool("search", query=SECRET_QUESTION, collection="other")},
        {"headers": MCP, "json": tool("get_document", document_id="?", collection="other")},
        {"headers": MCP, "json": tool("verify_quote", text=SECRET, collection="other")},
        {"headers": MCP, "json": read("quoth://other/documents/?")},
        {
            "headers": {**MCP, "x-quoth-collection": "other"},
            "json": {"jsonrpc": "2.0", "id": 1, "method": "resources/list", "params": {}},
        },
    ],
}
"""For each route that reaches documents: requests that reach for those of others."""

HARMLESS = {
    ("GET", "/openapi.json"),
    ("HEAD", "/openapi.json"),
    ("GET", "/mcp"),
    ("DELETE", "/mcp"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{name:path}"),
}
"""Routes that reach no document."""


@pytest.mark.parametrize(("method", "path"), routes())
def test_every_route_wants_a_key(house: House, method: str, path: str) -> None:
    url = path.replace("{document_id}", house.own).replace("{name}", "quoth.css")
    for token in (None, "quoth_0_x", "x" * 10_000):
        reply = house.send(token, method, url)
        if is_public(method, path):
            assert reply.status_code < 400
            assert "submarines" not in reply.text
            assert "harbour" not in reply.text
        else:
            assert reply.status_code == 401
            assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), routes())
def test_every_route_keeps_to_the_key_s_collections(house: House, method: str, path: str) -> None:
    if is_public(method, path) or (method, path) in HARMLESS:
        return
    assert (method, path) in FOREIGN, "a new route: say how it would reach for another collection"
    url = path.replace("{document_id}", house.foreign)
    for request in FOREIGN[method, path]:
        text = json.dumps(request.get("json")).replace("?", house.foreign)
        more = {**request, "json": json.loads(text)} if "json" in request else request
        reply = house.send(house.mine, method, url, **more)
        assert SECRET not in reply.text
        assert "424242" not in reply.text
        assert reply.status_code == 403 or "does not reach" in reply.text, reply.text
        allowed = house.send(house.all, "GET", f"/v1/documents/{house.foreign}?collection=other")
        assert allowed.status_code == 200, "and nothing was changed"


@pytest.mark.parametrize(
    ("method", "end"), [("GET", ""), ("GET", "/text"), ("PUT", ""), ("DELETE", "")]
)
def test_foreign_documents_are_unknown_in_the_own_collection(
    house: House, method: str, end: str
) -> None:
    more: dict[str, Any] = {"files": FILE} if method == "PUT" else {}
    url = f"/v1/documents/{house.foreign}{end}?collection=mine"
    check_problem(house.send(house.mine, method, url, **more), 404)


def test_a_filter_reaches_no_foreign_document(house: House) -> None:
    body = {
        "question": SECRET_QUESTION,
        "collection": "mine",
        "filter": {"documents": [house.foreign]},
    }
    reply = house.send(house.mine, "POST", "/v1/ask", json=body)
    assert reply.json()["searched"]["documents"] == 0
    reply = house.send(
        house.mine,
        "POST",
        "/mcp",
        headers=MCP,
        json=read(f"quoth://mine/documents/{house.foreign}"),
    )
    assert SECRET not in reply.text


def test_scopes_are_kept(house: House) -> None:
    ask = {"json": {"question": "How many boats?", "collection": "mine"}}
    own = f"/v1/documents/{house.own}?collection=mine"
    assert house.send(house.asks, "POST", "/v1/ask", **ask).status_code == 200
    check_problem(house.send(house.writes, "POST", "/v1/ask", **ask), 403)
    check_problem(house.send(house.writes, "GET", own), 403)
    for method, more in (("DELETE", {}), ("PUT", {"files": FILE})):
        check_problem(house.send(house.asks, method, own, **more), 403)
    adding = {"files": FILE, "data": {"collection": "mine"}}
    check_problem(house.send(house.asks, "POST", "/v1/documents", **adding), 403)
    made = house.send(house.writes, "POST", "/v1/documents", **adding)
    assert made.status_code == 201
    spy = f"/v1/documents/{made.json()['documents'][0]['document_id']}?collection=mine"
    assert house.send(house.writes, "DELETE", spy).status_code == 204


def test_the_scheme_is_bearer_in_any_case(house: House) -> None:
    for scheme, status in (("bearer", 200), ("BEARER ", 200), ("Basic", 401), ("Token", 401)):
        headers = {"Authorization": f"{scheme} {house.mine}"}
        reply = house.client.get("/v1/documents?collection=mine", headers=headers)
        assert reply.status_code == status


def test_a_new_key_closes_the_door_of_a_running_service(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys.json")
    with serving(keys=keys) as client:
        assert client.get("/v1/documents").status_code == 200
        made = KeyStore(tmp_path / "keys.json").add("late", ["ask"], ["default"])
        check_problem(client.get("/v1/documents"), 401)
        with_key = {"Authorization": f"Bearer {made.token}"}
        assert client.get("/v1/documents", headers=with_key).status_code == 200
        keys.revoke(made.key.id)
        check_problem(client.get("/v1/documents", headers=with_key), 401)
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200


def test_other_sites_cannot_ask_through_a_browser() -> None:
    exposure = Exposure(hosts=("127.0.0.1",), origins=("https://wiki.example",))
    with serving(exposure=exposure) as client:
        check_problem(client.get("/v1/documents", headers={"host": "evil.example"}), 400)
        for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example"):
            reply = client.post("/v1/documents", files=FILE, headers={"origin": origin})
            check_problem(reply, 403)
            assert "access-control-allow-origin" not in reply.headers
        own = str(client.base_url).rstrip("/")
        assert client.post("/v1/documents", files=FILE, headers={"origin": own}).status_code == 201
        wiki = {"origin": "https://wiki.example"}
        reply = client.post("/v1/ask", json={"question": "How many?"}, headers=wiki)
        assert reply.headers["access-control-allow-origin"] == "https://wiki.example"
        asked = {**wiki, "access-control-request-method": "POST"}
        assert client.options("/v1/ask", headers=asked).status_code == 200


def test_cors_is_closed_by_default() -> None:
    with serving() as client:
        asked = {"origin": "https://wiki.example", "access-control-request-method": "POST"}
        reply = client.options("/v1/ask", headers=asked)
        assert reply.status_code == 405
        assert "access-control-allow-origin" not in reply.headers


def test_every_answer_has_the_security_headers(house: House) -> None:
    for url in ("/", "/healthz", "/nowhere", "/v1/ask", "/static/quoth.css"):
        headers = house.client.get(url).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"]
        assert "server" not in headers or "uvicorn" in headers["server"]
