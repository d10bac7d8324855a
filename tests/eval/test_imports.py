import gzip
import json
from pathlib import Path

import pytest

from eval.beir_run import NAMES, figures_of, run_beir
from eval.door import Limits, Location, Passage, Source
from eval.errors import FormatError
from eval.gold import read_gold
from eval.imports import (
    file_name,
    identifier_of,
    read_beir,
    read_squad,
    squad_to_beir,
    write_benchmark,
)

CONTEXT = "Ada Brusk was born in Vell. She counted 12 bridges. Rain fell."
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Ada / Brusk",
            "paragraphs": [
                {"context": "An introduction.", "qas": []},
                {
                    "context": CONTEXT,
                    "qas": [
                        {
                            "id": "q1",
                            "question": " How many bridges? ",
                            "answers": [{"text": "12", "answer_start": CONTEXT.index("12")}],
                            "is_impossible": False,
                        },
                        {
                            "id": "q2",
                            "question": "How many ferries?",
                            "answers": [],
                            "is_impossible": True,
                            "plausible_answers": [{"text": "12", "answer_start": 0}],
                        },
                    ],
                },
            ],
        }
    ],
}


@pytest.fixture
def squad_file(tmp_path: Path) -> Path:
    path = tmp_path / "squad.json.gz"
    path.write_bytes(gzip.compress(json.dumps(SQUAD).encode()))
    return path


def test_squad_becomes_documents_and_gold(squad_file: Path, tmp_path: Path) -> None:
    benchmark = read_squad(squad_file)
    (document,) = benchmark.documents
    assert document.text == "An introduction.\n\n" + CONTEXT
    first, second = benchmark.golds
    (evidence,) = first.evidence
    assert document.text[evidence.start : evidence.end] == "She counted 12 bridges."
    assert first.question == "How many bridges?"
    assert not second.answerable
    assert first.group == second.group == f"{document.name}#1"
    write_benchmark(benchmark, tmp_path / "out")
    assert [gold.id for gold in read_gold(tmp_path / "out" / "gold.jsonl")] == ["q1", "q2"]
    assert (tmp_path / "out" / "documents" / document.name).read_bytes() == document.text.encode()


def test_squad_1_has_no_impossible_ones(tmp_path: Path) -> None:
    old = json.loads(json.dumps(SQUAD))
    del old["data"][0]["paragraphs"][1]["qas"][1]
    del old["data"][0]["paragraphs"][1]["qas"][0]["is_impossible"]
    (tmp_path / "v1.json").write_text(json.dumps(old))
    assert [gold.answerable for gold in read_squad(tmp_path / "v1.json").golds] == [True]


def test_squad_becomes_a_beir_folder(squad_file: Path, tmp_path: Path) -> None:
    squad_to_beir(squad_file, tmp_path / "beir")
    beir = read_beir(tmp_path / "beir")
    assert [identifier_of(one.name) for one in beir.documents] == ["0000-000", "0000-001"]
    assert beir.queries == (("q1", " How many bridges? "),)
    assert [(one.document, one.grade) for one in beir.judgements] == [("0000-001", 1)]


@pytest.mark.parametrize("identifier", ["a/b", "Ünï c", "x.txt", "..", "MED-10", "100%"])
def test_an_identifier_survives_as_a_file_name(identifier: str) -> None:
    assert "/" not in file_name(identifier)
    assert identifier_of("some/folder/" + file_name(identifier)) == identifier


def test_faulty_files_are_told_by_place(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"data": []}')
    with pytest.raises(FormatError, match="is not a SQuAD file: data"):
        read_squad(tmp_path / "bad.json")
    with pytest.raises(FormatError, match="cannot be read"):
        read_squad(tmp_path / "none.json")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\tmuch\n")
    with pytest.raises(FormatError, match=r"test\.tsv:2"):
        read_beir(tmp_path)
    (tmp_path / "qrels" / "test.tsv").write_text("q1\td1\t1\n")
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1"}\n')
    with pytest.raises(FormatError, match=r"corpus\.jsonl:1.*needs the fields _id, text"):
        read_beir(tmp_path)


def test_a_beir_run_ranks_documents_by_their_best_passage(squad_file, tmp_path, make_door) -> None:
    squad_to_beir(squad_file, tmp_path / "beir")
    beir = read_beir(tmp_path / "beir")

    class Shelf(type(make_door())):  # type: ignore[misc]
        def search(self, query: str, top_k: int, limits: Limits | None = None):
            names = ("0000-000.txt", "0000-000.txt", "0000-001.txt")
            return tuple(
                Passage(f"p{at}", "", Location(0, 1), Source(name, f"u/{name}"))
                for at, name in enumerate(names)
            )

    scores = run_beir(beir, Shelf())
    found = dict(zip(NAMES, scores.values[0], strict=True))
    assert found["mrr_at_10"] == 0.5
    assert found["recall_at_10"] == 1.0
    assert found["success_at_1"] == 0.0
    figures = figures_of(scores)
    assert figures["queries"] == 1
    assert figures["metrics"]["mrr_at_10"]["value"] == 0.5
