"""Fit a calibration to trials: weights of the evidence, a rising table, thresholds for errors.

A conditional logit (McFadden 1974) weighs the evidence: a question chooses one of its spans, or
none. Isotonic regression (Zadrozny and Elkan 2002) turns its out-of-fold logits into probabilities;
thresholds are read off the risk-coverage curve (El-Yaniv and Wiener 2010). Only this module and
`calibrate` need scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from qa.evidence import FEATURES
from qa.reader.trials import RIGHT, Trial

Floats = NDArray[np.float64]
ERRORS = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
FALLING = frozenset({"rank", "numbers_missing", "names_missing"})
"""The evidence that may only speak against an answer; all other may only speak for one.

Without signs, the fit learns how SQuAD's unanswerable questions were written (they repeat more of
the passage's words than answerable ones), which no user's question is (eval/LOG.md, reader).
"""

SHRINK = 3.0
FOLDS = 5
BIN = 40
"""Trials in one step of the table, at least."""

LEAST = 25
"""Answers that a row of the threshold table stands on, at least."""


@dataclass(frozen=True, slots=True)
class Line:
    """A linear score: weights and intercept over raw feature values; 0.0 is that of no answer."""

    weights: Floats
    intercept: float

    def __call__(self, values: Floats) -> Floats:
        """Return scores for rows of feature values."""
        return values @ self.weights + self.intercept


@dataclass(frozen=True, slots=True)
class Tops:
    """The best option of each trial, out of fold: its logit, its F1, and the trial's truth."""

    logit: Floats
    f1: Floats
    answerable: NDArray[np.bool_]


def fit(trials: Sequence[Trial]) -> dict[str, Any]:
    """Fit one setting; returns the JSON-ready numbers of a `Calibration` and "about" figures."""
    kept = [trial for trial in trials if trial.options]
    tops = _out_of_fold(kept)
    knots, heights = _table(tops.logit, (tops.f1 >= RIGHT).astype(float))
    confidence = np.interp(tops.logit, knots, heights)
    line = _line(kept)
    return {
        "weights": [round(float(w), 6) for w in line.weights],
        "intercept": round(line.intercept, 6),
        "logits": [round(float(k), 6) for k in knots],
        "probabilities": [round(float(h), 6) for h in heights],
        "risks": _risks(confidence, tops.f1 >= RIGHT),
        "relevant_dense": round(_relevant(kept), 4),
        "best_f1": round(_best_f1(tops, knots, heights), 6),
        "about": _about(confidence, tops),
    }


def _line(trials: Sequence[Trial]) -> Line:
    values = np.array([option.values for trial in trials for option in trial.options])
    right = np.array([option.f1 >= RIGHT for trial in trials for option in trial.options])
    centre, scale = values.mean(0), values.std(0)
    scale[scale < 1e-6] = np.inf
    sizes = [len(trial.options) for trial in trials]
    fitted = _choosing((values - centre) / scale, right, sizes)
    weights = fitted[:-1] / scale
    return Line(weights, float(fitted[-1] - weights @ centre))


def _choosing(values: Floats, right: NDArray[np.bool_], sizes: Sequence[int]) -> Floats:
    """Fit a ridge conditional logit whose weights keep their signs; the intercept comes last.

    Each trial chooses one of its options, `sizes` of them in a row, or none, whose score is 0.0.
    Its likelihood is the share of its right options together, or that of none where it has none.
    """
    rows = np.column_stack([values, np.ones(len(values))])
    trial = np.repeat(np.arange(len(sizes)), sizes)
    first = np.cumsum([0, *sizes[:-1]])
    unanswered = ~np.logical_or.reduceat(right, first)

    def loss(line: Floats) -> tuple[float, Floats]:
        scores = rows @ line
        top = np.maximum(np.maximum.reduceat(scores, first), 0.0)
        mass, none = np.exp(scores - top[trial]), np.exp(-top)
        total = np.add.reduceat(mass, first) + none
        good = np.maximum(np.add.reduceat(mass * right, first) + none * unanswered, 1e-300)
        kept = np.append(line[:-1], 0.0)
        value = np.log(total).sum() - np.log(good).sum() + SHRINK * (kept @ kept) / 2
        share = mass / total[trial] - mass * right / good[trial]
        return float(value), rows.T @ share + SHRINK * kept

    signs: list[tuple[float | None, float | None]] = [
        (None, 0.0) if name in FALLING else (0.0, None) for name in FEATURES
    ]
    start = np.zeros(rows.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*signs, (None, None)])
    return np.asarray(found.x)


def _out_of_fold(trials: Sequence[Trial]) -> Tops:
    logit, overlap = np.zeros(len(trials)), np.zeros(len(trials))
    groups = [trial.group for trial in trials]
    for seen, unseen in GroupKFold(FOLDS).split(trials, groups=groups):
        line = _line([trials[i] for i in seen])
        for i in unseen:
            scores = line(np.array([option.values for option in trials[i].options]))
            best = int(scores.argmax())
            logit[i], overlap[i] = scores[best], trials[i].options[best].f1
    return Tops(logit, overlap, np.array([trial.answerable for trial in trials]))


def _table(logit: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Return rising knots and probabilities: the mean of an isotonic and a logistic curve.

    Isotonic regression over bins of equal size follows the data, the logistic curve keeps the
    order within its plateaus and beyond its ends (eval/LOG.md, reader).
    """
    bins = np.array_split(np.argsort(logit, kind="stable"), max(2, len(logit) // BIN))
    centres = np.array([logit[part].mean() for part in bins])
    rates = np.array([(right[part].sum() + 0.5) / (len(part) + 1.0) for part in bins])
    isotonic = IsotonicRegression(increasing=True).fit_transform(centres, rates)
    knots = np.concatenate(([logit.min() - 1e-6], centres, [logit.max() + 1e-6]))
    curve = LogisticRegression(C=100.0).fit(logit[:, None], right).predict_proba(knots[:, None])
    heights = (np.interp(knots, centres, isotonic) + curve[:, 1]) / 2
    return knots, np.maximum.accumulate(heights)


def _risks(confidence: Floats, right: NDArray[np.bool_]) -> list[list[float]]:
    """Find, for each error, the lowest threshold whose answers keep it; the most careful first."""
    order = np.argsort(-confidence, kind="stable")
    count = np.arange(1, len(order) + 1)
    risk = np.cumsum(~right[order]) / count
    last = np.append(confidence[order][:-1] > confidence[order][1:], True)
    rows: list[list[float]] = []
    for error in ERRORS:
        allowed = np.flatnonzero((risk <= error) & (count >= LEAST) & last)
        if len(allowed):
            rows.append([error, round(float(confidence[order][allowed[-1]]), 6)])
    return rows or [[1.0, round(float(confidence.max()), 6)]]


def _best_f1(tops: Tops, knots: Floats, heights: Floats) -> float:
    """Find the threshold from which an answer is expected to score more F1 than an abstention.

    A logistic curve over the logit, each question weighed by what answering it gains or loses;
    where it crosses a half varies less with the questions than the best of all thresholds does.
    """
    gain = tops.f1 - ~tops.answerable
    curve = LogisticRegression(C=100.0)
    curve.fit(tops.logit[:, None], gain > 0.0, sample_weight=np.abs(gain))
    crossing = -curve.intercept_[0] / curve.coef_[0, 0]
    return float(np.interp(crossing, knots, heights))


def _relevant(trials: Sequence[Trial]) -> float:
    """Return the cosine that 98 % of the answerable questions' best texts reach."""
    return float(np.quantile([trial.best_dense for trial in trials if trial.answerable], 0.02))


def _about(confidence: Floats, tops: Tops) -> dict[str, float]:
    right = tops.f1 >= RIGHT
    parts = np.array_split(np.argsort(confidence, kind="stable"), 15)
    error = sum(len(p) * abs(confidence[p].mean() - right[p].mean()) for p in parts)
    return {
        "trials": len(right),
        "answerable": int(tops.answerable.sum()),
        "right": int(right.sum()),
        "auroc_answerable": round(float(roc_auc_score(tops.answerable, tops.logit)), 4),
        "auroc_right": round(float(roc_auc_score(right, tops.logit)), 4),
        "ece": round(float(error) / len(right), 4),
    }
