"""A LlamaIndex retriever (extra `llamaindex`): Quoth's quotes or passages as scored nodes."""

from typing import Any, Literal

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from qa.client import AsyncQuoth, Quoth
from qa.integrations.found import Found, quotes, results


class QuothRetriever(BaseRetriever):
    """Retrieves from a Quoth service.

    With `mode="quotes"` (the default) a node is a quote that answers the query, and an abstention
    retrieves nothing; with `mode="passages"` it is a passage, answer or not. `service` takes the
    arguments of `qa.client.Quoth`: base_url, api_key, collection, timeout.
    """

    def __init__(
        self, mode: Literal["quotes", "passages"] = "quotes", top_k: int = 3, **service: Any
    ) -> None:
        super().__init__()
        self._mode = mode
        self._top_k = top_k
        self._service = service

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with Quoth(**self._service) as quoth:
            if self._mode == "quotes":
                return _nodes(quotes(quoth.ask(query_bundle.query_str, self._top_k)))
            return _nodes(results(quoth.search(query_bundle.query_str, self._top_k)))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        async with AsyncQuoth(**self._service) as quoth:
            if self._mode == "quotes":
                return _nodes(quotes(await quoth.ask(query_bundle.query_str, self._top_k)))
            return _nodes(results(await quoth.search(query_bundle.query_str, self._top_k)))


def _nodes(found: list[Found]) -> list[NodeWithScore]:
    return [
        NodeWithScore(
            node=TextNode(
                id_=each.quote_id,
                text=each.text,
                metadata=each.metadata,
                excluded_llm_metadata_keys=list(each.metadata),
                excluded_embed_metadata_keys=list(each.metadata),
            ),
            score=each.score,
        )
        for each in found
    ]
