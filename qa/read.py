"""What it means to read passages for a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Span:
    """A possible answer: half-open code points in the text that was read, and its raw score."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader saw in one text: spans, best first, and its raw score for "not stated here".

    The scores of one reader are comparable between the texts of one question.
    """

    spans: tuple[Span, ...]
    no_answer: float


class Reader(Protocol):
    """Finds possible answers to a question in texts."""

    @property
    def name(self) -> str:
        """Identify the reader and its weights; a calibration belongs to one name."""
        ...

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Read each passage for the question; one Reading a passage, in order."""
        ...
