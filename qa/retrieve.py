"""A question to ranked hits: both sides of the index fused by normalised scores."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.corpus import Corpus
from index.document import Filter, Hit, Searched

DENSE_WEIGHT = 0.55
"""Weight of the raw cosine; the rest is the share of the best BM25 score (eval/LOG.md, fusion)."""

CANDIDATES = 50
"""Passages asked of each side; fusion gains nothing from more (eval/LOG.md, fusion)."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Hits, best first, with their fused scores, and what was searched."""

    hits: tuple[Hit, ...]
    searched: Searched


def fuse(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Score each hit `0.55 cosine + 0.45 bm25 / max(bm25)` and order them, best first."""
    best = max((hit.lexical for hit in hits), default=0.0)
    scored = [
        replace(
            hit,
            score=DENSE_WEIGHT * hit.dense
            + (1.0 - DENSE_WEIGHT) * (hit.lexical / best if best > 0.0 else 0.0),
        )
        for hit in hits
    ]
    return tuple(sorted(scored, key=lambda hit: (-hit.score, hit.passage.id)))


def retrieve(
    corpus: Corpus,
    queries: Sequence[str],
    collection: str,
    where: Filter | None = None,
    candidates: int = CANDIDATES,
) -> list[Ranking]:
    """Find and rank the passages of each query."""
    return [
        Ranking(fuse(found.hits), found.searched)
        for found in corpus.search(queries, candidates, collection, where)
    ]


def to_read(hits: Sequence[Hit], depth: int) -> tuple[Hit, ...]:
    """Take the best hits whose text is not already inside a better one's context.

    Ten copies of one passage, or neighbours that share a context, are read once.
    """
    chosen: list[Hit] = []
    for hit in hits:
        if len(chosen) == depth:
            break
        if not any(_covers(better, hit) for better in chosen):
            chosen.append(hit)
    return tuple(chosen)


def _covers(better: Hit, hit: Hit) -> bool:
    wide, inner = better.passage, hit.passage
    if wide.document_id == inner.document_id:
        return wide.context_start <= inner.start and inner.end <= wide.context_end
    return wide.text == inner.text
