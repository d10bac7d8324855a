"""From readings to a calibrated decision: which spans are the answer, and how sure that is."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.document import Hit
from qa.calibration import UNCALIBRATED, Calibration, load_calibration
from qa.evidence import gather
from qa.read import Reading, Span

Reason = Literal["nothing_relevant", "not_stated"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of the passage `hits[hit]`, in code points of its context, and its probability."""

    hit: int
    span: Span
    confidence: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Candidates, surest first, and whether the first is sure enough to be given.

    `confidence` is the probability that the first candidate is right, `reason` is None when it
    reaches the threshold.
    """

    candidates: tuple[Candidate, ...]
    confidence: float
    threshold: float
    calibration_id: str
    reason: Reason | None


class Decider:
    """Weighs the evidence for each span by a fitted calibration, and holds it to a threshold.

    The threshold is the one at which at most `max_error` of the given answers were wrong on
    held-out questions. Where the calibration cannot promise that, its most careful row is taken
    and `promised` says which error it stands for.
    """

    def __init__(
        self, calibration: Calibration = UNCALIBRATED, max_error: float | None = None
    ) -> None:
        """`max_error` None takes the calibration's most careful row."""
        row = calibration.risk(0.0 if max_error is None else max_error)
        self._calibration = calibration
        self.threshold = row.threshold
        self.promised = row.max_error
        if max_error is not None and row.max_error > max_error + 1e-9:
            _log.warning(
                "calibration %s cannot promise QUOTH_MAX_ERROR=%g; the most careful it knows is %g",
                calibration.id,
                max_error,
                row.max_error,
            )

    @classmethod
    def load(cls, path: Path, reader: str, max_error: float, setting: str = "corpus") -> Decider:
        """Load the calibration of the reader named `reader`. Raises ReaderUnavailable."""
        return cls(load_calibration(path, reader, setting), max_error)

    def decide(self, question: str, hits: Sequence[Hit], readings: Sequence[Reading]) -> Decision:
        """Rank the spans of all readings; `hits` and `readings` are parallel."""
        found = [
            (self._calibration.logit(evidence.values), evidence)
            for evidence in gather(question, hits, readings)
        ]
        found.sort(key=lambda pair: (-pair[0], pair[1].text, pair[1].span.start))
        candidates = tuple(
            Candidate(evidence.text, evidence.span, self._calibration.probability(logit))
            for logit, evidence in found
        )
        confidence = candidates[0].confidence if candidates else 0.0
        return Decision(
            candidates,
            confidence,
            self.threshold,
            self._calibration.id,
            None if candidates and confidence >= self.threshold else self._reason(hits),
        )

    def _reason(self, hits: Sequence[Hit]) -> Reason:
        """Tell a corpus that is about something else from one that does not state the answer."""
        about = any(hit.dense >= self._calibration.relevant_dense for hit in hits)
        return "not_stated" if about else "nothing_relevant"
