"""A toy Quoth with real stages, each of which can be broken, to judge the harness by."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from eval.door import (
    Confidence,
    Highlight,
    Limits,
    Listed,
    Location,
    Passage,
    Place,
    Quoted,
    Reply,
    Searched,
    Source,
)
from eval.errors import DoorError
from eval.gold import Evidence, Gold

PARAGRAPHS = [
    "The harbour town of Vell has three bridges over the river Ombra.",
    "In March 2024 the council counted 3,53,737 cyclists on the northern bridge.",
    "The northern bridge was painted green by the guild of dyers.",
    "A ferry crosses the river where the old mill stands.",
    "The mill was sold to a baker who makes rye bread.",
    "Rye bread from the mill is carried over the bridge every morning.",
    "The council meets on the second Tuesday of the month.",
    "Many cyclists complain about the paving of the southern bridge.",
    "The southern bridge is closed on market days.",
    "The market sells cloth, rope and salted fish.",
    "Salted fish is counted by the barrel, not by the piece.",
    "The mayor, Ada Brusk, cycles to the council on most days.",
]
TEXT = "\n\n".join(PARAGRAPHS)
URI = "town/vell.txt"
QUESTION = "How many cyclists were counted on the northern bridge?"
_WORD = re.compile(r"\w+")


class ToyDoor:
    """Answers with the first number of the best passage. `fault` names the stage to break."""

    def __init__(self, fault: str = "", read: int = 6) -> None:
        self.fault = fault
        self.text_ = TEXT.replace(PARAGRAPHS[1] + "\n\n", "") if fault == "loading" else TEXT
        self.read = read
        self.passages = self._chunk()
        self.asked: list[str] = []

    def _chunk(self) -> list[Place]:
        cuts = {0, len(self.text_)} | {match.end() for match in re.finditer("\n\n", self.text_)}
        if self.fault == "chunking":
            cuts |= {self.text_.index("3,53,737") + 4}
        ordered = sorted(cuts)
        return [Place("doc", a, b) for a, b in pairwise(ordered)]

    def _candidates(self, query: str) -> list[tuple[float, Place]]:
        wanted = set(_WORD.findall(query.lower()))
        found = []
        for place in self.passages:
            words = set(_WORD.findall(self.text_[place.start : place.end].lower()))
            shared = len(wanted & words) / len(wanted | words)
            if shared > (0.6 if self.fault == "retrieval" else 0.0):
                found.append((shared, place))
        best_first = self.fault != "ranking"
        return sorted(found, key=lambda one: (-one[0] if best_first else one[0], one[1].start))

    def search(self, query: str, top_k: int, limits: Limits | None = None) -> tuple[Passage, ...]:
        """Rank passages by shared words."""
        return tuple(
            Passage(
                f"p{place.start}",
                self.text_[place.start : place.end],
                Location(place.start, place.end),
                Source("doc", URI),
                score,
            )
            for score, place in self._candidates(query)[:top_k]
        )

    def read_places(self, question: str, limits: Limits | None) -> tuple[Place, ...]:
        """Return what is read."""
        return tuple(place for _, place in self._candidates(question)[: self.read])

    def read_alone(self, question: str, place: Place) -> tuple[str, ...]:
        """Find numbers, or with a fault the last word."""
        text = self.text_[place.start : place.end]
        pattern = r"\w+(?=\.)" if self.fault == "span" else r"\d[\d,]{3,}"
        return tuple(sorted(re.findall(pattern, text), key=len, reverse=True))

    def ask(self, question: str, top_k: int, limits: Limits | None = None) -> Reply:
        """Answer from the passages that are read."""
        self.asked.append(question)
        if "crash" in question:
            raise DoorError(500, "the toy broke")
        if "explode" in question:
            raise RuntimeError("boom")
        searched = Searched(1, len(self.passages), "toy")
        for place in self.read_places(question, limits):
            spans = self.read_alone(question, place)
            if spans and "colour" not in question:
                sure = 0.2 if self.fault == "deciding" else 0.9
                answers = (self._quoted(place, spans[0]),) if sure > 0.5 else ()
                status = "answered" if answers else "abstained"
                return Reply(status, Confidence(sure), answers, None, searched)
        return Reply("abstained", Confidence(0.1), (), "not_stated", searched)

    def _quoted(self, place: Place, answer: str) -> Quoted:
        quote = self.text_[place.start : place.end].strip()
        start = quote.index(answer)
        return Quoted(
            answer,
            quote,
            Highlight(start, start + len(answer)),
            Location(place.start, place.start + len(quote)),
            Source("doc", URI),
        )

    def documents(self) -> tuple[Listed, ...]:
        """List the one document."""
        return (Listed("doc", URI, "Vell"),)

    def text(self, document_id: str) -> str:
        """Return it."""
        if document_id != "doc":
            raise DoorError(404, f"no document {document_id}")
        return self.text_


@pytest.fixture
def make_door() -> Callable[..., ToyDoor]:
    """Make a toy; the argument names the stage to break."""
    return ToyDoor


@pytest.fixture
def gold() -> Gold:
    """The one question that the toy can answer."""
    evidence = Evidence(URI, PARAGRAPHS[1])
    return Gold("g1", QUESTION, ("3,53,737",), (evidence,), ("number",), group=URI, line=1)


@pytest.fixture
def golds(gold: Gold) -> tuple[Gold, ...]:
    """A right answer, a right abstention, a false abstention and two crashes."""
    painted = Evidence(URI, PARAGRAPHS[2])
    return (
        gold,
        Gold("g2", "Which colour is the ferry?", tags=("near",), line=2),
        Gold("g3", "Which colour is the bridge?", ("green",), (painted,), group=URI, line=3),
        Gold("g4", "Does it crash?", line=4),
        Gold("g5", "Can the bridge explode?", ("green",), (painted,), group=URI, line=5),
    )


@pytest.fixture
def seed_gold() -> Path:
    """The gold questions on the seed."""
    return Path(__file__).parents[2] / "eval" / "questions" / "seed.jsonl"
