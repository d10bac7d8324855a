"""Every call of the service as a plain value: what to send, and how to read what comes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from qa.client.errors import ClientError, Refused
from qa.serve.batch import BatchResponse
from qa.serve.documents import ChangesResponse
from qa.serve.wire import (
    AskResponse,
    DocumentBody,
    DocumentsResponse,
    FilterBody,
    Problem,
    SearchResponse,
)

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and the reader of its reply."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    sends: Mapping[str, Any] = field(default_factory=dict)


def ask(question: str, top_k: int, collection: str, only: FilterBody | None) -> Call[AskResponse]:
    """Ask a question."""
    body = {"question": question, **_limits(top_k, collection, only)}
    return Call("POST", "/v1/ask", _reader(AskResponse), {"json": body})


def ask_batch(questions: Sequence[str], top_k: int, collection: str) -> Call[BatchResponse]:
    """Ask several questions at once."""
    limits = _limits(top_k, collection, None)
    bodies = [{"question": question, **limits} for question in questions]
    sends = {"json": {"questions": bodies}}
    return Call("POST", "/v1/ask:batch", _reader(BatchResponse), sends)


def search(
    query: str, top_k: int, collection: str, only: FilterBody | None
) -> Call[SearchResponse]:
    """Find passages."""
    body = {"query": query, **_limits(top_k, collection, only)}
    return Call("POST", "/v1/search", _reader(SearchResponse), {"json": body})


def documents(collection: str) -> Call[DocumentsResponse]:
    """List the documents."""
    sends = {"params": {"collection": collection}}
    return Call("GET", "/v1/documents", _reader(DocumentsResponse), sends)


def document(document_id: str, collection: str) -> Call[DocumentBody]:
    """Describe a document."""
    sends = {"params": {"collection": collection}}
    return Call("GET", _place(document_id), _reader(DocumentBody), sends)


def text(document_id: str, collection: str) -> Call[str]:
    """Fetch a document's text."""
    sends = {"params": {"collection": collection}}
    return Call("GET", f"{_place(document_id)}/text", _text, sends)


def add(paths: Sequence[Path], collection: str) -> Call[ChangesResponse]:
    """Add files."""
    files = [("file", (path.name, path.read_bytes())) for path in paths]
    sends = {"files": files, "data": {"collection": collection}}
    return Call("POST", "/v1/documents", _reader(ChangesResponse), sends)


def delete(document_id: str, collection: str) -> Call[None]:
    """Delete a document."""
    sends = {"params": {"collection": collection}}
    return Call("DELETE", _place(document_id), _nothing, sends)


def ready() -> Call[bool]:
    """Ask whether the service is ready; not being so is no error."""
    return Call("GET", "/readyz", lambda reply: reply.status_code == 200)


def _limits(top_k: int, collection: str, only: FilterBody | None) -> dict[str, Any]:
    limits: dict[str, Any] = {"top_k": top_k, "collection": collection}
    if only:
        limits["filter"] = only.model_dump(mode="json", exclude_none=True)
    return limits


def _place(document_id: str) -> str:
    return f"/v1/documents/{quote(document_id, safe='')}"


def _reader(model: type[M]) -> Callable[[httpx.Response], M]:
    def read(reply: httpx.Response) -> M:
        _check(reply)
        try:
            return model.model_validate_json(reply.content)
        except ValidationError as error:
            raise ClientError(f"{reply.url} did not answer as Quoth does; is it one?") from error

    return read


def _text(reply: httpx.Response) -> str:
    _check(reply)
    return reply.content.decode("utf-8")


def _nothing(reply: httpx.Response) -> None:
    _check(reply)


def _check(reply: httpx.Response) -> None:
    """Raise Refused for a problem, and for whatever else a proxy may answer."""
    if reply.is_success:
        return
    try:
        problem = Problem.model_validate_json(reply.content)
    except ValidationError:
        detail = f"{reply.url} did not say why."
        problem = Problem(title=reply.reason_phrase, status=reply.status_code, detail=detail)
    after = reply.headers.get("Retry-After", "")
    raise Refused(problem, int(after) if after.isdecimal() else None)
