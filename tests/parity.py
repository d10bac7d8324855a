"""The same questions through every door: each returns what it showed, in one form."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from mcp.client import Client, Transport
from mcp.client.stdio import StdioServerParameters, stdio_client
from typer.testing import CliRunner

from qa.cli import app
from qa.client import AskResponse, AsyncQuoth, Quoth
from tests.fake_slack import FakeSlack, quoted_in


@dataclass(frozen=True)
class Said:
    """What a door showed: the quotes, in order, each with its identifier."""

    quotes: tuple[tuple[str, str], ...]


Questions = Sequence[str]
Ask = Callable[[Questions], list[Said]]


def said_in(body: dict[str, Any]) -> Said:
    """Read the body of an answer."""
    assert (body["status"] == "answered") == bool(body["answers"])
    assert (body["abstain_reason"] is None) == bool(body["answers"])
    return Said(tuple((each["quote_id"], each["quote"]) for each in body["answers"]))


def over_rest(client: httpx.Client) -> Ask:
    return lambda questions: [
        said_in(client.post("/v1/ask", json={"question": question}).json())
        for question in questions
    ]


def over_client(url: str) -> Ask:
    def ask(questions: Questions) -> list[Said]:
        with Quoth(url) as quoth:
            return [_typed(quoth.ask(question)) for question in questions]

    return ask


def over_async_client(url: str) -> Ask:
    async def ask(questions: Questions) -> list[Said]:
        async with AsyncQuoth(url) as quoth:
            return [_typed(await quoth.ask(question)) for question in questions]

    return lambda questions: asyncio.run(ask(questions))


def over_command_line(*options: str) -> Ask:
    def ask(questions: Questions) -> list[Said]:
        runner = CliRunner()
        found = []
        for question in questions:
            result = runner.invoke(app, ["ask", "--json", *options, "--", question])
            body = json.loads(result.stdout)
            assert result.exit_code == (0 if body["answers"] else 3)
            found.append(said_in(body))
        return found

    return ask


def over_chat(client: httpx.Client) -> Ask:
    def ask(question: str) -> Said:
        message = {"role": "user", "content": question}
        body = {"model": "quoth", "messages": [message]}
        reply = client.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]
        cited = [each["url_citation"] for each in reply["annotations"]]
        return _cited(reply["content"], cited, reply["citations"])

    return lambda questions: [ask(question) for question in questions]


def over_streamed_chat(client: httpx.Client) -> Ask:
    def ask(question: str) -> Said:
        message = {"role": "user", "content": question}
        body = {"model": "quoth", "messages": [message], "stream": True}
        deltas = [
            chunk["choices"][0]["delta"]
            for chunk in _events(client.post("/v1/chat/completions", json=body))
        ]
        text = "".join(delta.get("content", "") for delta in deltas)
        (last,) = [delta for delta in deltas if "annotations" in delta]
        cited = [each["url_citation"] for each in last["annotations"]]
        return _cited(text, cited, last["citations"])

    return lambda questions: [ask(question) for question in questions]


def over_responses(client: httpx.Client, stream: bool) -> Ask:
    def ask(question: str) -> Said:
        body = {"model": "quoth", "input": question, "stream": stream}
        reply = client.post("/v1/responses", json=body)
        whole = _events(reply)[-1]["response"] if stream else reply.json()
        (part,) = whole["output"][0]["content"]
        return _cited(part["text"], part["annotations"], part["citations"])

    return lambda questions: [ask(question) for question in questions]


def over_mcp(server: str | Transport) -> Ask:
    async def ask(questions: Questions) -> list[Said]:
        async with Client(server) as client:
            found = []
            for question in questions:
                result = await client.call_tool("ask", {"question": question})
                assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]
                found.append(said_in(result.structured_content))
            return found

    return lambda questions: asyncio.run(ask(questions))


def over_stdio(command: str, *arguments: str) -> Ask:
    return over_mcp(stdio_client(StdioServerParameters(command=command, args=list(arguments))))


def over_slack(slack: FakeSlack, client: httpx.Client) -> Ask:
    def ask(questions: Questions) -> list[Said]:
        slack.posted.clear()
        for number, question in enumerate(questions, start=1):
            slack.mention(client, question.replace("&", "&amp;").replace("<", "&lt;"), number)
            slack.wait(number)
        posts = {post["thread_ts"]: post for post in slack.posted}
        return [
            Said(tuple(quoted_in(posts[f"{number}.000"]["blocks"])))
            for number in range(1, len(questions) + 1)
        ]

    return ask


def difference(questions: Questions, wanted: list[Said], got: list[Said]) -> list[str]:
    """Return the questions that two doors answer differently, with both answers."""
    return [
        f"{question}: {one} != {other}"
        for question, one, other in zip(questions, wanted, got, strict=True)
        if one != other
    ]


def _typed(answer: AskResponse) -> Said:
    return said_in(answer.model_dump(mode="json"))


def _cited(text: str, cited: list[dict[str, Any]], citations: list[dict[str, Any]]) -> Said:
    shown = [text[each["start_index"] : each["end_index"]] for each in cited]
    assert shown == [each["quote"] for each in citations]
    return Said(tuple((each["quote_id"], each["quote"]) for each in citations))


def _events(reply: httpx.Response) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in reply.text.split("\n") if line[:5] == "data:"]
    return [json.loads(line) for line in lines if line != "[DONE]"]
