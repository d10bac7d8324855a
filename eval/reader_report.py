"""The reader's figures and pictures in one run: `python -m eval.reader_report FILE`.

Needs matplotlib, of the development extra.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from eval.curve import Bools, Floats, reliability, risk_coverage
from eval.squad import RIGHT, Judged, figures, judge, read_file
from eval.squad_corpus import Outcome, ask_all, summary_of
from qa.bootstrap import build_reader
from qa.calibration import SHIPPED, load_calibration
from qa.decide import Decider
from qa.reader.overlap import f1
from qa.settings import load_settings

mpl.use("Agg")
mpl.rcParams["svg.hashsalt"] = "quoth"

from matplotlib import pyplot as plt  # noqa: E402 - after the choice of a drawing surface


def report(path: Path, out: Path, curve: Path | None, delete_gold: float) -> dict[str, object]:
    """Run both kinds of evaluation on a SQuAD file; write figures.json and the pictures."""
    settings = load_settings()
    reader, source = build_reader(settings), read_file(path)
    file = settings.calibration or SHIPPED
    given = load_calibration(file, reader.name, "given")
    judged = judge(source, reader, Decider(given))
    fitted = load_calibration(file, reader.name)
    outcomes = ask_all(source, delete_gold, fitted, reader)
    found: dict[str, object] = {
        "reader": reader.name,
        "given_context": figures(judged, given.best_f1),
        "corpus": summary_of(outcomes, delete_gold, fitted, settings.max_error),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "figures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw_reliability(judged, out / "reliability.png")
    draw_risk(outcomes, out / "risk-coverage.png")
    if curve:
        draw_learning(curve, out / "learning.png")
    return found


def draw_reliability(judged: Sequence[Judged], path: Path) -> None:
    """Draw the share right over the stated confidence, each question with its own paragraph."""
    right = np.array([bool(one.gold) and f1(one.answer, one.gold) >= RIGHT for one in judged])
    bins = reliability(np.array([one.confidence for one in judged]), right)
    figure, axes = plt.subplots(figsize=(5, 4.2), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--")
    axes.plot([b.confidence for b in bins], [b.right for b in bins], marker="o")
    for one in bins:
        axes.annotate(str(one.count), (one.confidence, one.right), fontsize=7)
    axes.set(xlabel="stated confidence", ylabel="share right", title="Reliability, own paragraph")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_risk(outcomes: Sequence[Outcome], path: Path) -> None:
    """Draw the share wrong over the share answered, asked of the whole corpus."""
    figure, axes = plt.subplots(figsize=(5, 4.2), layout="constrained")
    groups = {
        "answerable questions, some passages deleted": [o for o in outcomes if o.asked_for],
        "all, with SQuAD's unanswerable": list(outcomes),
    }
    for name, group in groups.items():
        confidence, right = _sure_and_right(group)
        curve = risk_coverage(confidence, right)
        axes.plot(curve.coverage, curve.risk, label=name)
    axes.set(xlabel="share of questions answered", ylabel="share of answers wrong", ylim=(0, 1))
    axes.legend(fontsize=8)
    axes.set_title("Risk and coverage, whole corpus")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_learning(curve: Path, path: Path) -> None:
    """Draw the held-out figures of a training run over the examples it had seen."""
    rows = [json.loads(line) for line in curve.read_text(encoding="utf-8").splitlines()]
    seen = [row["examples"] / 1000 for row in rows]
    figure, left = plt.subplots(figsize=(5, 4.2), layout="constrained")
    left.plot(seen, [row["has_answer_f1"] for row in rows], marker="o", label="HasAns F1")
    left.set(xlabel="thousand examples", ylabel="HasAns F1 (percent)", ylim=(50, 100))
    right = left.twinx()
    right.plot(seen, [row["auroc"] for row in rows], marker="s", color="tab:red", label="AUROC")
    right.set(ylabel="answerability AUROC", ylim=(0.5, 1.0))
    left.set_title("Held-out figures while training")
    figure.legend(loc="lower right", bbox_to_anchor=(0.85, 0.15), fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _sure_and_right(group: Sequence[Outcome]) -> tuple[Floats, Bools]:
    confidence = np.array([one.confidence for one in group])
    return confidence, np.array([one.stated and one.f1 >= RIGHT for one in group])


def main() -> None:
    """Parse the command line and report."""
    parser = argparse.ArgumentParser(prog="reader-report", description=__doc__)
    parser.add_argument("squad", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/reader"))
    parser.add_argument("--curve", type=Path, help="curve.jsonl of a training run")
    parser.add_argument("--delete-gold", type=float, default=0.5)
    given = parser.parse_args()
    found = report(given.squad, given.out, given.curve, given.delete_gold)
    print(json.dumps(found, indent=1))  # noqa: T201 - a program's output


if __name__ == "__main__":
    main()
