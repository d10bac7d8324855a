"""What the MCP tools take and return, beside the shapes of the REST door."""

from typing import Annotated

from pydantic import Field, StringConstraints

from qa.serve.wire import DocumentBody, LocationBody, Name, Reply, Request, SourceBody
from qa.verify import Verified

MOST_CHARACTERS = 20_000

Identifier = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=100)]


class GetDocumentRequest(Request):
    """A document, and the part of its text that is wanted, in half-open code points."""

    document_id: Identifier
    collection: Name = "default"
    start: int = Field(0, ge=0, strict=True)
    end: int | None = Field(None, ge=0, strict=True)


class GetDocumentResponse(Reply):
    """A part of a document's text, at most 20,000 code points; `next_start` is where to go on."""

    document: DocumentBody
    text: str
    start: int
    end: int
    next_start: int | None


class VerifyRequest(Request):
    """A text that is said to stand in the documents, or in one of them."""

    text: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=10_000)]
    collection: Name = "default"
    document_id: Identifier | None = None


class PlaceBody(Reply):
    """Where the text stands."""

    quote_id: str
    location: LocationBody
    document: SourceBody


class VerifyResponse(Reply):
    """Whether the text stands there code point for code point; `places` are the first twenty."""

    verified: bool
    occurrences: int
    places: list[PlaceBody]
    documents: int

    @classmethod
    def of(cls, verified: Verified) -> "VerifyResponse":
        """Translate."""
        return cls(
            verified=bool(verified.occurrences),
            occurrences=verified.occurrences,
            places=[
                PlaceBody(
                    quote_id=quote.id,
                    location=LocationBody.model_validate(quote.location),
                    document=SourceBody.model_validate(quote.source),
                )
                for quote in verified.places
            ],
            documents=verified.documents,
        )
