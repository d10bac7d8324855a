"""Another word of the same kind in a word's place, by the encoder's own word vectors."""

from __future__ import annotations

import random
import re
from functools import cache

from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from qa.reader.base import encoder_folder, pair_tokenizer
from qa.reader.shape import STOP_WORDS

NEAREST, FARTHEST = 0.34, 0.15
"""Cosines between which two words are of a kind, but seldom the same: closer ones are synonyms."""

_WORD = re.compile(r"\b[a-z]{4,}\b")
_ENDINGS = ("ing", "ed", "ly", "s", "")


def swap_kindred(question: str, passage: str, rng: random.Random) -> str | None:
    """Put a word of the passage, of the same kind and ending, in the place of a question's word.

    None where the passage has none. `oxygen` gives way to `hydrogen`, `plague` to `smallpox`.
    """
    vocabulary, vectors = _vectors()
    asked = {word[:4] for word in _WORD.findall(question.lower())}
    words = [m for m in _WORD.finditer(question) if _known(m.group(), vocabulary)]
    others: list[str] = [
        word
        for word in sorted(set(_WORD.findall(passage)))
        if _known(word, vocabulary) and word[:4] not in asked
    ]
    if not words or not others:
        return None
    rows = vectors[[vocabulary[m.group()] for m in words]]
    cosines = (rows @ vectors[[vocabulary[word] for word in others]].T).tolist()
    pairs = [
        (match, other)
        for match, row in zip(words, cosines, strict=True)
        for other, cosine in zip(others, row, strict=True)
        if FARTHEST < cosine < NEAREST and _ending(match.group()) == _ending(other)
    ]
    if not pairs:
        return None
    match, other = rng.choice(pairs)
    return question[: match.start()] + other + question[match.end() :]


@cache
def _vectors() -> tuple[dict[str, int], Tensor]:
    """Return the word pieces' rows and their unit vectors, the mean taken off, (pieces, width)."""
    bert = load_file(encoder_folder() / "model.safetensors")
    vectors = bert["embeddings.word_embeddings.weight"].float()
    return pair_tokenizer(64).get_vocab(), functional.normalize(vectors - vectors.mean(0), dim=-1)


def _known(word: str, vocabulary: dict[str, int]) -> bool:
    return word in vocabulary and word not in STOP_WORDS


def _ending(word: str) -> str:
    return next(ending for ending in _ENDINGS if word.endswith(ending))
