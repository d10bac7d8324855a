"""The BM25 score of a passage for a query, exactly."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

K1 = 1.5
B = 0.75


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 knows of a collection: passages, words of all of them, passages that hold each."""

    passages: int
    words: int
    holding: Mapping[str, int]


def bm25(query: Sequence[str], passage: Sequence[str], statistics: Statistics) -> float:
    """Score a passage's words for a query's words (Robertson and Zaragoza 2009; Lucene's idf).

    Exact over the live passages, so equal corpora score equally whatever their history.
    """
    if not statistics.words:
        return 0.0
    counts = Counter(passage)
    average = statistics.words / statistics.passages
    longer = K1 * (1 - B + B * len(passage) / average)
    score = 0.0
    for word in query:
        if times := counts[word]:
            holding = statistics.holding[word]
            rarity = math.log(1 + (statistics.passages - holding + 0.5) / (holding + 0.5))
            score += rarity * times * (K1 + 1) / (times + longer)
    return score
