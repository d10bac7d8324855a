"""Where each miss happened, found by replaying the stages with the gold evidence put in.

The stages are tried in order, and the first that fails although all before it had what they needed
is to blame. Through HTTP alone the reader cannot be handed a passage: there an abstention with the
evidence among the read passages counts as deciding, a wrong answer as span.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from eval.door import Door, Limits, Place
from eval.errors import DoorError
from eval.match import f1
from eval.ranking import covers
from eval.run import Row
from eval.score import RIGHT_F1, score

Stage = Literal["crash", "loading", "chunking", "retrieval", "ranking", "span", "deciding"]

STAGES: tuple[Stage, ...] = (
    "crash",
    "loading",
    "chunking",
    "retrieval",
    "ranking",
    "span",
    "deciding",
)

POOL = 100
"""Depth of a search that shows all candidates: the most that the public door returns."""

READ = 6
"""Passages that are read, assumed where the door does not say (`qa.service.READ_DEPTH`)."""


@dataclass(frozen=True, slots=True)
class Blame:
    """The stage that lost a question, and what shows it."""

    question: str
    stage: Stage
    because: str


class Inside(Protocol):
    """What can be replayed only in the process of the service."""

    def read_places(self, question: str, limits: Limits | None) -> tuple[Place, ...]:
        """Return the texts that the reader is given for a question, as places."""
        ...

    def read_alone(self, question: str, place: Place) -> tuple[str, ...]:
        """Return the spans that the reader finds in this text alone, best first."""
        ...


def blame(rows: Sequence[Row], door: Door, inside: Inside | None = None) -> tuple[Blame, ...]:
    """Blame a stage for every miss; rows that were right are left out."""
    return tuple(_blame(row, door, inside) for row in rows if missed(row))


def missed(row: Row) -> bool:
    """Say whether a question was missed: a wrong answer, a false one, none, or a crash."""
    worth = score(row)
    return worth.crashed or (not worth.right if worth.answerable else worth.answered)


def counts(blames: Sequence[Blame]) -> tuple[tuple[Stage, int], ...]:
    """Count the misses of each stage, in the order of the stages."""
    found = Counter(one.stage for one in blames)
    return tuple((stage, found[stage]) for stage in STAGES)


def _blame(row: Row, door: Door, inside: Inside | None) -> Blame:
    if row.error:
        return Blame(row.gold.id, "crash", row.error)
    if not row.gold.answerable:
        return Blame(row.gold.id, "deciding", "answered what the corpus does not answer")
    if not row.target.places:
        return Blame(row.gold.id, "loading", "; ".join(row.target.missing))
    try:
        stage, because = _replay(row, door, inside)
    except DoorError as error:
        stage, because = "crash", f"replay: {error}"
    return Blame(row.gold.id, stage, because)


def _replay(row: Row, door: Door, inside: Inside | None) -> tuple[Stage, str]:
    labels = row.target.answers or row.target.places
    if not _indexed(row, labels, door):
        return "chunking", "no passage holds the whole answer"
    question, limits = row.gold.question, row.target.limits
    pool = [passage.place for passage in door.search(question, POOL, limits)]
    ranks = [rank for rank, place in enumerate(pool, 1) if _any_covers(place, labels)]
    if not ranks:
        return "retrieval", f"the evidence is not among the {len(pool)} candidates"
    read = inside.read_places(question, limits) if inside else pool[:READ]
    if not any(_any_covers(place, labels) for place in read):
        return "ranking", f"the evidence has rank {ranks[0]}, and {len(read)} passages are read"
    return _reader_or_decider(row, inside)


def _indexed(row: Row, labels: Sequence[Place], door: Door) -> bool:
    """Search for the evidence in its own words, and look for an answer whole in a passage."""
    if any(_any_covers(passage.place, labels) for passage in row.passages):
        return True
    for place in row.target.places:
        words = " ".join(door.text(place.document_id)[place.start : place.end].split())
        found = door.search(words[:1000], POOL, Limits(documents=(place.document_id,)))
        if any(_any_covers(passage.place, labels) for passage in found):
            return True
    return False


def _reader_or_decider(row: Row, inside: Inside | None) -> tuple[Stage, str]:
    if inside is None:
        if row.first is None:
            return "deciding", "abstained with the evidence among the passages that are read"
        return "span", f"answered {row.first.answer!r} with the evidence in reach"
    for place in row.target.places:
        spans = inside.read_alone(row.gold.question, place)
        if spans and f1(spans[0], row.gold.answers) >= RIGHT_F1:
            return "deciding", f"the reader says {spans[0]!r} when given the evidence alone"
    return "span", "given the evidence alone, the reader finds another span"


def _any_covers(place: Place, labels: Sequence[Place]) -> bool:
    return any(covers(place, label) for label in labels)
