import math

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, R, Success, nDCG

from eval.door import Location, Passage, Place, Source
from eval.gold import Evidence, Gold
from eval.locate import Target
from eval.ranking import MEASURES, NAMES, Ranked, rank_scores, ranked_rows
from eval.run import Row


def reference(found: list[str], grades: dict[str, int]) -> dict[str, float]:
    """Write the definitions out: Järvelin and Kekäläinen (2002) with linear gain, as trec_eval."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    gains = [max(grades.get(name, 0), 0) / math.log2(at + 2) for at, name in enumerate(found[:10])]
    ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:10]
    best = sum(grade / math.log2(at + 2) for at, grade in enumerate(ideal))
    first = next((at for at, name in enumerate(found[:10], 1) if name in relevant), None)
    return {
        "success_at_1": float(bool(relevant & set(found[:1]))),
        "success_at_5": float(bool(relevant & set(found[:5]))),
        "success_at_10": float(bool(relevant & set(found[:10]))),
        "recall_at_10": len(relevant & set(found[:10])) / len(relevant),
        "mrr_at_10": 1 / first if first else 0.0,
        "ndcg_at_10": sum(gains) / best,
    }


def test_measures_agree_with_their_definitions_on_random_runs() -> None:
    chance = np.random.default_rng(11)
    ranked, expected = [], []
    for number in range(300):
        names = [f"d{at}" for at in chance.permutation(30)[: chance.integers(0, 25)]]
        grades = {f"d{at}": int(chance.integers(1, 4)) for at in chance.permutation(30)[:4]}
        ranked.append(Ranked(f"q{number}", tuple(names), tuple(grades.items())))
        expected.append(reference(names, grades))
    for scores, values in zip(rank_scores(ranked), expected, strict=True):
        assert dict(zip(NAMES, scores.values, strict=True)) == pytest.approx(values, abs=1e-9)


def test_a_question_without_any_result_scores_nought_and_stays() -> None:
    empty = Ranked("q1", (), (("a", 1),))
    full = Ranked("q2", ("a",), (("a", 1),))
    assert [set(one.values) for one in rank_scores([empty, full])] == [{0.0}, {1.0}]
    assert [set(one.values) for one in rank_scores([empty])] == [{0.0}]
    assert ir_measures.calc_aggregate(list(MEASURES), {"q": {"a": 1}}, {"q": {"a": 1.0}})


def passage(start: int, end: int) -> Passage:
    return Passage(f"{start}", "", Location(start, end), Source("d", "u"))


def test_labels_are_places_whatever_the_chunking() -> None:
    gold = Gold("g", "?", ("x",), (Evidence("d", "q"),))
    places = (Place("d", 100, 200), Place("d", 500, 600))
    answers = (Place("d", 150, 155), Place("d", 550, 555))
    target = Target(gold, places, answers)

    def values(*passages: Passage) -> dict[str, float]:
        (one,) = rank_scores(ranked_rows([Row(target, None, passages, (), 1.0)]))
        return dict(zip(NAMES, one.values, strict=True))

    small = values(passage(0, 90), passage(140, 160), passage(150, 170), passage(540, 560))
    assert small["mrr_at_10"] == 0.5
    assert small["recall_at_10"] == 1.0
    one_of_two = values(passage(100, 200), passage(100, 200))
    assert one_of_two["recall_at_10"] == 0.5
    assert one_of_two["success_at_1"] == 1.0
    both_at_once = values(passage(0, 1000))
    assert both_at_once["recall_at_10"] == both_at_once["ndcg_at_10"] == 1.0
    cut_through = values(passage(100, 152), passage(152, 200))
    assert cut_through["success_at_10"] == 0.0


def test_the_measures_are_the_named_ones() -> None:
    assert (Success @ 1, Success @ 5, Success @ 10, R @ 10, RR @ 10, nDCG @ 10) == MEASURES
