"""Held-out questions asked for calibration: of their own text, and of a corpus."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from index.document import Found, Hit
from qa.evidence import gather, given
from qa.read import Reader, Reading
from qa.reader.data import Question, Split
from qa.reader.overlap import f1
from qa.retrieve import fuse, to_read

RIGHT = 0.5
"""Word F1 with a gold answer from which an answer counts as right."""


@dataclass(frozen=True, slots=True)
class Option:
    """One span that could be answered: its feature values, and its F1 with the gold answers."""

    values: tuple[float, ...]
    f1: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One question asked once; its options, whether its answer was there, and its group.

    Trials of one group share a context, and stay together when a fit is tried on unseen ones.
    """

    group: str
    answerable: bool
    options: tuple[Option, ...]
    best_dense: float


@dataclass(frozen=True, slots=True)
class Mix:
    """Which questions stand for those of users.

    hidden: share of the answerable that lose their text; unanswerable: share of SQuAD's own
    unanswerable questions, written to mislead, that are asked.
    """

    hidden: float
    unanswerable: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A held-out question, its context's text, and whether that text may be found."""

    question: Question
    context: str
    found: bool

    @property
    def answerable(self) -> bool:
        """Whether the answer can be found."""
        return self.found and bool(self.question.answers)


def given_trials(reader: Reader, asked: Sequence[Asked]) -> Iterator[Trial]:
    """Ask each question of its own context alone."""
    for one in asked:
        readings = reader.read(one.question.text, [one.context])
        yield _trial(one, [given(one.context)], readings)


def corpus_trials(
    reader: Reader,
    search: Callable[[str], Found],
    depth: int,
    asked: Sequence[Asked],
) -> Iterator[Trial]:
    """Ask each question of a corpus; where its context may not be found, its hits are left out."""
    for one in asked:
        hits = [h for h in search(one.question.text).hits if one.found or not _inside(h, one)]
        read = to_read(fuse(hits), depth)
        readings = reader.read(one.question.text, [hit.passage.context for hit in read])
        yield _trial(one, read, readings)


def pick(
    splits: Sequence[Split], names: Sequence[str], most: int, seed: int, mix: Mix
) -> list[Asked]:
    """Draw held-out questions of the named sources, as the mix says."""
    rng = random.Random(seed)  # noqa: S311 - sampling, not secrets
    asked = [
        Asked(question, part.source.contexts[question.context], True)
        for part in splits
        if part.source.name in names
        for question in part.held_out
        if question.answers or rng.random() < mix.unanswerable
    ]
    asked = rng.sample(asked, min(most, len(asked)))
    return [
        replace(one, found=rng.random() >= mix.hidden) if one.question.answers else one
        for one in asked
    ]


def _trial(asked: Asked, hits: Sequence[Hit], readings: Sequence[Reading]) -> Trial:
    gold = [answer.text for answer in asked.question.answers] if asked.answerable else []
    options = []
    for evidence in gather(asked.question.text, hits, readings):
        context, span = hits[evidence.text].passage.context, evidence.span
        right = f1(context[span.start : span.end], gold) if gold else 0.0
        options.append(Option(evidence.values, right))
    dense = max((hit.dense for hit in hits), default=0.0)
    return Trial(asked.context, asked.answerable, tuple(options), dense)


def _inside(hit: Hit, asked: Asked) -> bool:
    return hit.passage.text.strip() in asked.context
