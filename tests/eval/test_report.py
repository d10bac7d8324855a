import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from eval.blame import blame
from eval.junit import write_junit
from eval.locate import Library, locate
from eval.page import page
from eval.report import Report, make_report, to_json, verdict
from eval.run import Run, ask_all
from eval.terminal import show


def asked(door, golds, name: str = "toy <&> gold") -> Run:
    return ask_all(locate(golds, Library(door)), door, name)


@pytest.fixture
def report(make_door, golds) -> Report:
    door = make_door()
    run = asked(door, golds)
    return make_report(run, blame(run.rows, door, door))


@pytest.fixture
def comparison(make_door, golds) -> Report:
    door = make_door()
    before = asked(make_door("deciding"), golds, "older")
    run = asked(door, golds)
    return make_report(run, blame(run.rows, door, door), before)


def test_json_is_plain_and_whole(report: Report) -> None:
    body = json.loads(json.dumps(to_json(report), allow_nan=False))
    assert body["questions"] == 5
    assert body["answerable"] == 3
    assert body["metrics"]["answer_right"]["value"] == pytest.approx(1 / 3)
    assert body["metrics"]["answer_right"]["count"] == 3
    assert body["blame"] == {
        "crash": 2, "loading": 0, "chunking": 0, "retrieval": 0, "ranking": 0, "span": 1,
        "deciding": 0,
    }  # fmt: skip
    assert [one["verdict"] for one in body["misses"]] == ["false abstention", "crash", "crash"]
    assert body["tags"] == [
        {"tag": "near", "questions": 1, "missed": 0},
        {"tag": "number", "questions": 1, "missed": 0},
    ]


def test_a_comparison_names_what_changed(comparison: Report) -> None:
    changed = {one["name"]: one for one in to_json(comparison)["comparison"]}
    assert changed["answer_right"]["value"] == pytest.approx(1 / 3)
    assert changed["offsets_exact"]["value"] == 0.0
    assert "latency_p50" not in changed


def test_runs_on_other_questions_are_not_compared(make_door, golds) -> None:
    door = make_door()
    with pytest.raises(ValueError, match="same questions"):
        make_report(asked(door, golds), (), asked(door, golds[:2]))


def test_the_terminal_shows_headline_misses_and_comparison(comparison: Report) -> None:
    out = StringIO()
    show(comparison, Console(file=out, width=160))
    text = out.getvalue()
    for words in ("answer accuracy", "33.3 %", "Which colour is the bridge?", "Against older"):
        assert words in text
    assert "Blamed on: crash 2, span 1" in text


def test_junit_counts_failures_and_errors(report: Report, tmp_path: Path) -> None:
    ugly = replace(report.run.rows[3], error="bad \x00\x1b and \ud800")
    rows = (*report.run.rows[:3], ugly, report.run.rows[4])
    write_junit(replace(report, run=replace(report.run, rows=rows)), tmp_path / "junit.xml")
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot().find("testsuite")  # noqa: S314
    assert suite is not None
    assert suite.attrib["tests"] == "5"
    assert suite.attrib["failures"] == "1"
    assert suite.attrib["errors"] == "2"
    assert len(suite.findall("testcase/failure")) == 1
    assert len(suite.findall("testcase/error")) == 2


def test_the_page_is_one_file_with_plots_and_marked_evidence(comparison: Report, make_door) -> None:
    html = page(comparison, make_door().text)
    assert not re.search(r"<(script|link|img|iframe)|url\(|https?://", html)
    assert html.count("<svg") == 3
    assert "toy &lt;&amp;&gt; gold" in html
    assert "toy <&> gold" not in html
    assert "painted <mark>green</mark>" in html
    assert html.count("<details>") == len(comparison.misses)
    assert "Questions that got another answer: 1" in html
    assert "—" in html  # the legend of two runs


def test_the_page_of_an_old_run_does_without_its_documents(report: Report) -> None:
    def gone(document_id: str) -> str:
        raise LookupError(document_id)

    assert "The northern bridge was painted green" in page(report, gone)


def test_every_verdict(report: Report) -> None:
    said = [verdict(row) for row in report.run.rows]
    assert said == ["right", "right", "false abstention", "crash", "crash"]
