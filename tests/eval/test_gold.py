import json
from pathlib import Path

import pytest

from eval.errors import GoldError
from eval.gold import Evidence, Gold, GoldLine, read_gold, write_gold
from eval.locate import Library, check, locate

GOOD = {
    "id": "a",
    "question": "Who?",
    "answers": ["Ada Brusk"],
    "evidence": [{"document": "vell.txt", "quote": "The mayor, Ada Brusk, cycles"}],
}


def written(folder: Path, *lines: object) -> Path:
    path = folder / "gold.jsonl"
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def test_a_good_file_is_read_and_written_back(tmp_path: Path) -> None:
    no = {"id": "b", "question": "Why?", "answerable": False, "tags": ["x"], "as_of": "2025-01-31"}
    golds = read_gold(written(tmp_path, GOOD, "", no))
    assert [gold.line for gold in golds] == [1, 3]
    assert [gold.answerable for gold in golds] == [True, False]
    assert golds[0].group == "vell.txt"
    lines = [GoldLine.model_validate(one) for one in (GOOD, no)]
    write_gold(lines, tmp_path / "again.jsonl")
    again = read_gold(tmp_path / "again.jsonl")
    assert [gold.id for gold in again] == ["a", "b"]
    assert again[1].as_of == golds[1].as_of


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{not json", "JSON"),
        ({**GOOD, "answer": "x"}, "answer"),
        ({**GOOD, "answers": []}, "needs answers and evidence"),
        ({**GOOD, "evidence": [{"document": "d"}]}, "give a quote, or start and end"),
        ({**GOOD, "evidence": [{"document": "d", "start": 3}]}, "start and end go together"),
        ({**GOOD, "evidence": [{"document": "d", "start": 3, "end": 3}]}, "start must be before"),
        ({**GOOD, "answerable": False}, "must be empty"),
        ({**GOOD, "question": " "}, "question"),
        ({**GOOD, "question": "x" * 1001}, "1000"),
        ({**GOOD, "as_of": "soon"}, "as_of"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, line: object, words: str) -> None:
    with pytest.raises(GoldError) as caught:
        read_gold(written(tmp_path, {**GOOD, "id": "first"}, line))
    assert [problem.line for problem in caught.value.problems] == [2]
    assert words in str(caught.value)
    assert "gold.jsonl:2:" in str(caught.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(GoldError) as caught:
        read_gold(written(tmp_path, "[]", GOOD, GOOD, "{"))
    assert [problem.line for problem in caught.value.problems] == [1, 3, 4]
    with pytest.raises(GoldError, match="no question"):
        read_gold(written(tmp_path, ""))


def test_the_corpus_must_bear_out_the_labels(make_door, gold: Gold) -> None:
    library = Library(make_door())
    lost = Gold("x", "?", ("green",), (Evidence("vell.txt", "painted red"),), line=7)
    other = Gold("y", "?", ("green",), (Evidence("nowhere.txt", "green"),), line=8)
    loose = Gold("z", "?", ("blue",), (Evidence("vell.txt", "painted green"),), line=9)
    check(locate([gold], library), "gold")
    with pytest.raises(GoldError) as caught:
        check(locate([gold, lost, other, loose], library), "gold")
    assert [problem.line for problem in caught.value.problems] == [7, 8, 9]
    assert "no document 'nowhere.txt'" in str(caught.value)


def test_evidence_is_found_by_quote_wherever_it_has_moved(make_door) -> None:
    library = Library(make_door())
    text = library.text("doc")
    begin = text.index("the northern bridge")
    everywhere = Evidence(library.documents[0].uri, "bridge")
    nearest = Evidence("vell.txt", "bridge", begin - 2, begin + 4)
    by_range = Evidence("doc", None, begin, begin + 19)
    found = [
        locate([Gold("a", "?", ("bridge",), (one,))], library)[0].places
        for one in (everywhere, nearest, by_range)
    ]
    assert len(found[0]) == text.count("bridge")
    assert [text[place.start : place.end] for place in found[1]] == ["bridge"]
    assert abs(found[1][0].start - begin) < 20
    assert found[2][0].end - found[2][0].start == 19
    beyond = Gold("a", "?", ("x",), (Evidence("doc", None, 0, 10**6),))
    assert "ends at" in locate([beyond], library)[0].missing[0]


def test_the_seed_gold_keeps_its_promises(seed_gold: Path) -> None:
    golds = read_gold(seed_gold)
    text = next((seed_gold.parents[2] / "seeds").glob("*.txt")).read_text(encoding="utf-8")
    answerable = [gold for gold in golds if gold.answerable]
    assert len(answerable) >= 55
    assert len(golds) - len(answerable) >= 35
    for gold in answerable:
        quotes = [evidence.quote or "" for evidence in gold.evidence]
        assert all(quote in text for quote in quotes), gold.id
        assert all(any(answer in quote for quote in quotes) for answer in gold.answers), gold.id
