from pathlib import Path

import pytest

from eval.door import Confidence, Highlight, Limits, Location, Place, Quoted, Reply, Source
from eval.errors import FormatError
from eval.gold import Filters, Gold
from eval.locate import Library, Target, locate
from eval.metrics import NAMED, tabulate
from eval.run import Row, ask_all, load, save
from eval.score import quote_overlap, score


def test_a_crash_is_a_row_and_not_the_end(make_door, golds) -> None:
    door = make_door()
    run = ask_all(locate(golds, Library(door)), door, "toy")
    assert [row.error is not None for row in run.rows] == [False, False, False, True, True]
    assert run.rows[3].error == "500: the toy broke"
    assert run.rows[4].error == "RuntimeError: boom"
    table = tabulate(run)
    expected = {
        "crashes": 2 / 5,
        "answer_exact": 1 / 3,
        "exact": 2 / 5,
        "false_answers": 0.0,
        "false_abstentions": 2 / 3,
        "offsets_exact": 1.0,
        "quote_right": 1 / 3,
        "success_at_10": 2 / 3,
    }
    found = {name: NAMED[name].compute(table) for name in expected}
    assert found == pytest.approx(expected)


def test_a_saved_run_is_the_same_run(make_door, golds, tmp_path: Path) -> None:
    door = make_door()
    run = ask_all(locate(golds, Library(door)), door, "toy")
    save(run, tmp_path / "run.json")
    assert load(tmp_path / "run.json") == run
    (tmp_path / "bad.json").write_text('{"rows": 3}')
    with pytest.raises(FormatError, match="is not a saved run"):
        load(tmp_path / "bad.json")


def quoted(answer: str, quote: str, start: int) -> Quoted:
    mark = Highlight(quote.index(answer), quote.index(answer) + len(answer))
    place = Location(start, start + len(quote))
    return Quoted(answer, quote, mark, place, Source("doc", "u"))


def test_a_quote_that_is_no_slice_is_seen(make_door, gold) -> None:
    door = make_door()
    text = door.text("doc")
    at = text.index("The council meets")
    good = quoted("council", "The council meets", at)
    bad = quoted("council", "The council met", at)
    moved = quoted("council", "The council meets", at + 1)

    class Liar(type(door)):  # type: ignore[misc]
        def ask(self, question: str, top_k: int, limits: Limits | None = None) -> Reply:
            return Reply("answered", Confidence(0.9), (good, bad, moved))

    run = ask_all(locate([gold], Library(door)), Liar(), "liar")
    assert run.rows[0].offsets == (True, False, False)


def test_quote_overlap_counts_characters() -> None:
    places = [Place("d", 10, 20), Place("d", 30, 40), Place("other", 0, 100)]
    assert quote_overlap(Place("d", 10, 20), places) == (1.0, 1.0)
    assert quote_overlap(Place("d", 0, 20), places) == (0.5, 1.0)
    assert quote_overlap(Place("d", 15, 35), places) == (0.5, 0.5)
    assert quote_overlap(Place("e", 10, 20), places) == (0.0, 0.0)


def test_an_answer_on_the_wrong_place_is_not_right() -> None:
    gold = Gold("g", "How many?", ("737",))
    target = Target(gold, (Place("doc", 0, 20),), (Place("doc", 3, 6),))
    here = quoted("737", "It 737", 0)
    there = quoted("737", "It 737", 50)
    worth = [
        score(Row(target, Reply("answered", Confidence(0.9), (one,)), (), (True,), 1.0))
        for one in (here, there)
    ]
    assert [one.exact for one in worth] == [1.0, 1.0]
    assert [one.right for one in worth] == [True, False]


def test_filters_become_limits(make_door) -> None:
    from datetime import date

    filters = Filters(("vell.txt", "unknown"), None, date(2025, 5, 1), (("k", "v"),))
    gold = Gold("g", "?", filters=filters, as_of=date(2025, 1, 1))
    limits = locate([gold], Library(make_door()))[0].limits
    assert limits == Limits(("doc", "unknown"), None, date(2025, 1, 1), {"k": "v"})
