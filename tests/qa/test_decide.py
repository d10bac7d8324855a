import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given as given_by
from hypothesis import strategies as st

from qa.calibration import UNCALIBRATED, Risk, digest, load_calibration
from qa.decide import Decider
from qa.errors import ReaderUnavailable
from qa.evidence import FEATURES, gather, given
from qa.read import Reading, Span

TEXTS = ("It opened in 1932 in Bremen.", "In 1932 it was opened.", "Nothing of it is here.")
READINGS = (
    Reading((Span(13, 17, 4.0), Span(21, 27, 1.0)), -1.0),
    Reading((Span(3, 7, 2.0),), 0.0),
    Reading((), 50.0),
)
HITS = tuple(replace(given(text), dense=0.6, score=0.7) for text in TEXTS)

FITTED = replace(
    UNCALIBRATED, id="abc", risks=(Risk(0.03, 0.9), Risk(0.1, 0.6)), relevant_dense=0.3
)


def write(path: Path, **changes: object) -> Path:
    section = {
        "weights": [0.1] * len(FEATURES),
        "intercept": -1.0,
        "logits": [-1.0, 0.0, 2.0],
        "probabilities": [0.1, 0.4, 0.8],
        "risks": [[0.05, 0.7]],
        "relevant_dense": 0.2,
        "best_f1": 0.5,
    }
    card = {"reader": "quoth-1", "features": list(FEATURES), "corpus": section, **changes}
    path.write_text(json.dumps(card))
    return path


def test_the_surest_span_comes_first_and_only_other_answers_are_its_rivals() -> None:
    decision = Decider(FITTED, 0.1).decide("When did it open?", HITS, READINGS)
    first = decision.candidates[0]
    assert TEXTS[first.hit][first.span.start : first.span.end] == "1932"
    assert decision.confidence == first.confidence
    assert decision.reason is None
    found = {
        (e.text, e.span.start): dict(zip(FEATURES, e.values, strict=True))
        for e in gather("When did it open in 1932?", HITS, READINGS)
    }
    assert found[0, 13]["numbers_missing"] == 0.0
    assert found[0, 13]["rival"] == 10.0
    assert found[0, 21]["rival"] == 0.0


def test_an_abstention_tells_why() -> None:
    unsure = [Reading((Span(0, 2, -3.0),), 0.0)] * 3
    decider = Decider(FITTED, 0.1)
    assert decider.decide("When?", HITS, unsure).reason == "not_stated"
    far = [replace(hit, dense=0.1) for hit in HITS]
    assert decider.decide("When?", far, unsure).reason == "nothing_relevant"
    assert decider.decide("When?", (), ()).reason == "nothing_relevant"
    assert decider.decide("When?", HITS, [Reading((), 50.0)] * 3).confidence == 0.0


def test_the_operator_chooses_the_error(caplog: pytest.LogCaptureFixture) -> None:
    assert Decider(FITTED, 0.1).threshold == 0.6
    assert Decider(FITTED, 0.07).threshold == 0.9
    assert not caplog.records
    careful = Decider(FITTED, 0.01)
    assert (careful.threshold, careful.promised) == (0.9, 0.03)
    assert "cannot promise QUOTH_MAX_ERROR=0.01" in caplog.text


def test_a_calibration_is_read_and_named_by_its_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "calibration.json")
    fitted = load_calibration(path, "quoth-1")
    assert fitted.id == digest(json.loads(path.read_text()))
    assert fitted.logit([1.0] * len(FEATURES)) == pytest.approx(0.1 * len(FEATURES) - 1.0)
    assert [fitted.probability(x) for x in (-9.0, -0.5, 1.0, 9.0)] == [
        0.1,
        0.25,
        0.6000000000000001,
        0.8,
    ]
    decider = Decider.load(path, "quoth-1", 0.05)
    assert decider.threshold == 0.7


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reader": "other"}, "fitted for the reader 'other'"),
        ({"features": ["margin"]}, "weighs margin; .* Fit one with `quoth calibrate`"),
        ({"features": None}, "TypeError"),
        ({"corpus": {}}, "KeyError"),
    ],
)
def test_a_wrong_calibration_is_refused(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = write(tmp_path / "calibration.json", **changes)
    with pytest.raises(ReaderUnavailable, match=message):
        load_calibration(path, "quoth-1")
    with pytest.raises(ReaderUnavailable, match="quoth calibrate"):
        load_calibration(tmp_path / "none.json", "quoth-1")


@given_by(st.lists(st.floats(-40, 40), min_size=2, max_size=30))
def test_more_margin_is_never_less_sure(margins: list[float]) -> None:
    ordered = sorted(margins)
    sure = [UNCALIBRATED.probability(margin) for margin in ordered]
    assert sure == sorted(sure)
    assert all(0.0 <= value <= 1.0 for value in sure)
