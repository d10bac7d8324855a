import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from mcp import MCPError
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from qa.serve.keys import KeyStore
from tests.fakes import make_document
from tests.serving import QUESTION, TEXT, make_service, seeded_corpus, serving

TOOLS = ["ask", "search", "get_document", "verify_quote"]
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    corpus = seeded_corpus(other="Over 42 students study in the States.")
    corpus.add(make_document("ab" * 15_000 + "é 🚢 aba", "long.txt"))
    with serving(lambda: make_service(corpus)) as client:
        yield client


def talk(client: httpx.Client, work: Callable[[Client], Awaitable[Any]], mode: str = "auto") -> Any:
    async def main() -> Any:
        async with Client(f"{str(client.base_url).rstrip('/')}/mcp", mode=mode) as agent:  # type: ignore[arg-type]
            try:
                return await work(agent)
            except MCPError as error:  # raised below, since the client would wrap it
                return error

    result = asyncio.run(main())
    if isinstance(result, MCPError):
        raise result
    return result


def call(client: httpx.Client, tool: str, **arguments: Any) -> Any:
    return talk(client, lambda agent: agent.call_tool(tool, arguments))


def post(client: httpx.Client, method: str, **more: Any) -> httpx.Response:
    """Call without a client, as whoever knows only the protocol does."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method} | {"params": more.pop("params", {})}
    return client.post("/mcp", json=body, headers=HEADERS | more)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_tools_are_listed_with_their_schemas(client: httpx.Client, mode: str) -> None:
    listed = talk(client, lambda agent: agent.list_tools(), mode).tools
    assert [tool.name for tool in listed] == TOOLS
    for tool in listed:
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations.read_only_hint


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_ask_returns_the_body_of_the_rest_door(client: httpx.Client, mode: str) -> None:
    wire = client.post("/v1/ask", json={"question": QUESTION}).json()
    result = talk(client, lambda agent: agent.call_tool("ask", {"question": QUESTION}), mode)
    assert result.structured_content == wire
    assert json.loads(result.content[0].text) == wire
    assert not result.is_error


def test_search_returns_the_body_of_the_rest_door(client: httpx.Client) -> None:
    wire = client.post("/v1/search", json={"query": "students"}).json()
    assert call(client, "search", query="students").structured_content == wire


def test_a_long_document_is_read_in_parts(client: httpx.Client) -> None:
    documents = client.get("/v1/documents").json()["documents"]
    (long,) = [each for each in documents if each["uri"] == "long.txt"]
    text, start = "", 0
    while start is not None:
        part = call(client, "get_document", document_id=long["id"], start=start).structured_content
        assert len(part["text"]) == part["end"] - part["start"] <= 20_000
        assert part["document"] == long
        text, start = text + part["text"], part["next_start"]
    assert text == client.get(f"/v1/documents/{long['id']}/text").text
    beyond = call(client, "get_document", document_id=long["id"], start=99_999, end=5)
    assert beyond.structured_content["text"] == ""


def test_a_quote_is_verified_where_it_stands(client: httpx.Client) -> None:
    text = "3,53,737 students"
    found = call(client, "verify_quote", text=text).structured_content
    assert found["verified"]
    (place,) = found["places"]
    here = place["location"]
    assert TEXT[here["start"] : here["end"]] == text
    assert place["document"]["uri"] == "seed.txt"


def test_words_that_nobody_wrote_are_not_verified(client: httpx.Client) -> None:
    for text in ("3,53,737  students", "353737 students", "3,53,737 Students"):
        found = call(client, "verify_quote", text=text).structured_content
        assert not found["verified"]
        assert found["places"] == []
        assert found["documents"] == 2


def test_overlapping_and_many_places_are_counted(client: httpx.Client) -> None:
    found = call(client, "verify_quote", text="aba").structured_content
    assert found["occurrences"] == 15_000
    assert len(found["places"]) == 20
    ship = call(client, "verify_quote", text="🚢").structured_content["places"][0]["location"]
    assert ship["end"] - ship["start"] == 1
    assert ship["byte_end"] - ship["byte_start"] == 4


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {}, "question: Field required"),
        ("ask", {"question": " "}, "blank"),
        ("ask", {"question": "x" * 1001}, "1000"),
        ("ask", {"question": QUESTION, "top_k": 0}, "top_k"),
        ("ask", {"question": QUESTION, "more": 1}, "more"),
        ("search", {"query": 7}, "query"),
        ("get_document", {"document_id": "nope"}, "no such document"),
        ("get_document", {"document_id": "x", "start": -1}, "start"),
        ("verify_quote", {"text": ""}, "text"),
        ("verify_quote", {"text": "a", "document_id": "nope"}, "no such document"),
    ],
)
def test_mistakes_are_results_that_an_agent_can_mend(
    client: httpx.Client, tool: str, arguments: dict[str, Any], said: str
) -> None:
    result = call(client, tool, **arguments)
    assert result.is_error
    assert said in result.content[0].text


def test_documents_are_resources(client: httpx.Client) -> None:
    listed = talk(client, lambda agent: agent.list_resources()).resources
    assert [each.name for each in listed] == ["long.txt", "seed.txt"]
    read = talk(client, lambda agent: agent.read_resource(listed[1].uri))
    assert read.contents[0].text == TEXT
    templates = talk(client, lambda agent: agent.list_resource_templates()).resource_templates
    assert [each.uri_template for each in templates] == [
        "quoth://{collection}/documents/{document_id}"
    ]


@pytest.mark.parametrize(
    "uri", ["quoth://default/documents/nope", "file:///etc/passwd", "quoth://other", "quoth:"]
)
def test_other_resources_are_errors(client: httpx.Client, uri: str) -> None:
    with pytest.raises(MCPError):
        talk(client, lambda agent: agent.read_resource(uri))


def test_an_unknown_tool_is_an_error(client: httpx.Client) -> None:
    with pytest.raises(MCPError, match="no tool"):
        call(client, "delete_everything")


def test_the_header_names_the_collection_where_the_call_does_not(client: httpx.Client) -> None:
    asked = {"name": "ask", "arguments": {"question": QUESTION}}
    headers = {"X-Quoth-Collection": "other"}
    reply = post(client, "tools/call", params=asked, **headers).json()
    assert reply["result"]["structuredContent"]["searched"]["collection"] == "other"
    listed = post(client, "resources/list", **headers).json()["result"]["resources"]
    assert [each["name"] for each in listed] == ["other.txt"]


def test_pages_of_other_origins_are_refused(client: httpx.Client) -> None:
    assert post(client, "tools/list", Origin="http://evil.test").status_code == 403
    assert post(client, "tools/list").status_code == 200


def test_keys_hold_for_tools_resources_and_their_collections(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys.json")
    token = keys.add("agent", ["ask"], ["other"]).token
    corpus = seeded_corpus(other="Over 42 students study in the States.")
    key = {"Authorization": f"Bearer {token}"}
    with serving(lambda: make_service(corpus), keys=keys) as client:
        assert post(client, "tools/list").status_code == 401
        for collection, refused in (("other", False), ("default", True)):
            arguments = {"question": QUESTION, "collection": collection}
            asked = {"name": "ask", "arguments": arguments}
            result = post(client, "tools/call", params=asked, **key).json()["result"]
            assert result.get("isError", False) == refused
            verify = {"name": "verify_quote", "arguments": {"text": "s", "collection": collection}}
            result = post(client, "tools/call", params=verify, **key).json()["result"]
            assert result.get("isError", False) == refused
        default = corpus.list("default")[0].id
        read = {"uri": f"quoth://default/documents/{default}"}
        assert "error" in post(client, "resources/read", params=read, **key).json()
        assert "error" in post(client, "resources/list", **key).json()


def test_broken_bodies_are_no_server_errors(client: httpx.Client) -> None:
    for body in (b"", b"{", b"\xff", b"[]", b"[" * 100_000, b"7", b"{}", b'{"jsonrpc":"2.0"}'):
        reply = client.post("/mcp", content=body, headers=HEADERS)
        assert 400 <= reply.status_code < 500, (body[:20], reply.text)
    assert client.delete("/mcp").status_code < 500
    assert client.put("/mcp").status_code in (404, 405)
    assert post(client, "tools/list").status_code == 200


def test_the_same_tools_speak_over_standard_streams(tmp_path: Path) -> None:
    path = tmp_path / "seed.txt"
    path.write_text(TEXT, encoding="utf-8")
    program = StdioServerParameters(
        command=sys.executable, args=["-m", "tests.stdio_program", str(path)]
    )

    async def main() -> None:
        async with Client(stdio_client(program)) as agent:
            assert [tool.name for tool in (await agent.list_tools()).tools] == TOOLS
            result = await agent.call_tool("ask", {"question": QUESTION})
            assert result.structured_content["answers"][0]["answer"] in TEXT
            (listed,) = (await agent.list_resources()).resources
            read = await agent.read_resource(listed.uri)
            assert read.contents[0].text == TEXT  # type: ignore[union-attr]

    asyncio.run(main())
