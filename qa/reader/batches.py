"""A pass over the training questions as mixed, restyled, cropped, length-sorted batches."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tokenizers import Tokenizer

from qa.reader.collate import Batch, Row, collate
from qa.reader.data import RECIPES, Question, Recipe, Source, Split
from qa.reader.negatives import SHARES, Kind, Place, make_negative, states
from qa.reader.rename import Renamer
from qa.reader.shape import Example, crop, likely_place, reshape, restyle
from qa.reader.style import wording

LONGEST = 256
"""Tokens of the longest training window, question and special tokens included."""

POOL = 40
"""Batches that are sorted by length together."""

RENAMED = 0.35
"""The share of examples whose names and years are exchanged, drawn without a look at the label."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One example to be made: which question, and as what; "own" takes it as it stands."""

    source: Source
    question: Question
    kind: Kind | None


class Mixer:
    """Draws passes over the training questions."""

    def __init__(
        self,
        splits: Sequence[Split],
        wrong: dict[str, tuple[str, ...]],
        made_share: float = 0.36,
        recipes: Mapping[str, Recipe] = RECIPES,
    ) -> None:
        """`wrong` maps question ids to wrong contexts; `made_share` is negatives per positive."""
        self._splits = splits
        self._wrong = wrong
        self._made = made_share
        self._recipes = recipes
        self._wording = wording(splits)
        self._renamer = Renamer(text for part in splits for text in part.source.contexts)

    def plan(self, rng: random.Random) -> list[Draw]:
        """Draw one pass: which questions are asked, and how each becomes an example."""
        draws: list[Draw] = []
        for part in self._splits:
            recipe = self._recipes[part.source.name]
            for question in part.training:
                draws += self._asked(part, question, recipe, rng)
                if question.answers:
                    made = _times(self._made * 1.7 * min(1.0, recipe.positives), rng)
                    draws += [Draw(part.source, question, self._kind(recipe, rng))] * made
            for name, questions in (("written", part.written), ("reworded", part.reworded)):
                for question in questions:
                    draws += self._asked(part, question, self._recipes[name], rng)
        rng.shuffle(draws)
        return draws

    def make(self, draw: Draw, limit: int, rng: random.Random) -> Example | None:
        """Make a draw's example, cropped to about `limit` code points of passage."""
        example = self._raw(draw, rng)
        if example is None:
            return None
        contexts, own = draw.source.contexts, draw.question.context
        beside = (own + step for step in (-1, 1))
        near = [contexts[i] if 0 <= i < len(contexts) else "" for i in beside]
        before, after = ("" if states(text, draw.question) else text for text in near)
        example = self._cropped(draw, reshape(example, before, after, rng), limit, rng)
        if rng.random() < RENAMED:
            example = self._renamer.rename(example, rng)
        retyped = restyle(example.question, example.passage, rng)
        told = self._wording.get(draw.question.id, 0.0) if draw.kind is None else 0.0
        return replace(example, question=retyped, wording=told)

    @staticmethod
    def _cropped(draw: Draw, example: Example, limit: int, rng: random.Random) -> Example:
        if draw.kind == "edited":
            answer = rng.choice(draw.question.answers).text
            place = example.passage.find(answer)
            if place >= 0:
                return _cropped_near(example, place, place + len(answer), limit, rng)
        if draw.kind is None and not example.answerable:
            return _cropped_near(example, *likely_place(example), limit, rng)
        return crop(example, limit, rng)

    @staticmethod
    def _asked(part: Split, question: Question, recipe: Recipe, rng: random.Random) -> list[Draw]:
        share = recipe.positives if question.answers else recipe.unanswerable
        return [Draw(part.source, question, None)] * _times(share, rng)

    def _raw(self, draw: Draw, rng: random.Random) -> Example | None:
        contexts, question = draw.source.contexts, draw.question
        if draw.kind is not None:
            place = Place(contexts, question, self._wrong.get(question.id, ()))
            return make_negative(place, draw.kind, rng)
        if not question.answers:
            return Example(question.text, contexts[question.context], 0, 0)
        answer = rng.choice(question.answers)
        return Example(question.text, contexts[question.context], answer.start, answer.end)

    @staticmethod
    def _kind(recipe: Recipe, rng: random.Random) -> Kind:
        kinds = list(SHARES)
        kind = rng.choices(kinds, [SHARES[k] for k in kinds])[0]
        return "retrieved" if kind == "neighbour" and not recipe.neighbours else kind


def batches(
    draws: Sequence[Draw], mixer: Mixer, tokenizer: Tokenizer, size: int, rng: random.Random
) -> Iterator[Batch]:
    """Yield the draws' batches; each pool of batches is sorted by length, then shuffled."""
    for first in range(0, len(draws), size * POOL):
        pool = [mixer.make(d, _limit(rng), rng) for d in draws[first : first + size * POOL]]
        rows = encode([example for example in pool if example is not None], tokenizer)
        rows.sort(key=lambda row: len(row.encoding.ids))
        groups = [rows[i : i + size] for i in range(0, len(rows), size)]
        rng.shuffle(groups)
        yield from (collate(group) for group in groups if len(group) > size // 2)


def encode(examples: Sequence[Example], tokenizer: Tokenizer) -> list[Row]:
    """Encode the pairs; an example whose answer fell behind the longest window is dropped."""
    pairs = [(example.question, example.passage) for example in examples]
    rows = []
    for example, encoding in zip(examples, tokenizer.encode_batch(pairs), strict=True):
        if not example.answerable:
            rows.append(Row(encoding, 0, 0, False, example.wording))
            continue
        inside = [
            i
            for i, ((a, b), side) in enumerate(
                zip(encoding.offsets, encoding.sequence_ids, strict=True)
            )
            if side == 1 and a < example.end and example.start < b
        ]
        if inside and encoding.offsets[inside[-1]][1] >= example.end:
            rows.append(Row(encoding, inside[0], inside[-1], True, example.wording))
    return rows


def _cropped_near(
    example: Example, start: int, end: int, limit: int, rng: random.Random
) -> Example:
    """Crop an unanswerable question's passage around the place where it would mislead."""
    kept = crop(Example(example.question, example.passage, start, end), limit, rng)
    return Example(kept.question, kept.passage, 0, 0)


def _times(share: float, rng: random.Random) -> int:
    return int(share) + (rng.random() < share % 1.0)


def _limit(rng: random.Random) -> int:
    """Draw a window's length in code points: short windows cost less, long ones are met too."""
    return rng.choices((340, 480, 660, 950), (0.4, 0.35, 0.15, 0.1))[0]
