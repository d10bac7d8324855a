"""Keys of both sides to hits with exact scores."""

from index.analyse import Analyser
from index.document import Hit
from index.lexical import Statistics, bm25
from index.shelf import Ranking
from index.vectors import Floats, exact_cosines
from index.view import View


def hits(view: View, ranking: Ranking, vector: Floats, analyser: Analyser) -> tuple[Hit, ...]:
    """Return the passages that either side found, without duplicates, by descending cosine."""
    keys = dict.fromkeys([*ranking.nearest.tolist(), *ranking.worded.tolist()])
    stored = list(view.stored(list(keys)).values())
    statistics = Statistics(view.state.passages, view.state.words, ranking.holding)
    cosines = exact_cosines(vector, [each.vector for each in stored])
    found = [
        Hit(
            each.passage, cosine, bm25(ranking.words, analyser.words(each.passage.text), statistics)
        )
        for each, cosine in zip(stored, cosines, strict=True)
    ]
    return tuple(
        sorted(found, key=lambda hit: (-hit.dense, hit.passage.document_id, hit.passage.id))
    )
