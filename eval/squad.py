"""A SQuAD 2.0 file, each question read with its own paragraph: the field's published figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import error as ZlibError  # noqa: N812 - it is an exception class

import numpy as np

from eval.curve import auroc, calibration_error
from eval.errors import FormatError
from qa.bootstrap import build_reader
from qa.calibration import SHIPPED, load_calibration
from qa.decide import Decider
from qa.evidence import given
from qa.read import Reader
from qa.reader.data import Source, load_source
from qa.reader.overlap import exact, f1
from qa.settings import load_settings

RIGHT = 0.5
"""Word F1 with a gold answer from which an answer counts as right in the calibration error."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One question: its gold answers (none: unanswerable), the best span, and its confidence."""

    id: str
    gold: tuple[str, ...]
    answer: str
    confidence: float


def given_context(path: Path) -> dict[str, float]:
    """Read each question with its own paragraph and compare with gold at the fitted threshold.

    Percent, but auroc and ece are fractions. The threshold and the calibration come from
    held-out training questions, never from `path`. Raises FormatError.
    """
    settings = load_settings()
    reader = build_reader(settings)
    fitted = load_calibration(settings.calibration or SHIPPED, reader.name, "given")
    return figures(judge(read_file(path), reader, Decider(fitted)), fitted.best_f1)


def read_file(path: Path) -> Source:
    """Read a SQuAD file, plain or gzip. Raises FormatError."""
    try:
        return load_source(path)
    except (ValueError, KeyError, TypeError, ZlibError, EOFError) as error:
        raise FormatError(str(path), f"is not a SQuAD file: {error!r}") from error


def judge(source: Source, reader: Reader, decider: Decider) -> list[Judged]:
    """Take the best span of each question's own paragraph."""
    judged = []
    for question in source.questions:
        text = source.contexts[question.context]
        decision = decider.decide(question.text, [given(text)], reader.read(question.text, [text]))
        span = decision.candidates[0].span if decision.candidates else None
        answer = text[span.start : span.end] if span else ""
        gold = tuple(answer.text for answer in question.answers)
        judged.append(Judged(question.id, gold, answer, decision.confidence))
    return judged


def figures(judged: Sequence[Judged], threshold: float) -> dict[str, float]:
    """Score the answers of at least `threshold` confidence, and abstentions for the others."""
    told = [one.answer if one.confidence >= threshold else "" for one in judged]
    exacts = np.array([exact(text, one.gold) for text, one in zip(told, judged, strict=True)])
    overlaps = np.array([f1(text, one.gold) for text, one in zip(told, judged, strict=True)])
    stated = np.array([bool(one.gold) for one in judged])
    confidence = np.array([one.confidence for one in judged])
    right = np.array([bool(one.gold) and f1(one.answer, one.gold) >= RIGHT for one in judged])
    return {
        "total": len(judged),
        "exact": _percent(exacts),
        "f1": _percent(overlaps),
        "HasAns_exact": _percent(exacts[stated]),
        "HasAns_f1": _percent(overlaps[stated]),
        "NoAns_f1": _percent(overlaps[~stated]),
        "auroc": round(auroc(confidence, stated), 4),
        "ece": round(calibration_error(confidence, right), 4),
    }


def _percent(values: np.ndarray) -> float:
    return round(100.0 * float(values.mean()), 2) if len(values) else float("nan")
