"""From readings to a calibrated decision: which spans are the answer, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.document import Hit
from qa.read import Reading, Span


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
    reason: Literal["nothing_relevant", "not_stated"] | None


class Decider:
    """Decides by the reader's own scores until a calibration is fitted."""

    def decide(self, question: str, hits: Sequence[Hit], readings: Sequence[Reading]) -> Decision:
        """Rank the spans of all readings; `hits` and `readings` are parallel."""
        found = [
            Candidate(number, span, 1.0 / (1.0 + math.exp(reading.no_answer - span.score)))
            for number, reading in enumerate(readings)
            for span in reading.spans
        ]
        found.sort(key=lambda candidate: -candidate.confidence)
        confidence = found[0].confidence if found else 0.0
        reason: Literal["nothing_relevant", "not_stated"] | None = None
        if confidence < 0.5:
            reason = "not_stated" if any(hit.lexical > 0.0 for hit in hits) else "nothing_relevant"
        return Decision(tuple(found), confidence, 0.5, "uncalibrated", reason)
