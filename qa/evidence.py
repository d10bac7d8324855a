"""What speaks for and against a span, as numbers that a calibration can weigh."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.document import Hit, Passage
from qa.numbers import numbers_agree
from qa.read import Reading, Span

FEATURES = (
    "margin",
    "inside",
    "rival",
    "fused",
    "rank",
    "numbers_missing",
    "names_missing",
    "beside",
    "paired",
)
"""The numbers' names, in the order of `Evidence.values`.

margin: the span's score above its text's no-answer score; inside: log share of the span among its
text's spans; rival: margin above the best different answer of another text; fused: the retrieval
score; rank: log of the text's place; numbers_missing, names_missing: the question's numbers and
capitalised words that are not in the text; beside: share of its content words in the span's own
sentence; paired: share of its neighbouring content words that stand close together in the text
too, as `Danish ships` seldom do in a text about Spanish ships in Denmark.
"""

_BOUND = 30.0
_CLOSE = 3
"""Words between which two neighbours of the question still count as close in a text."""

_WORD = re.compile(r"\w+")
_GROUPED = re.compile(r"(?<=\d),(?=\d{2,3}\b|\d{2,3},)")
_BORDERS = (". ", "! ", "? ", "\n")
_EMPTY_WORDS = """
a an the is are was were be been do does did of in on at to for by with what which who whom whose
when where how why that this these those it its as from and or has have had many much there their
they he she his her him them not can could will would should
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of `readings[text]` and its feature values."""

    text: int
    span: Span
    values: tuple[float, ...]


def given(text: str) -> Hit:
    """Make the hit of a text that was handed over, not searched for."""
    passage = Passage("", "", "paragraph", 0, len(text), text, 0, len(text), text)
    return Hit(passage, dense=0.0, lexical=0.0)


def gather(question: str, hits: Sequence[Hit], readings: Sequence[Reading]) -> list[Evidence]:
    """Describe every span of the readings; `hits` and `readings` are parallel."""
    words = [
        [_spoken(hit.passage.context[span.start : span.end]) for span in reading.spans]
        for hit, reading in zip(hits, readings, strict=True)
    ]
    content = _content(question)
    found = []
    for place, (hit, reading) in enumerate(zip(hits, readings, strict=True)):
        text = hit.passage.context
        shared = (hit.score, math.log1p(place), *_missing(question, text))
        paired = _paired(content, text)
        for span, spoken in zip(reading.spans, words[place], strict=True):
            margin = span.score - reading.no_answer
            rival = _rival(margin, spoken, place, readings, words)
            own = (margin, _inside(span, reading), rival)
            near = (_covered(content, _sentence(text, span)), paired)
            values = tuple(max(-_BOUND, min(_BOUND, v)) for v in (*own, *shared, *near))
            found.append(Evidence(place, span, values))
    return found


def _rival(
    margin: float,
    spoken: str,
    place: int,
    readings: Sequence[Reading],
    words: Sequence[Sequence[str]],
) -> float:
    """Return the margin above the best different answer of another text, bounded by 10."""
    others = [
        span.score - reading.no_answer
        for number, (reading, said) in enumerate(zip(readings, words, strict=True))
        for span, theirs in zip(reading.spans, said, strict=True)
        if number != place and not _same(spoken, theirs)
    ]
    return max(-10.0, min(10.0, margin - max(others, default=-10.0)))


def _inside(span: Span, reading: Reading) -> float:
    """Return the log share of a span among its reading's spans."""
    top = max(other.score for other in reading.spans)
    total = sum(math.exp(max(-_BOUND, other.score - top)) for other in reading.spans)
    return span.score - top - math.log(total)


def _missing(question: str, text: str) -> tuple[float, float]:
    """Return how many of the question's numbers and of its names the text lacks."""
    known = {word.lower() for word in _WORD.findall(text)}
    asked = _WORD.findall(question)
    numbers = [word for word in asked if word[0].isdigit()]
    names = [word for word in asked[1:] if word[0].isupper() and word.lower() not in _EMPTY]
    missing = [word for word in numbers if word not in known]
    unnamed = [word for word in names if not _mentioned(word.lower(), known)]
    return min(2.0, float(len(missing))), min(3.0, float(len(unnamed)))


def _content(question: str) -> list[str]:
    words = (word.lower() for word in _WORD.findall(question))
    return [word for word in words if word not in _EMPTY]


def _covered(content: Sequence[str], text: str) -> float:
    """Return the share of content words that a text mentions, 1.0 without any."""
    known = {word.lower() for word in _WORD.findall(text)}
    return sum(_mentioned(word, known) for word in content) / len(content) if content else 1.0


def _paired(content: Sequence[str], text: str) -> float:
    """Return the share of neighbours in a question that are near in a text, 1.0 without any."""
    pairs = list(pairwise(content))
    words = [word.lower() for word in _WORD.findall(text)]
    places = {
        word: [i for i, other in enumerate(words) if _mentioned(word, {other})]
        for word in dict.fromkeys(content)
    }
    near = [
        any(0 < abs(i - j) <= _CLOSE for i in places[first] for j in places[second])
        for first, second in pairs
    ]
    return sum(near) / len(pairs) if pairs else 1.0


def _sentence(text: str, span: Span) -> str:
    """Return the sentence around a span, cut at plain punctuation."""
    start = max(text.rfind(border, 0, span.start) + len(border) for border in _BORDERS)
    ends = [text.find(border, span.end) for border in _BORDERS]
    end = min((place for place in ends if place >= 0), default=len(text))
    return text[start if start > 1 else 0 : end]


def _mentioned(word: str, known: set[str]) -> bool:
    """Say whether a word, or one with the same beginning, is among the known words."""
    if word in known:
        return True
    stem = word[: max(4, len(word) - 3)]
    return len(word) > 4 and any(other.startswith(stem) for other in known)


def _spoken(text: str) -> str:
    """Return a span's words for comparison: lower case, without punctuation and articles."""
    words = (word.lower() for word in _WORD.findall(_GROUPED.sub("", text)))
    return " ".join(word for word in words if word not in {"a", "an", "the"})


def _same(one: str, other: str) -> bool:
    """Say whether two normalised answers are one: equal, one inside the other, or rounded."""
    if not one or not other:
        return False
    inside = f" {one} " in f" {other} " or f" {other} " in f" {one} "
    return inside or numbers_agree(one, other)
