from dataclasses import replace
from pathlib import Path

import pytest

from eval.baseline import load_baseline, save_baseline
from eval.errors import FormatError
from eval.gate import hold, passes, read_gate
from eval.gold import Gold
from eval.locate import Library, locate
from eval.metrics import NAMED, tabulate
from eval.run import Run, ask_all, save

REAL = Path(__file__).parents[2] / "eval" / "gate.toml"


def written(folder: Path, text: str) -> Path:
    path = folder / "gate.toml"
    path.write_text(text)
    return path


@pytest.fixture
def good(make_door, gold: Gold) -> Run:
    many = [replace(gold, id=f"g{number}", group=f"{number}") for number in range(60)]
    return ask_all(locate(many, Library(make_door())), make_door(), "good")


def worse(run: Run, wrong: int) -> Run:
    """Make the first so many answers abstentions."""
    rows = [
        replace(row, reply=replace(row.reply, answers=(), status="abstained"), offsets=())
        if number < wrong and row.reply
        else row
        for number, row in enumerate(run.rows)
    ]
    return replace(run, rows=tuple(rows))


GATE = """
baseline = "base.json"
[metrics.answer_right]
margin = 0.06
[metrics.false_abstentions]
margin = 0.06
"""


@pytest.mark.parametrize(
    ("wrong", "result"), [(0, "holds"), (1, "holds"), (4, "unclear"), (20, "falls")]
)
def test_a_fall_beyond_the_margin_is_told_from_chance(
    good: Run, tmp_path: Path, wrong: int, result: str
) -> None:
    save_baseline(tabulate(good), tmp_path / "base.json")
    gate = read_gate(written(tmp_path, GATE))
    checks = hold(worse(good, wrong), gate, tmp_path)
    assert {one.result for one in checks} == {result}
    assert passes(checks) == (result != "falls")
    strict = gate.model_copy(update={"unclear": "fail"})
    assert passes(hold(worse(good, wrong), strict, tmp_path)) == (result == "holds")


def test_a_gain_holds(good: Run, tmp_path: Path) -> None:
    save(worse(good, 20), tmp_path / "base.json")
    assert passes(hold(good, read_gate(written(tmp_path, GATE)), tmp_path))


def test_bounds_need_no_baseline(good: Run, tmp_path: Path) -> None:
    text = "[metrics]\noffsets_exact = {at_least = 1.0}\nfalse_abstentions = {at_most = 0.1}\n"
    gate = read_gate(written(tmp_path, text))
    assert passes(hold(good, gate, tmp_path))
    checks = hold(worse(good, 20), gate, tmp_path)
    assert [one.result for one in checks] == ["holds", "falls"]
    nothing = read_gate(written(tmp_path, "[metrics]\nfalse_answers = {at_most = 1.0}\n"))
    assert not passes(hold(good, nothing, tmp_path))  # no such question: a bound is not kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[metrics]\nacuracy = {at_least = 1.0}", "unknown: acuracy"),
        ("[metrics]\nf1 = {margin = 0.1}", "needs a baseline"),
        ("[metrics]\nf1 = {margins = 0.1}", "margins"),
        ("metrics = ", "Invalid value"),
        ("confidence = 95\n[metrics]\nf1 = {at_least = 0.1}", "confidence"),
    ],
)
def test_a_faulty_gate_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read_gate(written(tmp_path, text))


def test_a_baseline_of_other_questions_is_refused(good: Run, tmp_path: Path) -> None:
    save(replace(good, rows=good.rows[:30]), tmp_path / "base.json")
    with pytest.raises(FormatError, match="Save a new baseline"):
        hold(good, read_gate(written(tmp_path, GATE)), tmp_path)


def test_a_baseline_has_the_figures_of_its_run(make_door, golds, tmp_path: Path) -> None:
    run = ask_all(locate(golds, Library(make_door())), make_door(), "toy")
    save_baseline(tabulate(run), tmp_path / "base.json")
    small, whole = load_baseline(tmp_path / "base.json"), tabulate(run)
    assert small.ids == whole.ids
    for name, metric in NAMED.items():
        expected = pytest.approx(metric.compute(whole), nan_ok=True, abs=1e-5)
        assert metric.compute(small) == expected, name
    for text in ("[]", "{", '{"ids": []}', '{"ids": ["a"], "groups": [""]}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(FormatError, match="is not a baseline"):
            load_baseline(tmp_path / "bad.json")


def test_the_projects_own_gate_can_be_read() -> None:
    gate = read_gate(REAL)
    assert gate.metrics["offsets_exact"].at_least == 1.0
    assert gate.metrics["crashes"].at_most == 0.0
