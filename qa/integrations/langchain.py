"""A LangChain retriever (extra `langchain`): Quoth's quotes or passages as documents."""

from collections.abc import Callable
from typing import Any, Literal

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from qa.client import AsyncQuoth, Quoth
from qa.integrations.found import Found, quotes, results


class QuothRetriever(BaseRetriever):
    """Retrieves from a Quoth service.

    With `mode="quotes"` (the default) a document is a quote that answers the query, and an
    abstention retrieves nothing; with `mode="passages"` it is a passage, answer or not.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    base_url: str = "http://127.0.0.1:8000"
    api_key: str | None = Field(None, repr=False)
    collection: str = "default"
    mode: Literal["quotes", "passages"] = "quotes"
    top_k: int = 3
    timeout: float = 60.0

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        with self._client(Quoth) as quoth:
            if self.mode == "quotes":
                return _documents(quotes(quoth.ask(query, self.top_k)))
            return _documents(results(quoth.search(query, self.top_k)))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        async with self._client(AsyncQuoth) as quoth:
            if self.mode == "quotes":
                return _documents(quotes(await quoth.ask(query, self.top_k)))
            return _documents(results(await quoth.search(query, self.top_k)))

    def _client(self, kind: Callable[..., Any]) -> Any:
        return kind(
            self.base_url, api_key=self.api_key, collection=self.collection, timeout=self.timeout
        )


def _documents(found: list[Found]) -> list[Document]:
    return [
        Document(id=each.quote_id, page_content=each.text, metadata=each.metadata) for each in found
    ]
