"""Fit a calibration to trials: a logistic model, a rising table, thresholds for errors.

Platt's logistic model (1999) weighs the evidence; isotonic regression (Zadrozny and Elkan 2002)
turns its out-of-fold logits into probabilities; thresholds are read off the risk-coverage curve
(El-Yaniv and Wiener 2010). Only this module and `calibrate` need scikit-learn.
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
FALLING = frozenset({"rank", "numbers_missing", "names_missing", "negated"})
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
    """A logistic model: weights and intercept over raw feature values."""

    weights: Floats
    intercept: float

    def __call__(self, values: Floats) -> Floats:
        """Return logits for rows of feature values."""
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
        "best_f1": round(_best_f1(confidence, tops), 6),
        "about": _about(confidence, tops),
    }


def _line(trials: Sequence[Trial]) -> Line:
    rows, wanted = [], []
    for trial in trials:
        rows += [option.values for option in trial.options]
        wanted += [option.f1 >= RIGHT for option in trial.options]
    values = np.array(rows)
    centre, scale = values.mean(0), values.std(0)
    scale[scale < 1e-6] = np.inf
    fitted = _signed((values - centre) / scale, np.array(wanted, dtype=float))
    weights = fitted[:-1] / scale
    return Line(weights, float(fitted[-1] - weights @ centre))


def _signed(values: Floats, wanted: Floats) -> Floats:
    """Fit a ridge logistic regression whose weights keep their signs; the intercept comes last."""
    rows = np.column_stack([values, np.ones(len(values))])

    def loss(line: Floats) -> tuple[float, Floats]:
        logit = rows @ line
        value = np.logaddexp(0.0, logit).sum() - wanted @ logit
        gradient = rows.T @ (1.0 / (1.0 + np.exp(-logit)) - wanted)
        kept = np.append(line[:-1], 0.0)
        return value + SHRINK * (kept @ kept) / 2, gradient + SHRINK * kept

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


def _best_f1(confidence: Floats, tops: Tops) -> float:
    """Find the threshold under which abstaining gives the best mean F1."""
    order = np.argsort(-confidence, kind="stable")
    gain = tops.f1[order] - (~tops.answerable[order])
    return float(confidence[order][int(np.argmax(np.cumsum(gain)))])


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
