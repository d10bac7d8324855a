"""Quoth in this process, asked through the same wire bodies as over HTTP."""

from collections.abc import Callable
from functools import cached_property

from pydantic import TypeAdapter

from eval.door import Limits, Listed, Passage, Place, Reply
from eval.http_door import filter_body
from qa.read import Reader
from qa.retrieve import to_read
from qa.serve.wire import AskRequest, AskResponse, DocumentBody, FilterBody, ResultBody
from qa.service import READ_DEPTH, Ask, Service

_REPLY = TypeAdapter(Reply)
_PASSAGES = TypeAdapter(tuple[Passage, ...])
_LISTED = TypeAdapter(tuple[Listed, ...])


class LocalDoor:
    """Asks a service object; bodies are made and read as the REST door does."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def ask(self, question: str, top_k: int, limits: Limits | None = None) -> Reply:
        """Ask a question, held to the request's own schema."""
        request = AskRequest(question=question, top_k=top_k, filter=_filter(limits))
        answer = self._service.ask(request.to_ask())
        return _REPLY.validate_python(AskResponse.of(answer).model_dump())

    def search(self, query: str, top_k: int, limits: Limits | None = None) -> tuple[Passage, ...]:
        """Search for passages."""
        ask = _ask(query, top_k, limits)
        hits = self._service.search(ask).hits[:top_k]
        quotes = self._service.passages(hits, ask.collection)
        found = [ResultBody.of_hit(hit, quote) for hit, quote in zip(hits, quotes, strict=True)]
        return _PASSAGES.validate_python([one.model_dump() for one in found])

    def documents(self) -> tuple[Listed, ...]:
        """List the documents."""
        listed = [
            DocumentBody.model_validate(one).model_dump() for one in self._service.corpus.list()
        ]
        return _LISTED.validate_python(listed)

    def text(self, document_id: str) -> str:
        """Return the stored text."""
        return self._service.corpus.get(document_id).text


class LocalInside:
    """Replays the reader by itself; it is made when the first miss needs it."""

    def __init__(self, service: Service, make_reader: Callable[[], Reader]) -> None:
        self._service = service
        self._make_reader = make_reader

    @cached_property
    def _reader(self) -> Reader:
        return self._make_reader()

    def read_places(self, question: str, limits: Limits | None) -> tuple[Place, ...]:
        """Return the contexts that the service reads for a question."""
        ranking = self._service.search(_ask(question, 1, limits))
        passages = [hit.passage for hit in to_read(ranking.hits, READ_DEPTH)]
        return tuple(Place(one.document_id, one.context_start, one.context_end) for one in passages)

    def read_alone(self, question: str, place: Place) -> tuple[str, ...]:
        """Return the reader's spans in this text alone, best first."""
        text = self._service.corpus.get(place.document_id).text[place.start : place.end]
        reading = self._reader.read(question, [text])[0]
        return tuple(text[span.start : span.end] for span in reading.spans)


def _ask(query: str, top_k: int, limits: Limits | None) -> Ask:
    where = _filter(limits)
    return Ask(query, top_k, where=where.to_filter() if where else None)


def _filter(limits: Limits | None) -> FilterBody | None:
    return FilterBody(**filter_body(limits)) if limits else None
