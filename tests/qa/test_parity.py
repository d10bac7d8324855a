"""Gold questions of the seed through every door, with the small reader of the tests.

A fifth of them, to be quick; `make test-doors` asks them all, of the real reader.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa.bootstrap
from eval.gold import read_gold
from qa.serve.chats import Chats
from tests import parity
from tests.fake_slack import SECRET, TOKEN, fake_slack
from tests.fakes import FakeCorpus, make_document
from tests.serving import make_service, serving

SEED = "seeds/india-us-relations-2026-01-30.txt"
QUESTIONS = [gold.question for gold in read_gold(Path("eval/questions/seed.jsonl"))][::5]


@pytest.fixture(scope="module")
def doors() -> Iterator[dict[str, parity.Ask]]:
    corpus = FakeCorpus()
    corpus.add(make_document(Path(SEED).read_text(encoding="utf-8"), SEED))
    service = make_service(corpus)
    with fake_slack() as slack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(qa.bootstrap, "build_service", lambda settings: service)
        chats = Chats(SECRET, TOKEN, slack_api=f"{slack.url}api/")
        with serving(lambda: service, chats=chats) as client:
            url = str(client.base_url)
            yield {
                "rest": parity.over_rest(client),
                "client": parity.over_client(url),
                "async client": parity.over_async_client(url),
                "command line": parity.over_command_line(),
                "chat": parity.over_chat(client),
                "streamed chat": parity.over_streamed_chat(client),
                "responses": parity.over_responses(client, stream=False),
                "streamed responses": parity.over_responses(client, stream=True),
                "mcp over http": parity.over_mcp(f"{url.rstrip('/')}/mcp"),
                "mcp over stdio": parity.over_stdio(
                    sys.executable, "-m", "tests.stdio_program", SEED
                ),
                "slack": parity.over_slack(slack, client),
            }


@pytest.fixture(scope="module")
def wanted(doors: dict[str, parity.Ask]) -> list[parity.Said]:
    said = doors["rest"](QUESTIONS)
    assert any(each.quotes for each in said)
    assert not all(each.quotes for each in said)
    return said


@pytest.mark.parametrize(
    "door",
    [
        "client",
        "async client",
        "command line",
        "chat",
        "streamed chat",
        "responses",
        "streamed responses",
        "mcp over http",
        "mcp over stdio",
        "slack",
    ],
)
def test_every_door_gives_the_same_quotes(
    doors: dict[str, parity.Ask], wanted: list[parity.Said], door: str
) -> None:
    assert parity.difference(QUESTIONS, wanted, doors[door](QUESTIONS)) == []
