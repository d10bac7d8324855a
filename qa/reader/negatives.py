"""Unanswerable examples as corpus question answering meets them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import bm25s
import Stemmer

from qa.reader.data import Question, Source
from qa.reader.edit import (
    names_in,
    negate,
    swap_name,
    swap_number,
    swap_opposite,
    swap_roles,
    without_answers,
)
from qa.reader.kindred import swap_kindred
from qa.reader.shape import Example

Kind = Literal["edited", "deleted", "neighbour", "retrieved"]

SHARES: dict[Kind, float] = {"edited": 0.22, "deleted": 0.18, "neighbour": 0.20, "retrieved": 0.40}
"""The kinds' shares among the made negatives; the real unanswerables come on top."""

NEAR = 4
"""How many contexts before and after count as neighbours, mostly of the same article."""


@dataclass(frozen=True, slots=True)
class Place:
    """A question's place: its source's contexts, and the wrong contexts that retrieval found."""

    contexts: Sequence[str]
    question: Question
    retrieved: tuple[str, ...] = ()


def make_negative(place: Place, kind: Kind, rng: random.Random) -> Example | None:
    """Make one unanswerable example of a kind; None where this question allows none."""
    question, context = place.question, place.contexts[place.question.context]
    if kind == "edited":
        changed = _edited(place, rng)
        return None if changed in (None, question.text) else _stated_nowhere(changed, context)
    if kind == "deleted":
        spans = [(answer.start, answer.end) for answer in question.answers]
        return _stated_nowhere(question.text, without_answers(context, spans))
    others = place.retrieved if kind == "retrieved" else _neighbours(place)
    wrong = [text for text in others if not states(text, question)]
    return _stated_nowhere(question.text, rng.choice(wrong) if wrong else None)


def retrieve_wrong(sources: Sequence[Source], depth: int = 8) -> dict[str, tuple[str, ...]]:
    """Find, for each answerable question's id, the best BM25 contexts that lack its answers."""
    contexts = [text for source in sources for text in source.contexts]
    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25()
    index.index(bm25s.tokenize(contexts, stemmer=stemmer, show_progress=False), show_progress=False)
    questions = [q for source in sources for q in source.questions if q.answers]
    owners = [s.contexts[q.context] for s in sources for q in s.questions if q.answers]
    words = bm25s.tokenize([q.text for q in questions], stemmer=stemmer, show_progress=False)
    found, _ = index.retrieve(words, k=depth, show_progress=False)
    return {
        question.id: tuple(
            contexts[i] for i in row if contexts[i] != own and not states(contexts[i], question)
        )
        for question, own, row in zip(questions, owners, found, strict=True)
    }


def _stated_nowhere(question: str | None, passage: str | None) -> Example | None:
    return None if question is None or passage is None else Example(question, passage, 0, 0)


def states(text: str, question: Question) -> bool:
    """Say whether one of the question's answers stands in the text."""
    lower = text.lower()
    return any(answer.text.lower() in lower for answer in question.answers)


def _neighbours(place: Place) -> list[str]:
    own = place.question.context
    low, high = max(0, own - NEAR), min(len(place.contexts), own + NEAR + 1)
    return [place.contexts[i] for i in range(low, high) if i != own]


def _edited(place: Place, rng: random.Random) -> str | None:
    question, context = place.question.text, place.contexts[place.question.context]
    kinds = ["number", "name", "opposite"]
    rng.shuffle(kinds)
    if (draw := rng.random()) < 0.28:
        kinds.insert(0, "negate" if draw < 0.08 else "kindred")
    if rng.random() < 0.6:
        kinds.insert(0, "roles")
    for kind in kinds:
        if kind == "number":
            changed = swap_number(question, context, rng)
        elif kind == "name":
            pool = [context, rng.choice(_neighbours(place) or [context])]
            changed = swap_name(question, [n for text in pool for n in names_in(text)], rng)
        elif kind == "opposite":
            changed = swap_opposite(question, rng)
        elif kind == "roles":
            changed = swap_roles(question, rng)
        elif kind == "kindred":
            changed = swap_kindred(question, context, rng)
        else:
            changed = negate(question, rng)
        if changed is not None:
            return changed
    return None
