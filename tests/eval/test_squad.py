import gzip
import json
from pathlib import Path

import pytest

from eval.errors import FormatError
from eval.squad import Judged, figures, judge, read_file
from eval.squad_corpus import Outcome, summarise
from qa.decide import Decider
from qa.reader.overlap import exact, f1, normalise
from tests.fakes import FakeReader


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The Cat.", "cat"),
        ("  a  dog,  an owl ", "dog owl"),
        ("U.S.A.", "usa"),
        ("thebes", "thebes"),
        ("3,53,737", "353737"),
        ("“the” quote", "“ ” quote"),
        ("a-b", "ab"),
        ("The", ""),
    ],
)
def test_normalisation_is_squads(text: str, normal: str) -> None:
    assert normalise(text) == normal


@pytest.mark.parametrize(
    ("answer", "gold", "em", "overlap"),
    [
        ("the Rhine", ["Rhine"], 1.0, 1.0),
        ("the river Rhine", ["Rhine", "Rhine river valley"], 0.0, 0.8),
        ("", [], 1.0, 1.0),
        ("", ["Rhine"], 0.0, 0.0),
        ("Rhine", [], 0.0, 0.0),
        ("the", ["a"], 1.0, 1.0),
        ("b b c", ["b c c"], 0.0, 2 / 3),
    ],
)
def test_overlap_is_squads(answer: str, gold: list[str], em: float, overlap: float) -> None:
    assert exact(answer, gold) == em
    assert f1(answer, gold) == pytest.approx(overlap)


def test_figures_by_hand() -> None:
    judged = [
        Judged("1", ("Rhine",), "the Rhine", 0.9),
        Judged("2", ("river Elbe",), "Elbe", 0.8),
        Judged("3", ("Weser",), "Weser", 0.1),
        Judged("4", (), "Oder", 0.6),
        Judged("5", (), "Main", 0.2),
    ]
    assert figures(judged, 0.5) == {
        "total": 5,
        "exact": 40.0,
        "f1": 53.33,
        "HasAns_exact": 33.33,
        "HasAns_f1": 55.56,
        "NoAns_f1": 50.0,
        "auroc": 0.6667,
        "ece": 0.4,
    }


def test_the_summary_by_hand() -> None:
    outcomes = [
        Outcome(True, True, 1.0, 0.9),
        Outcome(True, True, 0.2, 0.8),
        Outcome(True, True, 1.0, 0.7),
        Outcome(True, True, 1.0, 0.6),
        Outcome(True, True, 0.0, 0.1),
        Outcome(False, True, 0.0, 0.65),
        Outcome(False, False, 0.0, 0.2),
    ]
    summary = summarise(outcomes, 0.75)
    assert (summary.questions, summary.stated) == (7, 5)
    assert (summary.accuracy, summary.coverage, summary.false_answers) == (0.5, 0.4, 0.0)
    assert (summary.false_answers_at_80, summary.wrong_at_80) == (0.5, 0.4)


def test_a_file_is_read_with_its_own_paragraphs(tmp_path: Path) -> None:
    body = {
        "data": [
            {
                "paragraphs": [
                    {
                        "context": "It cost 12 crowns.",
                        "qas": [
                            {
                                "id": "1",
                                "question": "How much?",
                                "is_impossible": False,
                                "answers": [{"text": "12", "answer_start": 8}],
                            },
                            {"id": "2", "question": "Who?", "is_impossible": True, "answers": []},
                        ],
                    }
                ]
            }
        ]
    }
    path = tmp_path / "dev.json.gz"
    path.write_bytes(gzip.compress(json.dumps(body).encode()))
    judged = judge(read_file(path), FakeReader(), Decider())
    assert [(one.answer, one.gold) for one in judged] == [("12", ("12",)), ("12", ())]


@pytest.mark.parametrize("raw", [b"[]", b"{}", b"\x1f\x8bbroken"])
def test_another_file_is_refused_by_name(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / ("dev.json.gz" if raw.startswith(b"\x1f") else "dev.json")
    path.write_bytes(raw)
    with pytest.raises(FormatError, match=r"dev\.json"):
        read_file(path)
