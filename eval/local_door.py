"""Quoth in this process, asked through the same wire bodies as over HTTP."""

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from eval.door import Limits, Listed, Passage, Reply
from eval.http_door import filter_body
from qa.serve.wire import AskRequest, AskResponse, DocumentBody, FilterBody, ResultBody
from qa.service import Ask

if TYPE_CHECKING:
    from qa.service import Service

_REPLY = TypeAdapter(Reply)
_PASSAGES = TypeAdapter(tuple[Passage, ...])
_LISTED = TypeAdapter(tuple[Listed, ...])


class LocalDoor:
    """Asks a service object; bodies are made and read as the REST door does."""

    def __init__(self, service: "Service") -> None:
        self._service = service

    def ask(self, question: str, top_k: int, limits: Limits | None = None) -> Reply:
        """Ask a question, held to the request's own schema."""
        request = AskRequest(question=question, top_k=top_k, filter=_filter(limits))
        answer = self._service.ask(request.to_ask())
        return _REPLY.validate_python(AskResponse.of(answer).model_dump())

    def search(self, query: str, top_k: int, limits: Limits | None = None) -> tuple[Passage, ...]:
        """Search for passages."""
        where = _filter(limits)
        ask = Ask(query, top_k, where=where.to_filter() if where else None)
        hits = self._service.search(ask).hits[:top_k]
        quotes = self._service.passages(hits, ask.collection)
        found = [ResultBody.of_hit(hit, quote) for hit, quote in zip(hits, quotes, strict=True)]
        return _PASSAGES.validate_python([one.model_dump() for one in found])

    def documents(self) -> tuple[Listed, ...]:
        """List the documents."""
        listed = [DocumentBody.of(one).model_dump() for one in self._service.corpus.list()]
        return _LISTED.validate_python(listed)

    def text(self, document_id: str) -> str:
        """Return the stored text."""
        return self._service.corpus.get(document_id).text


def _filter(limits: Limits | None) -> FilterBody | None:
    return FilterBody(**filter_body(limits)) if limits else None
