from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from eval.errors import GoldError
from eval.gold import read_gold
from eval.locate import Library, check, locate
from eval.new import evidence_for, find_quote, write_new


def answering(*lines: str):
    waiting: Iterator[str] = iter(lines)
    return lambda words: next(waiting)


def test_a_person_writes_an_answerable_question(make_door, tmp_path: Path) -> None:
    library = Library(make_door())
    out = StringIO()
    prompt = answering(
        "Who painted the bridge?",
        "the guild of dyers",
        "",
        "the bridge was painted red",
        "painted green  by the\nguild of dyers",
        "",
        "who caption",
    )
    path = tmp_path / "gold.jsonl"
    write_new(library, path, prompt, Console(file=out))
    (gold,) = read_gold(path)
    assert gold.evidence[0].quote == "painted green by the guild of dyers"
    text = library.text("doc")
    assert text[gold.evidence[0].start : gold.evidence[0].end] == gold.evidence[0].quote
    assert gold.tags == ("who", "caption")
    assert "does not say 'the bridge was painted red'" in out.getvalue()
    check(locate([gold], library), "gold")


def test_a_question_without_an_answer_needs_no_quote(make_door, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    for question in ("Who swam?", "Who sank?"):
        write_new(Library(make_door()), path, answering(question, "", ""), Console(file=StringIO()))
    assert [(gold.id, gold.answerable) for gold in read_gold(path)] == [
        ("gold-1", False),
        ("gold-2", False),
    ]


def test_a_quote_that_stands_twice_keeps_both_places(make_door) -> None:
    library = Library(make_door())
    document = library.documents[0]
    found = find_quote("northern   bridge", document, library)
    assert found is not None
    assert len(found.ranges) == 2
    line = evidence_for("northern bridge", ["bridge"], document, library)
    assert (line.start, line.end) == (None, None)
    assert find_quote("  ", document, library) is None


def test_a_quote_without_the_answer_is_refused(make_door) -> None:
    library = Library(make_door())
    with pytest.raises(GoldError, match="no answer is in"):
        evidence_for("painted green", ["blue"], library.documents[0], library)
