"""Curves over the stated confidence: risk and coverage, reliability, answerability."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BINS = 10


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Risk (share of wrong answers) at each coverage (share of questions), both 0 to 1.

    Where confidences tie, only the end of the tie can be reached by a threshold.
    """

    coverage: Floats
    risk: Floats
    threshold: Floats


@dataclass(frozen=True, slots=True)
class Bin:
    """A reliability bin: its mean confidence, its share of right answers, its count."""

    confidence: float
    right: float
    count: int


def risk_coverage(confidence: Floats, right: Bools) -> RiskCoverage:
    """Order questions by confidence and follow the risk, as El-Yaniv and Wiener (2010).

    Shapes: two vectors of one length, at least 1.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    last = np.append(ranked[1:] != ranked[:-1], True)
    asked = np.arange(1, len(order) + 1)[last]
    wrong = np.cumsum(~right[order])[last]
    return RiskCoverage(asked / len(order), wrong / asked, ranked[last])


def area_under_risk(confidence: Floats, right: Bools) -> float:
    """Return the mean risk over all coverages (Geifman and El-Yaniv, 2017), 0 is best.

    Inside a tie the order is unknown, so the expected risk of a random one is taken.
    """
    order = np.argsort(-confidence, kind="stable")
    _, which, size = np.unique(-confidence[order], return_inverse=True, return_counts=True)
    wrong = np.bincount(which, weights=~right[order]) / size
    expected = np.cumsum(wrong[which])
    return float(np.mean(expected / np.arange(1, len(order) + 1)))


def coverage_at_precision(confidence: Floats, right: Bools, precision: float) -> float:
    """Return the largest coverage at which at least this share of the answers is right."""
    curve = risk_coverage(confidence, right)
    good = curve.coverage[curve.risk <= 1.0 - precision + 1e-12]
    return float(good.max()) if len(good) else 0.0


def auroc(score: Floats, positive: Bools) -> float:
    """Return the probability that a positive scores above a negative, ties counting half.

    NaN without both. Computed from ranks (Mann and Whitney, 1947).
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return float("nan")
    _, which, size = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(size) - (size - 1) / 2)[which]
    above = ranks[positive].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def reliability(confidence: Floats, right: Bools) -> tuple[Bin, ...]:
    """Group into ten equal-width bins (Guo et al., 2017); empty bins are left out."""
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return tuple(
        Bin(float(confidence[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for inside in (which == number for number in range(BINS))
        if inside.any()
    )


def calibration_error(confidence: Floats, right: Bools) -> float:
    """Return the expected calibration error over those bins; NaN without a question."""
    if not len(confidence):
        return float("nan")
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gap = np.bincount(which, weights=confidence - right, minlength=BINS)
    return float(np.abs(gap).sum() / len(confidence))
