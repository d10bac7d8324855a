"""From token logits to spans of a text: one decoding, whatever network gave the logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.read import Reading, Span

UNREADABLE = 50.0
"""The no-answer score of a text without a word in it: above every score of a real reading."""

_POOL = 64
"""Best token pairs that are looked at for spans that do not overlap."""


@dataclass(frozen=True, slots=True)
class Logits:
    """What a network said of one window.

    start, end: (tokens,) float; offsets: (tokens, 2) half-open code points of the passage, a row
    of (-1, -1) where a token is not of the passage; verdict: the no-answer score against which
    `base + scale * (start + end)` stands.
    """

    start: NDArray[np.float32]
    end: NDArray[np.float32]
    offsets: NDArray[np.int64]
    base: float
    scale: float
    verdict: float


def decode(logits: Logits, most: int, longest: int) -> Reading:
    """Take the `most` best spans of at most `longest` tokens that do not overlap, best first."""
    places = np.flatnonzero(logits.offsets[:, 1] > logits.offsets[:, 0])
    if not len(places):
        return Reading((), UNREADABLE)
    totals = _totals(logits.start[places], logits.end[places], longest)
    flat = totals.ravel()
    best = np.argsort(-flat, kind="stable")[:_POOL] if len(flat) <= _POOL else _top(flat)
    spans: list[Span] = []
    for place in best:
        if not np.isfinite(flat[place]) or len(spans) == most:
            break
        first, last = divmod(int(place), len(places))
        start, end = logits.offsets[places[first], 0], logits.offsets[places[last], 1]
        if all(end <= other.start or other.end <= start for other in spans):
            score = logits.base + logits.scale * float(flat[place])
            spans.append(Span(int(start), int(end), score))
    return Reading(tuple(spans), logits.verdict)


def merge(windows: Sequence[Reading], most: int) -> Reading:
    """Join the readings of one text's windows; each span keeps its margin over "not stated"."""
    read = [window for window in windows if window.spans]
    if not read:
        return Reading((), UNREADABLE)
    verdict = min(window.no_answer for window in read)
    spans = [
        Span(span.start, span.end, span.score - window.no_answer + verdict)
        for window in read
        for span in window.spans
    ]
    spans.sort(key=lambda span: (-span.score, span.start, span.end))
    kept: list[Span] = []
    for span in spans:
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return Reading(tuple(kept[:most]), verdict)


def _totals(
    start: NDArray[np.float32], end: NDArray[np.float32], longest: int
) -> NDArray[np.float32]:
    """Sum start and end logits for every allowed pair, minus infinity for the others."""
    count = len(start)
    steps = np.arange(count)[None, :] - np.arange(count)[:, None]
    totals = start[:, None] + end[None, :]
    totals[(steps < 0) | (steps >= longest)] = -np.inf
    return totals


def _top(flat: NDArray[np.float32]) -> NDArray[np.intp]:
    best = np.argpartition(-flat, _POOL)[:_POOL]
    return best[np.lexsort((best, -flat[best]))]
