"""Queries to hits: both sides of a shelf, joined, with exact scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.bm25 import Statistics, bm25
from index.document import Filter, Found, Hit, Searched
from index.shelf import Shelf
from index.vectors import Floats, exact_cosines
from index.view import Scope, View


@dataclass(frozen=True, slots=True)
class Query:
    """A query and its unit vector."""

    text: str
    vector: Floats


def find(
    view: View, shelf: Shelf, queries: Sequence[Query], top_k: int, where: Filter | None
) -> list[Found]:
    """Search one collection at one moment. Raises NotYetError where a side is at another one."""
    scope = None if where is None or where == Filter() else shelf.scope(view, where)
    searched = _searched(view, scope)
    if not searched.passages:
        return [Found((), searched) for _ in queries]
    shelf.align(view)
    return [Found(_hits(view, shelf, query, top_k, scope), searched) for query in queries]


def _searched(view: View, scope: Scope | None) -> Searched:
    state = view.state
    documents = state.documents if scope is None else len(scope.documents)
    passages = state.passages if scope is None else len(scope.passages)
    return Searched(state.name, documents, passages, state.fingerprint)


def _hits(
    view: View, shelf: Shelf, query: Query, top_k: int, scope: Scope | None
) -> tuple[Hit, ...]:
    """Return the passages that either side found, without duplicates, by descending cosine."""
    ranking = shelf.rank(view, query.text, query.vector, top_k, scope)
    keys = dict.fromkeys([*ranking.nearest.tolist(), *ranking.worded.tolist()])
    stored = list(view.stored(list(keys)).values())
    statistics = Statistics(view.state.passages, view.state.words, ranking.holding)
    cosines = exact_cosines(query.vector, [each.vector for each in stored])
    words = [shelf.words_of(each.passage.text) for each in stored]
    found = [
        Hit(each.passage, cosine, bm25(ranking.words, own, statistics))
        for each, cosine, own in zip(stored, cosines, words, strict=True)
    ]
    return tuple(sorted(found, key=_place))


def _place(hit: Hit) -> tuple[float, str, str]:
    return -hit.dense, hit.passage.document_id, hit.passage.id
