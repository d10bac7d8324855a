"""The statistics are held by simulation, since their mistakes are invisible in one run."""

import numpy as np
import pytest
from scipy import stats

from eval.metrics import NAMED, Table
from eval.statistics import clusters, differences, figures, holm, mean_figure

WATCHED = [NAMED[name] for name in ("answer_right", "f1", "false_answers", "answerability_auroc")]


def simulated(seed: int, documents: int = 15, each: int = 4, skill: float = 0.6) -> Table:
    """Simulate a run whose questions share the luck of their document."""
    chance = np.random.default_rng(seed)
    luck = np.repeat(chance.normal(0, 0.25, documents), each)
    size = documents * each
    answerable = np.arange(size) % 4 != 0
    answered = chance.random(size) < np.where(answerable, 0.85, 0.3)
    right = answerable & answered & (chance.random(size) < skill + luck)
    share = right.astype(float)
    return Table(
        ids=tuple(str(row) for row in range(size)),
        groups=tuple(str(row // each) for row in range(size)),
        answerable=answerable,
        answered=answered,
        crashed=np.zeros(size, dtype=bool),
        right=right,
        confidence=chance.random(size) * 0.5 + right * 0.3,
        exact=share,
        f1=np.where(answerable, share, ~answered).astype(float),
        quote_right=share,
        quote_precision=share,
        quote_recall=share,
        offsets=np.ones(size),
        milliseconds=chance.random(size),
        ranks=np.zeros((size, 6)),
    )


def test_equal_systems_seldom_raise_an_alarm() -> None:
    """Two runs of one system: after Holm, at most one comparison in twenty may look different."""
    alarms = 0
    trials = 200
    for trial in range(trials):
        found = differences(
            simulated(2 * trial), simulated(2 * trial + 1), WATCHED, resamples=99, seed=trial
        )
        alarms += any(one.p_holm < 0.05 for one in found)
    assert alarms / trials <= 0.05


def test_another_system_does_raise_one() -> None:
    found = differences(
        simulated(1, documents=60), simulated(2, documents=60, skill=0.2), WATCHED, resamples=99
    )
    changed = {one.name: one for one in found}
    assert changed["answer_right"].p_holm < 0.05
    assert changed["answer_right"].high < 0
    assert changed["false_answers"].p_holm > 0.05


def test_the_same_run_differs_by_nothing() -> None:
    table = simulated(3)
    for one in differences(table, table, WATCHED, resamples=99):
        assert (one.value, one.low, one.high, one.p) == (0.0, 0.0, 0.0, 1.0)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    metric = [NAMED["answer_right"]]
    truth = np.mean([metric[0].compute(simulated(seed, documents=400)) for seed in range(40)])
    held = 0
    for seed in range(200):
        (one,) = figures(simulated(seed, documents=30), metric, resamples=200, seed=seed)
        held += one.low <= truth <= one.high
    assert 0.90 <= held / 200 <= 0.985


def test_what_is_called_detectable_is_detected_four_times_in_five() -> None:
    metric = [NAMED["answer_right"]]
    (one,) = figures(simulated(7, documents=60), metric, resamples=300)
    spread = np.std([metric[0].compute(simulated(seed, documents=60)) for seed in range(300)])
    expected = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * spread * 2**0.5
    assert one.detectable == pytest.approx(expected, rel=0.3)


def test_an_interval_is_never_empty_because_all_agree() -> None:
    table = simulated(1)
    (one,) = figures(table, [NAMED["crashes"]], resamples=50)
    assert one.low == one.value == 0.0
    assert one.high == pytest.approx(float(stats.beta.ppf(0.975, 1, len(table.ids))), abs=1e-9)


def test_few_documents_are_not_resampled() -> None:
    assert len(clusters(simulated(1, documents=9))) == 36
    assert len(clusters(simulated(1, documents=10))) == 10


def test_the_same_seed_gives_the_same_figures() -> None:
    one, other = (figures(simulated(5), WATCHED, resamples=100) for _ in range(2))
    assert one == other


def test_other_questions_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="same questions"):
        differences(simulated(1), simulated(1, documents=16), WATCHED, resamples=9)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.5, float("nan")]) == (1.0, 1.0)
    assert holm([]) == ()


def test_the_mean_of_independent_questions() -> None:
    values = np.array([0.0, 1.0] * 50)
    one = mean_figure("x", values)
    half = 1.96 * 0.5 / 10
    assert (one.low, one.high) == pytest.approx((0.5 - half, 0.5 + half), abs=0.02)
