"""The public door as the harness sees it: what is asked, and what comes back.

The types mirror the wire (docs/api) and ignore fields that they do not know, so that a saved run
and a newer service can still be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """A half-open code point range of a document's stored text."""

    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Location:
    """Where a slice stands: half-open code points, and bytes of the UTF-8 text."""

    start: int
    end: int
    byte_start: int | None = None
    byte_end: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The document of a slice."""

    id: str
    uri: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Highlight:
    """The answer inside its quote, in code points of the quote."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """One answer inside its quote."""

    answer: str
    quote: str
    highlight: Highlight
    location: Location
    document: Source
    score: float = 0.0

    @property
    def place(self) -> Place:
        """Where the quote stands."""
        return Place(self.document.id, self.location.start, self.location.end)


@dataclass(frozen=True, slots=True)
class Confidence:
    """The stated probability that the first answer is right, and the threshold."""

    value: float
    threshold: float = 0.5
    calibration_id: str = ""


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched."""

    documents: int = 0
    passages: int = 0
    generation: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a question got."""

    status: Literal["answered", "abstained"]
    confidence: Confidence
    answers: tuple[Quoted, ...] = ()
    abstain_reason: str | None = None
    searched: Searched = field(default_factory=Searched)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that a search returned."""

    passage_id: str
    text: str
    location: Location
    document: Source
    score: float = 0.0

    @property
    def place(self) -> Place:
        """Where the passage stands."""
        return Place(self.document.id, self.location.start, self.location.end)


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of the corpus, without its text."""

    id: str
    uri: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a question is limited to; empty fields limit nothing. Dates are inclusive."""

    documents: tuple[str, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


class Door(Protocol):
    """A service that can be asked, in this process or over HTTP. Every method raises DoorError."""

    def ask(self, question: str, top_k: int, limits: Limits | None = None) -> Reply:
        """Ask a question; at most `top_k` quotes come back."""
        ...

    def search(self, query: str, top_k: int, limits: Limits | None = None) -> tuple[Passage, ...]:
        """Return the `top_k` best passages, best first."""
        ...

    def documents(self) -> tuple[Listed, ...]:
        """List the documents of the corpus."""
        ...

    def text(self, document_id: str) -> str:
        """Return a document's stored text, in which every offset counts."""
        ...
