"""Quick held-out figures while a reader trains: spans, and answerability."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import Tensor

from qa.reader.batches import encode
from qa.reader.collate import Row, collate
from qa.reader.data import Question, Split
from qa.reader.model import ReaderModel
from qa.reader.overlap import f1
from qa.reader.shape import Example

LONGEST_ANSWER = 30
"""Tokens of the longest span that is searched."""


@dataclass(frozen=True, slots=True)
class Figures:
    """F1 of the best span where there is an answer (percent), and AUROC of two no-answer scores.

    auroc judges by the answerability output, span_auroc by best span against [CLS], both_auroc
    by their sum.
    """

    has_answer_f1: float
    auroc: float
    span_auroc: float
    both_auroc: float

    def __str__(self) -> str:
        """Write the figures in one line."""
        return (
            f"HasAns F1 {self.has_answer_f1:.1f}  AUROC {self.auroc:.3f} "
            f"(span {self.span_auroc:.3f}, both {self.both_auroc:.3f})"
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """Held-out questions with their contexts, as many unanswerable as answerable where possible."""

    questions: tuple[Question, ...]
    contexts: tuple[str, ...]


def draw_sample(splits: Sequence[Split], size: int, seed: int) -> Sample:
    """Draw held-out questions of the sources that have real unanswerable ones."""
    pools: dict[bool, list[tuple[Question, str]]] = {True: [], False: []}
    for part in splits:
        if any(not question.answers for question in part.held_out):
            for question in part.held_out:
                text = part.source.contexts[question.context]
                pools[bool(question.answers)].append((question, text))
    rng = random.Random(seed)  # noqa: S311 - sampling, not secrets
    chosen = [p for pool in pools.values() for p in rng.sample(pool, min(len(pool), size // 2))]
    return Sample(tuple(q for q, _ in chosen), tuple(text for _, text in chosen))


@torch.inference_mode()
def measure(model: ReaderModel, sample: Sample, tokenizer: Tokenizer) -> Figures:
    """Read each question with its own context and compare with its gold answers."""
    pairs = zip(sample.questions, sample.contexts, strict=True)
    rows = encode([Example(q.text, text, 0, 0) for q, text in pairs], tokenizer)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].encoding.ids))
    judged, margins, overlaps, truth = [], [], [], []
    for first in range(0, len(order), 32):
        group = order[first : first + 32]
        batch = collate([rows[i] for i in group])
        scores = model(batch.tokens, batch.segments, batch.padding)
        for place, i in enumerate(group):
            start, end = scores.start[place], scores.end[place]
            a, b, best = best_span(start, end)
            question, text = sample.questions[i], sample.contexts[i]
            judged.append(float(scores.answerable[place]))
            margins.append(best - float(start[0] + end[0]))
            truth.append(bool(question.answers))
            if question.answers:
                answer = _slice(rows[i], text, a, b)
                overlaps.append(f1(answer, [gold.text for gold in question.answers]))
    both = [j + 0.5 * m for j, m in zip(judged, margins, strict=True)]
    return Figures(
        100.0 * sum(overlaps) / max(1, len(overlaps)),
        float(roc_auc_score(truth, judged)),
        float(roc_auc_score(truth, margins)),
        float(roc_auc_score(truth, both)),
    )


def best_span(start: Tensor, end: Tensor) -> tuple[int, int, float]:
    """Return the best span's first and last token and its summed logits; [CLS] is no span."""
    pairs = start[1:, None] + end[None, 1:]
    allowed = torch.ones_like(pairs, dtype=torch.bool).triu().tril(LONGEST_ANSWER - 1)
    pairs = pairs.masked_fill(~allowed, -torch.inf)
    place = int(pairs.argmax())
    first, last = divmod(place, pairs.shape[1])
    return first + 1, last + 1, float(pairs.flatten()[place])


def _slice(row: Row, text: str, first: int, last: int) -> str:
    offsets = row.encoding.offsets
    return text[offsets[first][0] : offsets[last][1]]
