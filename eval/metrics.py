"""Every figure of a run, by name. Their definitions for readers are in docs/evaluation.md."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from eval import curve
from eval.curve import Bools, Floats
from eval.ranking import NAMES, rank_scores, ranked_rows
from eval.run import Run
from eval.score import score

PRECISION = 0.95
"""The precision at which coverage is reported: one wrong answer in twenty."""


@dataclass(frozen=True, slots=True)
class Table:
    """The scores of a run as columns, one entry a question; NaN where a figure has no meaning.

    `ranks` has one column for each of `ranking.NAMES`; shape (questions, 6).
    """

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    answerable: Bools
    answered: Bools
    crashed: Bools
    right: Bools
    confidence: Floats
    exact: Floats
    f1: Floats
    quote_right: Floats
    quote_precision: Floats
    quote_recall: Floats
    offsets: Floats
    milliseconds: Floats
    ranks: Floats

    def take(self, rows: np.ndarray) -> "Table":
        """Return the table of these rows, which may repeat; names are left alone."""
        arrays = {
            column.name: getattr(self, column.name)[rows]
            for column in fields(self)
            if column.name not in ("ids", "groups")
        }
        return replace(self, **arrays)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure: how it is computed, whether higher is better, and whether it is a rate of rows.

    A rate's `rows` says which questions it is over; a figure of the whole has none.
    """

    name: str
    compute: Callable[[Table], float]
    higher_is_better: bool = True
    unit: str = "share"
    rate: Callable[[Table], Floats] | None = None


def tabulate(run: Run) -> Table:
    """Score every row of a run. Rows keep their order."""
    scores = [score(row) for row in run.rows]
    ranked = {one.question: one.values for one in rank_scores(ranked_rows(run.rows))}
    nothing = (float("nan"),) * len(NAMES)
    ranks = [ranked.get(one.id, nothing) for one in scores]

    def flags(name: str) -> Bools:
        return np.array([getattr(one, name) for one in scores], dtype=bool)

    def numbers(name: str) -> Floats:
        return np.array([getattr(one, name) for one in scores], dtype=float)

    return Table(
        ids=tuple(one.id for one in scores),
        groups=tuple(one.group for one in scores),
        answerable=flags("answerable"),
        answered=flags("answered"),
        crashed=flags("crashed"),
        right=flags("right"),
        confidence=numbers("confidence"),
        exact=numbers("exact"),
        f1=numbers("f1"),
        quote_right=numbers("quote_right"),
        quote_precision=numbers("quote_precision"),
        quote_recall=numbers("quote_recall"),
        offsets=numbers("offsets"),
        milliseconds=numbers("milliseconds"),
        ranks=np.array(ranks, dtype=float).reshape(len(scores), len(NAMES)),
    )


def _rate(name: str, over: Callable[[Table], Floats], *, higher: bool = True) -> Metric:
    """Make a figure that is the mean of what `over` gives each question, NaN where none."""
    return Metric(name, lambda table: _mean(over(table)), higher, rate=over)


def _mean(values: Floats) -> float:
    counted = values[~np.isnan(values)]
    return float(counted.mean()) if len(counted) else float("nan")


def _where(values: Floats | Bools, rows: Bools) -> Floats:
    return np.where(rows, values.astype(float), np.nan)


def _ranked(column: int) -> Callable[[Table], Floats]:
    return lambda table: table.ranks[:, column]


def _percentile(share: float) -> Callable[[Table], float]:
    return lambda table: float(np.percentile(table.milliseconds, share))


METRICS: tuple[Metric, ...] = (
    _rate("answer_exact", lambda t: _where(t.exact, t.answerable)),
    _rate("answer_f1", lambda t: _where(t.f1, t.answerable)),
    _rate("answer_right", lambda t: _where(t.right, t.answerable)),
    _rate("exact", lambda t: t.exact),
    _rate("f1", lambda t: t.f1),
    _rate("quote_right", lambda t: _where(t.quote_right, t.answerable)),
    _rate("quote_precision", lambda t: _where(t.quote_precision, t.answerable & t.answered)),
    _rate("quote_recall", lambda t: _where(t.quote_recall, t.answerable & t.answered)),
    _rate("offsets_exact", lambda t: _where(t.offsets, ~t.crashed)),
    *(_rate(name, _ranked(column)) for column, name in enumerate(NAMES)),
    _rate("false_answers", lambda t: _where(t.answered, ~t.answerable), higher=False),
    _rate("false_abstentions", lambda t: _where(~t.answered, t.answerable), higher=False),
    _rate("wrong_among_answered", lambda t: _where(~t.right, t.answered), higher=False),
    _rate("crashes", lambda t: t.crashed.astype(float), higher=False),
    Metric("answerability_auroc", lambda t: curve.auroc(t.confidence, t.answerable)),
    Metric(
        "risk_coverage_area",
        lambda t: curve.area_under_risk(t.confidence, t.right),
        higher_is_better=False,
    ),
    Metric(
        "coverage_at_precision_95",
        lambda t: curve.coverage_at_precision(t.confidence, t.right, PRECISION),
    ),
    Metric(
        "calibration_error",
        lambda t: curve.calibration_error(t.confidence[t.answered], t.right[t.answered]),
        higher_is_better=False,
    ),
    Metric("latency_p50", _percentile(50), higher_is_better=False, unit="ms"),
    Metric("latency_p95", _percentile(95), higher_is_better=False, unit="ms"),
    Metric("latency_p99", _percentile(99), higher_is_better=False, unit="ms"),
)

NAMED = {metric.name: metric for metric in METRICS}

HEADLINE = ("answer_right", "quote_right", "success_at_10", "false_answers", "false_abstentions")
"""What `make eval` prints first: answers, quotes, passages, and both ways to decide wrongly."""
