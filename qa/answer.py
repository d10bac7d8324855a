"""The words that every door speaks: quotes, answers and abstentions."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from index.document import Searched

AbstainReason = Literal["empty_corpus", "nothing_relevant", "not_stated"]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a quote stands: half-open code points of the stored text, and bytes of its UTF-8."""

    start: int
    end: int
    byte_start: int
    byte_end: int
    page: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """The document that a quote comes from."""

    id: str
    title: str
    uri: str
    date: date | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim slice of a document: `text == document.text[location.start:location.end]`.

    `also_in` lists the other documents that hold the same words.
    """

    id: str
    text: str
    location: Location
    source: Source
    score: float
    also_in: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class QuotedAnswer:
    """An answer inside its quote: `quote.text[highlight_start:highlight_end]`, in code points.

    `restated` says that it stands in a block that sums up the document, such as its key points.
    """

    quote: Quote
    highlight_start: int
    highlight_end: int
    restated: bool = False

    @property
    def text(self) -> str:
        """The answer's own words."""
        return self.quote.text[self.highlight_start : self.highlight_end]


@dataclass(frozen=True, slots=True)
class Confidence:
    """A probability that the first answer is right, and the threshold it was held against."""

    value: float
    threshold: float
    calibration_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got. Without answers it is an abstention, with its reason and the nearest."""

    id: str
    question: str
    confidence: Confidence
    answers: tuple[QuotedAnswer, ...]
    abstain_reason: AbstainReason | None
    nearest: tuple[Quote, ...]
    searched: Searched

    @property
    def status(self) -> Literal["answered", "abstained"]:
        """Say whether there is an answer."""
        return "answered" if self.answers else "abstained"
