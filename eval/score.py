"""What each answer is worth by itself: one line of numbers a question."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.door import Place
from eval.match import exact, f1
from eval.run import Row

RIGHT_F1 = 0.5
"""An answer is right from this F1 on: a span one word longer than the label is no mistake."""


@dataclass(frozen=True, slots=True)
class Score:
    """The worth of one answer; every share is 0 to 1.

    Without an answer, an answerable question scores 0 in all of them and an unanswerable one 1 in
    `exact` and `f1`, as in SQuAD 2.0. `right` means that the first answer is acceptable and its
    quote stands on gold evidence. `quote_precision` and `quote_recall` count code points of the
    first quote against the evidence that it meets best.
    """

    id: str
    group: str
    answerable: bool
    answered: bool
    crashed: bool
    confidence: float
    right: bool
    exact: float
    f1: float
    quote_right: float
    quote_precision: float
    quote_recall: float
    offsets: float
    milliseconds: float


def score(row: Row) -> Score:
    """Score one row."""
    gold, first, reply = row.gold, row.first, row.reply
    answer = first.answer if first else ""
    silent_and_due = not gold.answers and first is None and reply is not None
    best_f1 = f1(answer, gold.answers) if first and gold.answers else float(silent_and_due)
    best_exact = float(exact(answer, gold.answers) if first and gold.answers else silent_and_due)
    precision, recall = 0.0, 0.0
    quote_right = False
    if first and row.target.places:
        precision, recall = quote_overlap(first.place, row.target.places)
        quote_right = any(_holds(first.place, place) for place in row.target.answers)
    right = first is not None and gold.answerable and best_f1 >= RIGHT_F1
    return Score(
        id=gold.id,
        group=gold.group,
        answerable=gold.answerable,
        answered=first is not None,
        crashed=reply is None,
        confidence=reply.confidence.value if reply else 0.0,
        right=right and (quote_right or not row.target.places),
        exact=best_exact,
        f1=best_f1,
        quote_right=float(quote_right),
        quote_precision=precision,
        quote_recall=recall,
        offsets=float(all(row.offsets)),
        milliseconds=row.milliseconds,
    )


def quote_overlap(quote: Place, places: Sequence[Place]) -> tuple[float, float]:
    """Return the share of the quote inside the evidence, and of the best evidence inside it.

    Each piece of evidence suffices, so precision counts the union of all of them and recall the
    one that is covered best.
    """
    shared = [_shared(quote, place) for place in places]
    covered: set[int] = set()
    for start, end in shared:
        covered.update(range(start, end))
    recall = max(
        max(0, end - start) / (place.end - place.start)
        for (start, end), place in zip(shared, places, strict=True)
    )
    return len(covered) / max(1, quote.end - quote.start), recall


def _shared(one: Place, other: Place) -> tuple[int, int]:
    if one.document_id != other.document_id:
        return 0, 0
    return max(one.start, other.start), min(one.end, other.end)


def _holds(outer: Place, inner: Place) -> bool:
    start, end = _shared(outer, inner)
    return end - start == inner.end - inner.start
