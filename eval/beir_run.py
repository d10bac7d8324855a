"""A BEIR folder as a retrieval run: documents ranked by their best passage."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from ir_measures import RR, R, Success, nDCG

from eval.blame import POOL
from eval.door import Door
from eval.imports import Beir, Judgement, identifier_of
from eval.ranking import Ranked, rank_scores
from eval.run import Progress
from eval.statistics import mean_figure

MEASURES = (nDCG @ 10, RR @ 10, R @ 10, R @ 100, Success @ 1, Success @ 10)
NAMES = (
    "ndcg_at_10",
    "mrr_at_10",
    "recall_at_10",
    "recall_at_100",
    "success_at_1",
    "success_at_10",
)


@dataclass(frozen=True, slots=True)
class BeirScores:
    """Figures of a run; `values` has a row for each query and a column for each of NAMES."""

    queries: tuple[str, ...]
    values: np.ndarray
    milliseconds: np.ndarray
    crashes: int


def run_beir(beir: Beir, door: Door, progress: Progress = lambda done, of: None) -> BeirScores:
    """Search every query that has judgements; a crash finds nothing and stays in."""
    ranked: list[Ranked] = []
    times: list[float] = []
    crashes = 0
    relevant = _relevant(beir.judgements)
    for number, (query, words) in enumerate(beir.queries, start=1):
        begin = perf_counter()
        try:
            found = tuple(identifier_of(one.document.uri) for one in door.search(words, POOL))
        except Exception:  # noqa: BLE001 a crash is a row, not the end of the run
            found, crashes = (), crashes + 1
        times.append(1000 * (perf_counter() - begin))
        ranked.append(Ranked(query, tuple(dict.fromkeys(found)), relevant[query]))
        progress(number, len(beir.queries))
    scores = rank_scores(ranked, MEASURES)
    return BeirScores(
        tuple(one.question for one in scores),
        np.array([one.values for one in scores]),
        np.array(times),
        crashes,
    )


def figures_of(scores: BeirScores) -> dict[str, Any]:
    """Return the figures with 95 % intervals over queries, as plain values."""
    columns = [mean_figure(name, scores.values[:, at]) for at, name in enumerate(NAMES)]
    figures = {one.name: {"value": one.value, "low": one.low, "high": one.high} for one in columns}
    p50, p95, p99 = (float(time) for time in np.percentile(scores.milliseconds, (50, 95, 99)))
    return {
        "queries": len(scores.queries),
        "crashes": scores.crashes,
        "metrics": figures,
        "latency_ms": {"p50": round(p50, 1), "p95": round(p95, 1), "p99": round(p99, 1)},
    }


def _relevant(judgements: Sequence[Judgement]) -> dict[str, tuple[tuple[str, int], ...]]:
    grouped: dict[str, list[tuple[str, int]]] = {}
    for one in judgements:
        grouped.setdefault(one.query, []).append((one.document, one.grade))
    return {query: tuple(grades) for query, grades in grouped.items()}
