"""Requests and answers as JSON, in snake_case. The shapes are the public contract."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from index.document import Filter, Hit
from qa.answer import Answer, Quote, QuotedAnswer
from qa.errors import InvalidInput
from qa.question import MAX_CHARACTERS, check_question
from qa.service import Ask


def _question(text: str) -> str:
    try:
        return check_question(text)
    except InvalidInput as error:
        raise ValueError(error.reason) from error


_CONTROL = r"\u0000-\u001f\u007f-\u009f"

QuestionText = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=MAX_CHARACTERS),
    AfterValidator(_question),
    # Published for clients; `check_question` holds it, and says more when it is broken.
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CHARACTERS,
            "pattern": f"^[^{_CONTROL}]*[^\\s{_CONTROL}][^{_CONTROL}]*$",
        }
    ),
]
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""What a collection may be called."""

Name = Annotated[str, StringConstraints(strict=True, pattern=NAME)]


def _day(value: object) -> object:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("must be a day like 2026-01-30")
    return value


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[date, BeforeValidator(_day)]


class Request(BaseModel):
    """What comes in: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FilterBody(Request):
    """What to limit a search to; dates are inclusive, and undated documents fall outside them."""

    documents: list[Annotated[str, StringConstraints(max_length=100)]] = Field([], max_length=1000)
    date_from: Day | None = None
    date_to: Day | None = None
    metadata: dict[
        Annotated[str, StringConstraints(max_length=100)],
        Annotated[str, StringConstraints(max_length=1000)],
    ] = Field({}, max_length=20)

    def to_filter(self) -> Filter:
        """Return the filter that the corpus takes."""
        return Filter(frozenset(self.documents), self.date_from, self.date_to, self.metadata)


class AskRequest(Request):
    """A question. `top_k` bounds the quotes (three at most) or the nearest passages."""

    question: QuestionText
    top_k: int = Field(3, ge=1, le=100, strict=True)
    collection: Name = "default"
    filter: FilterBody | None = None

    def to_ask(self) -> Ask:
        """Return what the service takes."""
        where = self.filter.to_filter() if self.filter else None
        return Ask(self.question, self.top_k, self.collection, where)


class SearchRequest(Request):
    """A query for passages."""

    query: QuestionText
    top_k: int = Field(10, ge=1, le=100, strict=True)
    collection: Name = "default"
    filter: FilterBody | None = None

    def to_ask(self) -> Ask:
        """Return what the service takes."""
        where = self.filter.to_filter() if self.filter else None
        return Ask(self.query, self.top_k, self.collection, where)


class Reply(BaseModel):
    """What goes out; a body whose fields are those of a type of ours is validated from it."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class LocationBody(Reply):
    """Where a quote stands: half-open code points of the stored text, and bytes of its UTF-8."""

    start: int
    end: int
    unit: Literal["codepoint"] = "codepoint"
    byte_start: int
    byte_end: int
    page: int | None


class SourceBody(Reply):
    """The document that a quote comes from."""

    id: str
    title: str
    uri: str
    date: date | None
    sha256: str


class HighlightBody(Reply):
    """The answer inside its quote, in code points of the quote."""

    start: int
    end: int


class AnswerBody(Reply):
    """An answer inside its verbatim quote. `also_in` are other documents with the same words."""

    quote_id: str
    answer: str
    quote: str
    highlight: HighlightBody
    location: LocationBody
    document: SourceBody
    also_in: list[SourceBody]
    score: float

    @classmethod
    def of(cls, quoted: QuotedAnswer) -> "AnswerBody":
        """Translate."""
        quote = quoted.quote
        return cls(
            quote_id=quote.id,
            answer=quoted.text,
            quote=quote.text,
            highlight=HighlightBody(start=quoted.highlight_start, end=quoted.highlight_end),
            location=LocationBody.model_validate(quote.location),
            document=SourceBody.model_validate(quote.source),
            also_in=[SourceBody.model_validate(source) for source in quote.also_in],
            score=quote.score,
        )


class NearestBody(Reply):
    """A passage that is near to a question without answering it."""

    quote_id: str
    text: str
    location: LocationBody
    document: SourceBody
    score: float

    @classmethod
    def of(cls, quote: Quote) -> "NearestBody":
        """Translate."""
        return cls(
            quote_id=quote.id,
            text=quote.text,
            location=LocationBody.model_validate(quote.location),
            document=SourceBody.model_validate(quote.source),
            score=quote.score,
        )


class ConfidenceBody(Reply):
    """The probability that the first answer is right, and the threshold it was held against."""

    value: float
    threshold: float
    calibration_id: str


class SearchedBody(Reply):
    """What was searched."""

    collection: str
    documents: int
    passages: int
    generation: str


class AskResponse(Reply):
    """What a question got. There is no clock in it: equal questions get equal bytes."""

    id: str
    question: str
    status: Literal["answered", "abstained"]
    abstain_reason: Literal["empty_corpus", "nothing_relevant", "not_stated"] | None
    confidence: ConfidenceBody
    answers: list[AnswerBody]
    nearest: list[NearestBody]
    searched: SearchedBody

    @classmethod
    def of(cls, answer: Answer) -> "AskResponse":
        """Translate."""
        return cls(
            id=answer.id,
            question=answer.question,
            status=answer.status,
            abstain_reason=answer.abstain_reason,
            confidence=ConfidenceBody.model_validate(answer.confidence),
            answers=[AnswerBody.of(quoted) for quoted in answer.answers],
            nearest=[NearestBody.of(quote) for quote in answer.nearest],
            searched=SearchedBody.model_validate(answer.searched),
        )


class ResultBody(NearestBody):
    """A passage found by a search, with the raw score of each side."""

    passage_id: str
    dense: float
    lexical: float

    @classmethod
    def of_hit(cls, hit: Hit, quote: Quote) -> "ResultBody":
        """Translate."""
        return cls(
            **NearestBody.of(quote).model_dump(),
            passage_id=hit.passage.id,
            dense=round(hit.dense, 4),
            lexical=round(hit.lexical, 4),
        )


class SearchResponse(Reply):
    """Passages, best first."""

    query: str
    results: list[ResultBody]
    searched: SearchedBody


class DocumentBody(Reply):
    """A document, without its text."""

    id: str
    uri: str
    title: str
    sha256: str
    media_type: str
    date: date | None
    author: str | None
    language: str | None
    characters: int
    passages: int
    version: int
    metadata: dict[str, str]


class DocumentsResponse(Reply):
    """The documents of a collection, ordered by uri."""

    documents: list[DocumentBody]


class Health(Reply):
    """Whether the process is up, or ready to answer."""

    status: Literal["ok", "ready", "loading"]


class Problem(Reply):
    """An error (RFC 9457). `field` names the part of the request that is wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    field: str | None = None
