"""The whole gold set of the seed through every door, with the real reader."""

import os
import sys
from pathlib import Path

import pytest

from eval.gold import read_gold
from tests import parity
from tests.doors.conftest import Site

QUESTIONS = [gold.question for gold in read_gold(Path("eval/questions/seed.jsonl"))]
SAMPLE = QUESTIONS[::12]
"""The command line loads the models for each question, so it is asked a sample."""


@pytest.fixture(scope="module")
def wanted(site: Site) -> dict[str, parity.Said]:
    said = parity.over_rest(site.client)(QUESTIONS)
    assert any(each.quotes for each in said)
    return dict(zip(QUESTIONS, said, strict=True))


def check(wanted: dict[str, parity.Said], ask: parity.Ask, questions: list[str]) -> None:
    known = [wanted[question] for question in questions]
    assert parity.difference(questions, known, ask(questions)) == []


def test_the_python_client(site: Site, wanted: dict[str, parity.Said]) -> None:
    check(wanted, parity.over_client(site.url), QUESTIONS)
    check(wanted, parity.over_async_client(site.url), QUESTIONS)


def test_the_command_line(site: Site, wanted: dict[str, parity.Said]) -> None:
    check(wanted, parity.over_command_line("--data", str(site.data)), SAMPLE)


@pytest.mark.parametrize("stream", [False, True])
def test_chat_completions(site: Site, wanted: dict[str, parity.Said], stream: bool) -> None:
    over = parity.over_streamed_chat if stream else parity.over_chat
    check(wanted, over(site.client), QUESTIONS)


@pytest.mark.parametrize("stream", [False, True])
def test_responses(site: Site, wanted: dict[str, parity.Said], stream: bool) -> None:
    check(wanted, parity.over_responses(site.client, stream), QUESTIONS)


def test_mcp_over_http(site: Site, wanted: dict[str, parity.Said]) -> None:
    check(wanted, parity.over_mcp(f"{site.url}/mcp"), QUESTIONS)


def test_mcp_over_standard_streams(site: Site, wanted: dict[str, parity.Said]) -> None:
    quoth = str(Path(sys.executable).parent / "quoth")
    check(wanted, parity.over_stdio(quoth, "mcp", "--data", os.fspath(site.data)), QUESTIONS)


def test_slack(site: Site, wanted: dict[str, parity.Said]) -> None:
    check(wanted, parity.over_slack(site.slack, site.client), QUESTIONS)
