"""A running Quoth service, asked over HTTP alone."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from eval.door import Limits, Listed, Passage, Reply
from eval.errors import DoorError

_T = TypeVar("_T")

_REPLY = TypeAdapter(Reply)
_PASSAGES = TypeAdapter(tuple[Passage, ...])
_LISTED = TypeAdapter(tuple[Listed, ...])


class HttpDoor:
    """Speaks the REST door of the service at a URL, with an API key where it wants one.

    The transport can be replaced for tests.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        timeout_seconds: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=timeout_seconds,
            transport=transport,
        )

    def __enter__(self) -> "HttpDoor":
        """Keep the connection for a whole run."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._client.close()

    def ask(self, question: str, top_k: int, limits: Limits | None = None) -> Reply:
        """Ask with POST /v1/ask. Raises DoorError."""
        body = {"question": question, "top_k": top_k, **_filter(limits)}
        return _read(_REPLY, self._send("POST", "/v1/ask", body).json())

    def search(self, query: str, top_k: int, limits: Limits | None = None) -> tuple[Passage, ...]:
        """Search with POST /v1/search. Raises DoorError."""
        body = {"query": query, "top_k": top_k, **_filter(limits)}
        return _read(_PASSAGES, self._send("POST", "/v1/search", body).json().get("results"))

    def documents(self) -> tuple[Listed, ...]:
        """List with GET /v1/documents. Raises DoorError."""
        return _read(_LISTED, self._send("GET", "/v1/documents").json().get("documents"))

    def text(self, document_id: str) -> str:
        """Fetch with GET /v1/documents/{id}/text. Raises DoorError."""
        return self._send("GET", f"/v1/documents/{document_id}/text").content.decode("utf-8")

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        try:
            response = self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise DoorError(0, f"{self._client.base_url}: {error}") from error
        if response.is_error:
            raise DoorError(response.status_code, _detail(response))
        return response


def filter_body(limits: Limits) -> dict[str, Any]:
    """Write limits as the `filter` of a request, without what limits nothing."""
    body = {
        "documents": list(limits.documents),
        "date_from": limits.date_from.isoformat() if limits.date_from else None,
        "date_to": limits.date_to.isoformat() if limits.date_to else None,
        "metadata": dict(limits.metadata),
    }
    return {name: value for name, value in body.items() if value}


def _filter(limits: Limits | None) -> dict[str, Any]:
    return {"filter": filter_body(limits)} if limits else {}


def _read(adapter: TypeAdapter[_T], body: Any) -> _T:
    try:
        return adapter.validate_python(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DoorError(200, f"the body is not Quoth's: {where}: {first['msg']}") from error


def _detail(response: httpx.Response) -> str:
    try:
        problem = response.json()
        return str(problem.get("detail") or problem.get("title"))
    except (ValueError, AttributeError):
        return response.text[:200]
