"""The client, sync and async: the same methods, and nothing in them but the sending."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx

from qa.client import calls
from qa.client.calls import Call
from qa.client.errors import Unreachable
from qa.serve.batch import BatchResponse
from qa.serve.documents import ChangesResponse
from qa.serve.wire import (
    AskResponse,
    DocumentBody,
    DocumentsResponse,
    FilterBody,
    SearchResponse,
)

T = TypeVar("T")

BASE_URL = "http://127.0.0.1:8000"


class _Calls:
    """Where the service is, who asks, and of which collection."""

    def __init__(
        self,
        base_url: str = BASE_URL,
        *,
        api_key: str | None = None,
        collection: str = "default",
        timeout: float = 60.0,
    ) -> None:
        self.collection = collection
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._options: dict[str, Any] = {
            "base_url": base_url,
            "headers": headers,
            "timeout": timeout,
        }

    def _unreachable(self, error: httpx.TransportError) -> Unreachable:
        reason = str(error) or type(error).__name__
        return Unreachable(f"{self._options['base_url']} did not answer: {reason}")


class Quoth(_Calls):
    """A client that waits. Every method raises Unreachable, or Refused with the problem."""

    def __init__(
        self,
        base_url: str = BASE_URL,
        *,
        api_key: str | None = None,
        collection: str = "default",
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(base_url, api_key=api_key, collection=collection, timeout=timeout)
        self._http = httpx.Client(transport=transport, **self._options)

    def ask(
        self,
        question: str,
        top_k: int = 3,
        *,
        filter: FilterBody | None = None,  # noqa: A002 the wire's name
    ) -> AskResponse:
        """Ask a question; at most `top_k` quotes (three), or nearest passages."""
        return self._send(calls.ask(question, top_k, self.collection, filter))

    def ask_batch(self, questions: Sequence[str], top_k: int = 3) -> BatchResponse:
        """Ask up to a hundred questions; each result is an answer or a problem, in their order."""
        return self._send(calls.ask_batch(questions, top_k, self.collection))

    def search(
        self,
        query: str,
        top_k: int = 10,
        *,
        filter: FilterBody | None = None,  # noqa: A002 the wire's name
    ) -> SearchResponse:
        """Find the `top_k` best passages, without reading them."""
        return self._send(calls.search(query, top_k, self.collection, filter))

    def documents(self) -> DocumentsResponse:
        """List the documents of the collection."""
        return self._send(calls.documents(self.collection))

    def document(self, document_id: str) -> DocumentBody:
        """Describe a document."""
        return self._send(calls.document(document_id, self.collection))

    def text(self, document_id: str) -> str:
        """Return a document's stored text, in which every offset counts."""
        return self._send(calls.text(document_id, self.collection))

    def add(self, *paths: Path) -> ChangesResponse:
        """Add files, or new versions of them."""
        return self._send(calls.add(paths, self.collection))

    def delete(self, document_id: str) -> None:
        """Delete a document."""
        self._send(calls.delete(document_id, self.collection))

    def ready(self) -> bool:
        """Say whether the service is loaded and warmed."""
        return self._send(calls.ready())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> "Quoth":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, call: Call[T]) -> T:
        try:
            reply = self._http.request(call.method, call.path, **call.sends)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        return call.read(reply)


class AsyncQuoth(_Calls):
    """A client that is awaited. Every method raises Unreachable, or Refused with the problem."""

    def __init__(
        self,
        base_url: str = BASE_URL,
        *,
        api_key: str | None = None,
        collection: str = "default",
        timeout: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(base_url, api_key=api_key, collection=collection, timeout=timeout)
        self._http = httpx.AsyncClient(transport=transport, **self._options)

    async def ask(
        self,
        question: str,
        top_k: int = 3,
        *,
        filter: FilterBody | None = None,  # noqa: A002 the wire's name
    ) -> AskResponse:
        """Ask a question; at most `top_k` quotes (three), or nearest passages."""
        return await self._send(calls.ask(question, top_k, self.collection, filter))

    async def ask_batch(self, questions: Sequence[str], top_k: int = 3) -> BatchResponse:
        """Ask up to a hundred questions; each result is an answer or a problem, in their order."""
        return await self._send(calls.ask_batch(questions, top_k, self.collection))

    async def search(
        self,
        query: str,
        top_k: int = 10,
        *,
        filter: FilterBody | None = None,  # noqa: A002 the wire's name
    ) -> SearchResponse:
        """Find the `top_k` best passages, without reading them."""
        return await self._send(calls.search(query, top_k, self.collection, filter))

    async def documents(self) -> DocumentsResponse:
        """List the documents of the collection."""
        return await self._send(calls.documents(self.collection))

    async def document(self, document_id: str) -> DocumentBody:
        """Describe a document."""
        return await self._send(calls.document(document_id, self.collection))

    async def text(self, document_id: str) -> str:
        """Return a document's stored text, in which every offset counts."""
        return await self._send(calls.text(document_id, self.collection))

    async def add(self, *paths: Path) -> ChangesResponse:
        """Add files, or new versions of them."""
        return await self._send(calls.add(paths, self.collection))

    async def delete(self, document_id: str) -> None:
        """Delete a document."""
        await self._send(calls.delete(document_id, self.collection))

    async def ready(self) -> bool:
        """Say whether the service is loaded and warmed."""
        return await self._send(calls.ready())

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> "AsyncQuoth":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _send(self, call: Call[T]) -> T:
        try:
            reply = await self._http.request(call.method, call.path, **call.sends)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        return call.read(reply)
