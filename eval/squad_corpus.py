"""A SQuAD 2.0 file asked of all its paragraphs together, some right ones taken out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from eval.curve import area_under_risk, auroc, calibration_error
from eval.squad import RIGHT, read_file
from index.chunk import chunk
from index.embedded import EmbeddedCorpus
from index.load import load_bytes
from qa.bootstrap import build_embedder, build_reader
from qa.calibration import SHIPPED, Calibration, Risk, load_calibration
from qa.decide import Decider
from qa.read import Reader
from qa.reader.data import Source
from qa.reader.overlap import f1
from qa.service import Ask, Service
from qa.settings import load_settings

COVERAGE = 0.8
SEED = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question: whether the corpus states its answer, the first answer's F1, its confidence.

    `asked_for` is False for SQuAD's own unanswerable questions.
    """

    stated: bool
    asked_for: bool
    f1: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What an operator sees of a group of questions.

    accuracy: share right among the answered at the threshold; coverage: share answered of the
    stated, false_answers: of the not stated; *_at_80: at the confidence where 80 % of the stated
    are answered, the share answered of the not stated, and the share wrong of the answered.
    """

    questions: int
    stated: int
    accuracy: float
    coverage: float
    false_answers: float
    false_answers_at_80: float
    wrong_at_80: float
    auroc: float
    ece: float
    area_under_risk: float


def corpus(path: Path, delete_gold: float = 0.0) -> dict[str, object]:
    """Ask every question of an index of all paragraphs but a drawn share of them.

    "answerable" leaves SQuAD's own unanswerable questions out, "all" does not. Fractions, with
    the threshold of QUOTH_MAX_ERROR. Raises FormatError.
    """
    settings = load_settings()
    reader = build_reader(settings)
    fitted = load_calibration(settings.calibration or SHIPPED, reader.name)
    outcomes = ask_all(read_file(path), delete_gold, fitted, reader)
    return summary_of(outcomes, delete_gold, fitted, settings.max_error)


def summary_of(
    outcomes: Sequence[Outcome], delete_gold: float, fitted: Calibration, max_error: float
) -> dict[str, object]:
    """Sum up with and without SQuAD's own unanswerable questions."""
    decider = Decider(fitted, max_error)
    asked_for = [one for one in outcomes if one.asked_for]
    return {
        "deleted": delete_gold,
        "max_error": max_error,
        "promised_error": decider.promised,
        "threshold": decider.threshold,
        "calibration_id": fitted.id,
        "answerable": asdict(summarise(asked_for, decider.threshold)),
        "all": asdict(summarise(outcomes, decider.threshold)),
    }


def ask_all(
    source: Source, delete_gold: float, fitted: Calibration, reader: Reader
) -> list[Outcome]:
    """Index the kept paragraphs in a folder of their own and ask everything, threshold 0."""
    settings = load_settings()
    rng = random.Random(SEED)  # noqa: S311 - sampling, not secrets
    kept = {n for n in range(len(source.contexts)) if rng.random() >= delete_gold}
    decider = Decider(replace(fitted, risks=(Risk(1.0, 0.0),)))
    with TemporaryDirectory() as folder:
        index = EmbeddedCorpus(Path(folder), build_embedder(settings), chunk)
        texts = ((number, source.contexts[number]) for number in sorted(kept))
        list(index.add_many(load_bytes(text.encode(), f"{n}.txt") for n, text in texts))
        return list(_outcomes(source, kept, Service(index, reader, decider)))


def _outcomes(source: Source, kept: set[int], service: Service) -> Iterator[Outcome]:
    for question in source.questions:
        answer = service.ask(Ask(question.text, top_k=1))
        gold = [one.text for one in question.answers]
        stated = bool(gold) and question.context in kept
        said = answer.answers[0].text if answer.answers else ""
        overlap = f1(said, gold) if stated else 0.0
        yield Outcome(stated, bool(gold), overlap, answer.confidence.value if said else 0.0)


def summarise(outcomes: Sequence[Outcome], threshold: float) -> Summary:
    """Sum up outcomes at an operator's threshold and at 80 % coverage of the stated."""
    confidence = np.array([one.confidence for one in outcomes])
    stated = np.array([one.stated for one in outcomes])
    right = np.array([one.f1 >= RIGHT for one in outcomes]) & stated
    answered = confidence >= threshold
    eighty = confidence >= np.quantile(confidence[stated], 1.0 - COVERAGE)
    numbers = {
        "accuracy": _mean(right[answered]),
        "coverage": _mean(answered[stated]),
        "false_answers": _mean(answered[~stated]),
        "false_answers_at_80": _mean(eighty[~stated]),
        "wrong_at_80": 1.0 - _mean(right[eighty]),
        "auroc": auroc(confidence, stated),
        "ece": calibration_error(confidence, right),
        "area_under_risk": area_under_risk(confidence, right),
    }
    rounded = {name: round(value, 4) for name, value in numbers.items()}
    return Summary(len(outcomes), int(stated.sum()), **rounded)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
