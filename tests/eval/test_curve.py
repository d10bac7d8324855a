import itertools

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from eval import curve


def random_answers(seed: int, size: int = 60) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    confidence = np.round(chance.random(size), 1 if seed % 2 else 6)  # odd seeds have many ties
    return confidence, chance.random(size) < confidence


@pytest.mark.parametrize("seed", range(20))
def test_auroc_agrees_with_scikit_learn(seed: int) -> None:
    confidence, right = random_answers(seed)
    expected = float(roc_auc_score(right, confidence))
    assert curve.auroc(confidence, right) == pytest.approx(expected, abs=1e-9)


def test_auroc_without_both_kinds_has_no_meaning() -> None:
    assert np.isnan(curve.auroc(np.array([0.1, 0.2]), np.array([True, True])))


@pytest.mark.parametrize("seed", range(20))
def test_calibration_error_agrees_with_its_definition(seed: int) -> None:
    confidence, right = random_answers(seed)
    expected = 0.0
    for low in range(10):
        inside = [
            (c, r)
            for c, r in zip(confidence, right, strict=True)
            if low / 10 <= c and (c < (low + 1) / 10 or low == 9)
        ]
        if inside:
            stated = sum(c for c, _ in inside) / len(inside)
            found = sum(r for _, r in inside) / len(inside)
            expected += len(inside) / len(confidence) * abs(stated - found)
    # bins of tenths: a value such as 0.3 may fall on either side of 0.3 in binary
    if seed % 2 == 0:
        assert curve.calibration_error(confidence, right) == pytest.approx(expected, abs=1e-9)
    bins = curve.reliability(confidence, right)
    summed = sum(one.count * abs(one.confidence - one.right) for one in bins) / len(confidence)
    assert curve.calibration_error(confidence, right) == pytest.approx(summed, abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_area_is_the_mean_over_all_orders_of_ties(seed: int) -> None:
    chance = np.random.default_rng(seed)
    confidence = np.array([0.9, 0.5, 0.5, 0.5, 0.1])
    right = chance.random(5) < 0.5
    areas = []
    for order in itertools.permutations(range(5)):
        if all(confidence[a] >= confidence[b] for a, b in itertools.pairwise(order)):
            wrong = np.cumsum([not right[at] for at in order])
            areas.append(np.mean(wrong / np.arange(1, 6)))
    expected = float(np.mean(areas))
    assert curve.area_under_risk(confidence, right) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_coverage_at_precision_is_the_best_threshold(seed: int) -> None:
    confidence, right = random_answers(seed)
    reachable = [0.0]
    for threshold in set(confidence):
        given = confidence >= threshold
        if right[given].mean() >= 0.8 - 1e-12:
            reachable.append(float(given.mean()))
    found = curve.coverage_at_precision(confidence, right, 0.8)
    assert found == pytest.approx(max(reachable), abs=1e-9)


def test_a_tie_cannot_be_cut() -> None:
    found = curve.risk_coverage(np.array([0.5, 0.5, 0.2]), np.array([True, False, True]))
    assert found.coverage.tolist() == pytest.approx([2 / 3, 1.0])
    assert found.risk.tolist() == pytest.approx([0.5, 1 / 3])
