"""Sentence borders as offsets."""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

Span = tuple[int, int]

# Paragraphs stay far below. The library's time grows with the square of some texts (backticks).
_WINDOW = 10_000
_BREAKS = (
    re.compile(r".*\n", re.DOTALL),
    re.compile(r".*[.!?।。]\s", re.DOTALL),
    re.compile(r".*\s"),
)


def sentence_spans(text: str, language: str | None = None) -> list[Span]:
    """Return the half-open code point spans of the sentences; they join up to the text exactly.

    A span keeps the white space that follows its sentence. Abbreviations (`U.S.`, `J D Vance`),
    grouped numbers (`12,34,567`) and quoted sentences with their speaker stay whole. `language` is
    an ISO 639-1 code; English rules stand in where it is unknown. A text of more than 10,000 code
    points is taken in windows that end at a line, a sentence or a space, if there is one.
    """
    spans: list[Span] = []
    for start, end in _windows(text):
        borders = get_sentence_boundaries(language or "en", text[start:end])
        spans.extend(
            (start + border["start_index"], start + border["end_index"]) for border in borders
        )
    return spans


def _windows(text: str) -> Iterator[Span]:
    start = 0
    while len(text) - start > _WINDOW:
        window = text[start : start + _WINDOW]
        found = (pattern.match(window) for pattern in _BREAKS)
        end = next((start + match.end() for match in found if match), start + _WINDOW)
        yield start, end
        start = end
    yield start, len(text)
