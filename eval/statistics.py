"""How sure a figure is, and whether two runs differ.

Questions on one document share its fate, so whole documents (`group`) are resampled. With fewer
than `FEW` groups nothing can be learnt from resampling them: then questions are, and `clustered`
says no. Sources: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13;
Smucker, Allan and Carterette, CIKM 2007 (randomisation); Holm, Scand. J. Statist. 6 (1979);
Clopper and Pearson, Biometrika 26 (1934).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from eval.curve import Floats
from eval.metrics import Metric, Table

FEW = 10
RESAMPLES = 1000
SEED = 20260130
POWER = 0.8

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval; `count` questions are in it.

    `detectable` is the smallest difference between two such runs on other questions that a test at
    this confidence would find four times in five.
    """

    name: str
    value: float
    low: float
    high: float
    count: int
    detectable: float
    clustered: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """The second run minus the first on the same questions, with its interval.

    `p` is from a paired randomisation test, `p_holm` corrected over all compared figures.
    `detectable` is the smallest true difference that this pair would show four times in five.
    """

    name: str
    before: float
    after: float
    value: float
    low: float
    high: float
    p: float
    p_holm: float
    detectable: float


def clusters(table: Table) -> tuple[Indices, ...]:
    """Return the rows of each group; a row without a group stands alone."""
    members: dict[str, list[int]] = {}
    for row, group in enumerate(table.groups):
        members.setdefault(group or f"\0{row}", []).append(row)
    if len({group for group in table.groups if group}) < FEW:
        return tuple(np.array([row]) for row in range(len(table.groups)))
    return tuple(np.array(rows) for rows in members.values())


def figures(
    table: Table,
    metrics: Sequence[Metric],
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[Figure, ...]:
    """Compute every figure with a percentile bootstrap interval at this confidence."""
    groups = clusters(table)
    draws = [table.take(rows) for rows in _draws(groups, resamples, seed)]
    clustered = len(groups) < len(table.groups)
    return tuple(_figure(metric, table, draws, confidence, clustered) for metric in metrics)


def mean_figure(name: str, values: Floats, confidence: float = 0.95, seed: int = SEED) -> Figure:
    """Return the mean of a figure of independent questions, with its bootstrap interval."""
    random = np.random.default_rng(seed)
    picks = random.integers(0, len(values), size=(RESAMPLES, len(values)))
    spread = values[picks].mean(axis=1)
    low, high = _interval(spread, confidence)
    detectable = _detectable(spread, confidence) * 2**0.5
    return Figure(name, float(values.mean()), low, high, len(values), detectable, False)


def differences(
    before: Table,
    after: Table,
    metrics: Sequence[Metric],
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[Difference, ...]:
    """Compare two runs on the same questions, in the same order. Raises ValueError otherwise."""
    if before.ids != after.ids:
        raise ValueError("The two runs did not ask the same questions in the same order.")
    groups = clusters(before)
    draws = _draws(groups, resamples, seed)
    spread = [_changes(before, after, metrics, rows) for rows in draws]
    chance = _chance(before, after, metrics, groups, resamples, seed)
    values = _changes(before, after, metrics, np.arange(len(before.ids)))
    shuffled = np.array(chance)
    beyond = np.abs(shuffled) >= np.abs(values) - 1e-12
    p_values = [float(p) for p in (1 + beyond.sum(axis=0)) / (1 + resamples)]
    corrected = holm(p_values)
    return tuple(
        Difference(
            metric.name,
            metric.compute(before),
            metric.compute(after),
            float(values[column]),
            *_interval(np.array(spread)[:, column], confidence),
            p_values[column],
            corrected[column],
            _detectable(np.array(spread)[:, column], confidence),
        )
        for column, metric in enumerate(metrics)
    )


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p-values corrected for their number, step-down; NaN counts as 1."""
    plain = np.nan_to_num(np.array(p_values, dtype=float), nan=1.0)
    order = np.argsort(plain)
    steps = plain[order] * np.arange(len(plain), 0, -1)
    corrected = np.empty(len(plain))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return tuple(float(p) for p in corrected)


def _draws(groups: Sequence[Indices], resamples: int, seed: int) -> list[Indices]:
    random = np.random.default_rng(seed)
    picks = random.integers(0, len(groups), size=(resamples, len(groups)))
    return [np.concatenate([groups[pick] for pick in row]) for row in picks]


def _changes(before: Table, after: Table, metrics: Sequence[Metric], rows: Indices) -> Floats:
    one, other = before.take(rows), after.take(rows)
    return np.array([metric.compute(other) - metric.compute(one) for metric in metrics])


def _chance(
    before: Table,
    after: Table,
    metrics: Sequence[Metric],
    groups: Sequence[Indices],
    resamples: int,
    seed: int,
) -> list[Floats]:
    """Swap the two runs' answers for random groups: the differences of chance alone."""
    random = np.random.default_rng(seed + 1)
    both, size = _joined(before, after), len(before.ids)
    found = []
    for swaps in random.random((resamples, len(groups))) < 0.5:
        swapped = np.zeros(size, dtype=np.int64)
        for rows in (group for group, swap in zip(groups, swaps, strict=True) if swap):
            swapped[rows] = size
        first = np.arange(size) + swapped
        second = np.arange(size) + size - swapped
        one, other = both.take(first), both.take(second)
        found.append(np.array([metric.compute(other) - metric.compute(one) for metric in metrics]))
    return found


def _joined(before: Table, after: Table) -> Table:
    columns = {
        name: np.concatenate([getattr(before, name), getattr(after, name)])
        for name in Table.__slots__
        if name not in ("ids", "groups")
    }
    return Table(before.ids + after.ids, before.groups + after.groups, **columns)


def _figure(
    metric: Metric, table: Table, draws: Sequence[Table], confidence: float, clustered: bool
) -> Figure:
    spread = np.array([metric.compute(draw) for draw in draws])
    low, high = _interval(spread, confidence)
    count = len(table.ids)
    if metric.rate:
        values = metric.rate(table)
        counted = values[~np.isnan(values)]
        count = len(counted)
        if count and low == high and set(counted.tolist()) <= {0.0, 1.0}:
            low, high = _exact_interval(int(counted.sum()), count, confidence)
    detectable = _detectable(spread, confidence) * 2**0.5
    return Figure(metric.name, metric.compute(table), low, high, count, detectable, clustered)


def _interval(spread: Floats, confidence: float) -> tuple[float, float]:
    known = spread[~np.isnan(spread)]
    if not len(known):
        return float("nan"), float("nan")
    tail = 50 * (1 - confidence)
    low, high = np.percentile(known, [tail, 100 - tail])
    return float(low), float(high)


def _exact_interval(successes: int, count: int, confidence: float) -> tuple[float, float]:
    """Return the Clopper-Pearson interval: where all answers agree, resampling sees no doubt."""
    interval = stats.binomtest(successes, count).proportion_ci(confidence, method="exact")
    return float(interval.low), float(interval.high)


def _detectable(spread: Floats, confidence: float) -> float:
    known = spread[~np.isnan(spread)]
    if len(known) < 2:
        return float("nan")
    reach = stats.norm.ppf(1 - (1 - confidence) / 2) + stats.norm.ppf(POWER)
    return float(reach * known.std(ddof=1))
