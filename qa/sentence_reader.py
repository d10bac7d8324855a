"""The interim reader: the sentence that is nearest to the question by the embedding model."""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.sentences import sentence_spans
from qa.read import Reading, Span

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_COUNTING = re.compile(r"\b(how (many|much|old|far|long)|when|what year|which year)\b", re.I)


class SentenceReader:
    """Takes each sentence as a span, scored by cosine; marks the number where one is asked for."""

    def __init__(self, embed: Callable[[Sequence[str]], NDArray[np.float32]]) -> None:
        self._embed = embed
        self.name = "sentence"

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Read each passage for the question; scores are scaled cosines against 0.5."""
        return [self._read(question, passage) for passage in passages]

    def _read(self, question: str, passage: str) -> Reading:
        bounds = [bound for bound in sentence_spans(passage) if passage[slice(*bound)].strip()]
        if not bounds:
            return Reading((), 5.0)
        vectors = self._embed([question, *(passage[start:end] for start, end in bounds)])
        spans = [
            self._span(question, passage, bound, float(score))
            for bound, score in zip(bounds, vectors[1:] @ vectors[0], strict=True)
        ]
        return Reading(tuple(sorted(spans, key=lambda span: -span.score)), 5.0)

    @staticmethod
    def _span(question: str, passage: str, bound: tuple[int, int], score: float) -> Span:
        start, end = bound
        number = _NUMBER.search(passage, start, end) if _COUNTING.search(question) else None
        if number:
            return Span(number.start(), number.end(), 10.0 * score)
        inner = passage[start:end]
        start, end = end - len(inner.lstrip()), start + len(inner.rstrip())
        return Span(start, end, 10.0 * score)
