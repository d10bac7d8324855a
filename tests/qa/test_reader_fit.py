import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa.calibration import load_calibration
from qa.evidence import FEATURES, given
from qa.read import Reading, Span
from qa.reader.data import Answer, Question, Source, Split
from qa.reader.fit import fit
from qa.reader.trials import Asked, Mix, Option, Trial, corpus_trials, given_trials, pick
from tests.fakes import FakeCorpus, FakeReader, make_document


def trials(count: int = 600) -> list[Trial]:
    """Make trials whose first feature tells how likely an answer is right."""
    rng = np.random.default_rng(4)
    made = []
    for number in range(count):
        margin = float(rng.normal())
        right = bool(rng.random() < 1 / (1 + np.exp(-3 * margin)))
        values = (margin, *(float(x) for x in rng.normal(size=len(FEATURES) - 1)))
        other = (margin - 4, *(0.0 for _ in FEATURES[1:]))
        options = (Option(values, float(right)), Option(other, 0.0))
        made.append(Trial(f"context {number // 3}", right, options, 0.5 + 0.1 * right))
    return made


def test_a_fit_is_calibrated_and_its_thresholds_keep_the_error(tmp_path: Path) -> None:
    section = fit(trials())
    about = section.pop("about")
    assert about["ece"] < 0.05
    assert about["auroc_right"] > 0.85
    assert section["best_f1"] == pytest.approx(0.5, abs=0.08)
    card = {"reader": "r", "features": FEATURES, "corpus": section}
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(card))
    fitted = load_calibration(path, "r")
    thresholds = [row.threshold for row in fitted.risks]
    assert thresholds == sorted(thresholds, reverse=True)
    fresh = [
        (fitted.probability(fitted.logit(t.options[0].values)), t.answerable) for t in trials()
    ]
    given_answers = [right for sure, right in fresh if sure >= fitted.risk(0.1).threshold]
    assert len(given_answers) > 50
    assert 1 - np.mean(given_answers) < 0.16


def test_two_spans_that_are_both_right_do_not_speak_against_each_other() -> None:
    twice = [replace(one, options=(one.options[0], *one.options)) for one in trials()]
    once, both = fit(trials()), fit(twice)
    assert both["weights"][0] == pytest.approx(once["weights"][0], rel=0.1)
    assert both["intercept"] == pytest.approx(once["intercept"] - math.log(2), abs=0.15)


def test_trials_ask_with_and_without_the_right_text() -> None:
    text = "The toll was 12 crowns in the year of the flood."
    start = text.index("12")
    question = Question("q", "How much was the toll?", (Answer(start, "12"),), 0)
    alone = list(given_trials(FakeReader(), [Asked(question, text, True)]))
    assert alone[0].answerable
    assert alone[0].options[0].f1 == 1.0
    corpus = FakeCorpus()
    corpus.add(make_document(text, "a.txt"))
    corpus.add(make_document("The toll was 30 crowns.", "b.txt"))
    asked = [Asked(question, text, True), Asked(question, text, False)]
    found, hidden = corpus_trials(FakeReader(), lambda q: corpus.search([q], 9)[0], 6, asked)
    assert max(option.f1 for option in found.options) == 1.0
    assert not hidden.answerable
    assert len(hidden.options) < len(found.options)


def test_picking_hides_some_of_the_answerable() -> None:
    questions = tuple(
        Question(str(n), "?", (Answer(0, "a"),) if n % 2 else (), n) for n in range(100)
    )
    part = Split(Source("s", ("a",) * 100, questions, ""), (), questions)
    asked = pick([part], ["s"], 80, seed=1, mix=Mix(0.5, 1.0))
    assert len(asked) == 80
    assert {one.found for one in asked if one.question.answers} == {True, False}
    assert all(one.found for one in asked if not one.question.answers)
    assert pick([part], ["other"], 80, seed=1, mix=Mix(0.5, 1.0)) == []


def test_a_given_text_is_a_hit_without_retrieval() -> None:
    assert given("abc").passage.context == "abc"
    assert Reading((Span(0, 3, 1.0),), 0.0).spans[0].end == 3
