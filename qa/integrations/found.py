"""What a retriever passes on of an answer or a search, whatever framework it is for."""

from dataclasses import dataclass
from typing import Any

from qa.serve.wire import AnswerBody, AskResponse, NearestBody, SearchResponse


@dataclass(frozen=True, slots=True)
class Found:
    """A verbatim text, its score, and where it stands; the metadata has the names of the wire."""

    quote_id: str
    text: str
    score: float
    metadata: dict[str, Any]


def quotes(answer: AskResponse) -> list[Found]:
    """Take the quotes of an answer; an abstention has none."""
    confidence = {"confidence": answer.confidence.value}
    return [
        Found(
            each.quote_id,
            each.quote,
            each.score,
            {"answer": each.answer, "highlight": each.highlight.model_dump()}
            | confidence
            | _place(each),
        )
        for each in answer.answers
    ]


def results(found: SearchResponse) -> list[Found]:
    """Take the passages of a search."""
    return [Found(each.quote_id, each.text, each.score, _place(each)) for each in found.results]


def _place(each: AnswerBody | NearestBody) -> dict[str, Any]:
    document = each.document.model_dump(mode="json")
    return {
        "quote_id": each.quote_id,
        "source": document["uri"],
        "score": each.score,
        "location": each.location.model_dump(),
        "document": document,
    }
