import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from eval.cli import app
from eval.door import Limits
from eval.errors import DoorError
from eval.http_door import HttpDoor
from eval.local_door import LocalDoor, LocalInside
from tests.fakes import FakeReader
from tests.serving import QUESTION, make_service, serving

GOLD = [
    {
        "id": "a",
        "question": QUESTION,
        "answers": ["3,53,737"],
        "evidence": [{"document": "seed.txt", "quote": "There are 3,53,737 students"}],
        "tags": ["number"],
    },
    {"id": "b", "question": "What is the portal made of?", "answerable": False},
]


@pytest.fixture
def gold_file(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in GOLD))
    return path


def test_both_doors_say_the_same() -> None:
    local = LocalDoor(make_service())
    with serving() as client, HttpDoor(str(client.base_url)) as remote:
        assert remote.ask(QUESTION, 3) == local.ask(QUESTION, 3)
        assert remote.search(QUESTION, 5) == local.search(QUESTION, 5)
        assert remote.documents() == local.documents()
        (document,) = remote.documents()
        assert remote.text(document.id) == local.text(document.id)
        with pytest.raises(DoorError, match="404"):
            remote.text("doc_nothing")
        nowhere = Limits(documents=("doc_nothing",))
        assert remote.ask(QUESTION, 3, nowhere) == local.ask(QUESTION, 3, nowhere)


def test_the_reader_can_be_replayed_by_itself() -> None:
    service = make_service()
    inside = LocalInside(service, FakeReader)
    places = inside.read_places(QUESTION, None)
    assert places
    assert any("3,53,737" in inside.read_alone(QUESTION, place) for place in places)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (httpx.Response(503, json={"detail": "loading", "title": "x"}), "503: loading"),
        (httpx.Response(500, text="<html>"), "500: <html>"),
        (httpx.Response(500, json=[1]), r"500: \[1\]"),
        (httpx.Response(200, json={"status": "maybe"}), "not Quoth's"),
    ],
)
def test_a_service_that_fails_says_how(reply: httpx.Response, words: str) -> None:
    door = HttpDoor("http://x", transport=httpx.MockTransport(lambda request: reply))
    with door, pytest.raises(DoorError, match=words):
        door.ask("Who?", 3)


def test_no_service_and_a_key(tmp_path: Path) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer secret"
        raise httpx.ConnectError("refused")

    door = HttpDoor("http://x", "secret", transport=httpx.MockTransport(refuse))
    with door, pytest.raises(DoorError, match="no answer: http://x: refused"):
        door.documents()


def test_the_command_runs_over_http_alone(gold_file: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    gate = tmp_path / "gate.toml"
    gate.write_text("[metrics]\noffsets_exact = {at_least = 1.0}\n")
    run = tmp_path / "run.json"
    with serving() as client:
        url = ["--url", str(client.base_url), "--gold", str(gold_file)]
        saved = runner.invoke(
            app, [*url, "--json", "--save", str(run), "--gate", str(gate)], catch_exceptions=False
        )
        assert saved.exit_code == 0, saved.output
        body = json.loads(saved.stdout)
        assert body["metrics"]["answer_right"]["value"] == 1.0
        assert body["gate"][0]["result"] == "holds"
        page, junit = tmp_path / "page.html", tmp_path / "junit.xml"
        shown = runner.invoke(
            app, [*url, "--compare", str(run), "--html", str(page), "--junit", str(junit)]
        )
        assert shown.exit_code == 0, shown.output
        assert "answer accuracy" in shown.stdout
        assert page.read_text().startswith("<!doctype html>")
        assert junit.exists()
        gate.write_text("[metrics]\nanswer_right = {at_least = 1.1}\n")
        fallen = runner.invoke(app, [*url, "--gate", str(gate)])
        assert fallen.exit_code == 1


def test_faulty_input_is_told_in_a_line(tmp_path: Path) -> None:
    runner = CliRunner()
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n")
    missing = runner.invoke(app, ["--url", "http://127.0.0.1:9", "--gold", str(tmp_path / "no")])
    assert missing.exit_code == 2
    faulty = runner.invoke(app, ["--url", "http://127.0.0.1:9", "--gold", str(bad)])
    assert faulty.exit_code == 2
    assert "bad.jsonl:1: id" in faulty.stderr
    page = tmp_path / "page.html"
    unsaid = runner.invoke(app, ["--beir", str(tmp_path), "--html", str(page)])
    assert unsaid.exit_code == 2
    assert "--html: needs gold questions" in unsaid.stderr


def test_a_gold_question_is_written_over_http(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    typed = "How many?\n3,53,737\n\nare 3,53,737 students\n\nnumber\n"
    with serving() as client:
        done = CliRunner().invoke(
            app, ["new", str(path), "--url", str(client.base_url)], input=typed
        )
    assert done.exit_code == 0, done.output
    line = json.loads(path.read_text())
    assert line["evidence"] == [
        {"document": "seed.txt", "quote": "are 3,53,737 students", "start": 6, "end": 27}
    ]
    assert line["tags"] == ["number"]
