"""How well the right passages are ranked, computed by ir_measures (pytrec_eval).

Labels are places of the text, so they are turned into qrels over what was found: the first passage
that covers a place takes that place's name, and places that nothing covers stay in the qrels as
misses. Recall is then the share of the places, success whether at least one was found.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures import RR, Measure, Qrel, R, ScoredDoc, Success, nDCG

from eval.door import Passage, Place
from eval.run import Row

MEASURES: tuple[Measure, ...] = (
    Success @ 1,
    Success @ 5,
    Success @ 10,
    R @ 10,
    RR @ 10,
    nDCG @ 10,
)
NAMES = ("success_at_1", "success_at_5", "success_at_10", "recall_at_10", "mrr_at_10", "ndcg_at_10")


@dataclass(frozen=True, slots=True)
class Ranked:
    """One question's names of what was found, best first, and of what is relevant."""

    question: str
    found: tuple[str, ...]
    relevant: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RankScore:
    """One question's value for each of the measures, in their order."""

    question: str
    values: tuple[float, ...]


def rank_scores(
    ranked: Sequence[Ranked], measures: Sequence[Measure] = MEASURES
) -> tuple[RankScore, ...]:
    """Return the measures of each question; what is not found scores 0 and stays in."""
    qrels = [Qrel(one.question, name, grade) for one in ranked for name, grade in one.relevant]
    run = [
        ScoredDoc(one.question, name, -float(place))
        for one in ranked
        for place, name in enumerate(one.found)
    ]
    values = {(one.question, measure): 0.0 for one in ranked for measure in measures}
    for result in ir_measures.iter_calc(list(measures), qrels, run) if run else ():
        value = float(result.value)
        values[result.query_id, result.measure] = 0.0 if math.isnan(value) else value
    return tuple(
        RankScore(one.question, tuple(values[one.question, measure] for measure in measures))
        for one in ranked
    )


def ranked_rows(rows: Iterable[Row]) -> tuple[Ranked, ...]:
    """Name what each answerable question found by the gold places that it covers."""
    return tuple(
        _ranked(row.gold.id, row.passages, _labels(row)) for row in rows if row.gold.answerable
    )


def covers(passage: Place, label: Place) -> bool:
    """Say whether a passage holds the whole label, so that its reader can see it."""
    return (
        passage.document_id == label.document_id
        and passage.start <= label.start
        and label.end <= passage.end
    )


def _labels(row: Row) -> tuple[tuple[Place, ...], ...]:
    """Group the answer places by their evidence: any answer inside it shows the evidence."""
    groups = []
    for place in row.target.places:
        inside = tuple(answer for answer in row.target.answers if covers(place, answer))
        groups.append(inside or (place,))
    return tuple(groups)


def _ranked(
    question: str, passages: Sequence[Passage], labels: Sequence[Sequence[Place]]
) -> Ranked:
    waiting = dict(enumerate(labels))
    found: list[str] = []
    relevant: list[str] = []
    for rank, passage in enumerate(passages):
        here = [
            number
            for number, group in waiting.items()
            if any(covers(passage.place, label) for label in group)
        ]
        name = f"place-{here[0]}" if here else f"rank-{rank}"
        relevant += [name] if here else []
        found.append(name)
        for number in here:  # a passage with two pieces of evidence is still one passage
            del waiting[number]
    relevant += [f"place-{number}" for number in waiting]
    return Ranked(question, tuple(found), tuple((name, 1) for name in relevant))
