"""SQuAD's answer comparison: normalised exact match and word F1 (Rajpurkar et al. 2016, 2018)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(answer: str) -> str:
    """Lower-case, drop ASCII punctuation, then articles, then surplus white space."""
    plain = answer.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def exact(answer: str, gold: Iterable[str]) -> float:
    """Return 1.0 where the answer equals any gold answer after normalisation, else 0.0.

    No gold answers, or only empty ones, means unanswerable: then "" is right.
    """
    return float(any(normalise(answer) == normalise(text) for text in _gold(gold)))


def f1(answer: str, gold: Iterable[str]) -> float:
    """Return the best word F1 against any gold answer, 0.0 to 1.0; "" matches only no answer."""
    return max(_pair_f1(normalise(answer).split(), normalise(text).split()) for text in _gold(gold))


def _gold(gold: Iterable[str]) -> list[str]:
    return [text for text in gold if normalise(text)] or [""]


def _pair_f1(ours: list[str], theirs: list[str]) -> float:
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(ours), shared / len(theirs)
    return 2 * precision * recall / (precision + recall)
