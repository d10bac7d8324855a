"""What a run amounts to, once computed, and the same as JSON."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval import curve
from eval.blame import Blame, counts, missed
from eval.curve import Bin
from eval.metrics import HEADLINE, METRICS, Table, tabulate
from eval.run import Row, Run
from eval.score import Score, score
from eval.statistics import Difference, Figure, differences, figures

CONFIDENCE = 0.95
"""Level of every interval that is printed."""

COMPARED = tuple(metric for metric in METRICS if metric.unit == "share")
"""Figures that are tested between two runs; times differ with the machine's mood."""


@dataclass(frozen=True, slots=True)
class TagCount:
    """How the questions of one tag fared."""

    tag: str
    questions: int
    missed: int


@dataclass(frozen=True, slots=True)
class Report:
    """A run with its figures; `before` and `differences` where it is compared with another."""

    run: Run
    table: Table
    figures: tuple[Figure, ...]
    bins: tuple[Bin, ...]
    blames: tuple[Blame, ...]
    tags: tuple[TagCount, ...]
    before: Run | None = None
    differences: tuple[Difference, ...] = ()

    def figure(self, name: str) -> Figure:
        """Return a figure by its name."""
        return next(one for one in self.figures if one.name == name)

    @property
    def misses(self) -> tuple[Row, ...]:
        """Every row that went wrong."""
        return tuple(row for row in self.run.rows if missed(row))


def make_report(run: Run, blames: Sequence[Blame], before: Run | None = None) -> Report:
    """Compute everything that a report shows. Raises ValueError for runs on other questions."""
    table = tabulate(run)
    compared: tuple[Difference, ...] = ()
    if before is not None:
        compared = differences(tabulate(before), table, COMPARED, CONFIDENCE)
    return Report(
        run=run,
        table=table,
        figures=figures(table, METRICS, CONFIDENCE),
        bins=curve.reliability(table.confidence[table.answered], table.right[table.answered]),
        blames=tuple(blames),
        tags=_tags(run),
        before=before,
        differences=compared,
    )


def to_json(report: Report) -> dict[str, Any]:
    """Return the report as plain values; a figure without a meaning is null."""
    run = report.run
    return {
        "name": run.name,
        "questions": len(run.rows),
        "answerable": int(report.table.answerable.sum()),
        "searched": asdict(run.searched),
        "seconds": round(run.seconds, 3),
        "confidence_level": CONFIDENCE,
        "clustered_by_document": any(one.clustered for one in report.figures),
        "metrics": {one.name: _plain(one) for one in report.figures},
        "reliability": [asdict(one) for one in report.bins],
        "blame": dict(counts(report.blames)),
        "tags": [asdict(one) for one in report.tags],
        "misses": [_miss(row, report) for row in report.misses],
        "comparison": [_plain(one) for one in report.differences],
    }


def blamed(report: Report, question: str) -> Blame | None:
    """Return what a question's miss is blamed on."""
    return next((one for one in report.blames if one.question == question), None)


def verdict(row: Row) -> str:
    """Say in two words what became of a question."""
    worth: Score = score(row)
    if worth.crashed:
        return "crash"
    if worth.answerable:
        return "right" if worth.right else "wrong answer" if worth.answered else "false abstention"
    return "false answer" if worth.answered else "right"


def headline(report: Report) -> tuple[Figure, ...]:
    """Return the figures that come first."""
    return tuple(report.figure(name) for name in HEADLINE)


def _plain(one: Figure | Difference) -> dict[str, Any]:
    values = {name: value for name, value in asdict(one).items() if name != "name"}
    if isinstance(one, Difference):
        values["name"] = one.name
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in values.items()
    }


def _miss(row: Row, report: Report) -> dict[str, Any]:
    first, blame = row.first, blamed(report, row.gold.id)
    return {
        "id": row.gold.id,
        "question": row.gold.question,
        "verdict": verdict(row),
        "accepted": list(row.gold.answers),
        "answer": first.answer if first else None,
        "quote": first.quote if first else None,
        "confidence": row.reply.confidence.value if row.reply else None,
        "error": row.error,
        "blame": blame.stage if blame else None,
        "because": blame.because if blame else None,
    }


def _tags(run: Run) -> tuple[TagCount, ...]:
    names = sorted({tag for row in run.rows for tag in row.gold.tags})
    tagged = {name: [row for row in run.rows if name in row.gold.tags] for name in names}
    return tuple(
        TagCount(name, len(rows), sum(missed(row) for row in rows)) for name, rows in tagged.items()
    )
