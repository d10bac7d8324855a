"""The tools that an agent may call, each with the schema of what it takes and what it returns."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mcp_types import Tool, ToolAnnotations
from pydantic import BaseModel

from qa.serve.api import search_passages
from qa.serve.mcp_wire import (
    MOST_CHARACTERS,
    GetDocumentRequest,
    GetDocumentResponse,
    VerifyRequest,
    VerifyResponse,
)
from qa.serve.runtime import Runtime
from qa.serve.wire import AskRequest, AskResponse, DocumentBody, SearchRequest, SearchResponse
from qa.service import Service
from qa.verify import verify


@dataclass(frozen=True, slots=True)
class AgentTool:
    """A tool: its words for the agent, its shapes, and what it does."""

    name: str
    title: str
    description: str
    takes: type[BaseModel]
    returns: type[BaseModel]
    call: Callable[[Runtime, Any], Awaitable[BaseModel]]

    def listed(self) -> Tool:
        """Describe the tool as it is listed; it only reads, and the same call gives the same."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.takes.model_json_schema(),
            output_schema=self.returns.model_json_schema(mode="serialization"),
            annotations=ToolAnnotations(
                title=self.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )


async def _ask(runtime: Runtime, body: AskRequest) -> AskResponse:
    return AskResponse.of(await runtime.ask(body.to_ask()))


async def _search(runtime: Runtime, body: SearchRequest) -> SearchResponse:
    return await runtime.run(lambda service: search_passages(service, body))


async def _get_document(runtime: Runtime, body: GetDocumentRequest) -> GetDocumentResponse:
    return await runtime.run(lambda service: _part(service, body))


async def _verify_quote(runtime: Runtime, body: VerifyRequest) -> VerifyResponse:
    found = await runtime.run(
        lambda service: verify(service.corpus, body.text, body.collection, body.document_id)
    )
    return VerifyResponse.of(found)


def _part(service: Service, body: GetDocumentRequest) -> GetDocumentResponse:
    document = service.corpus.get(body.document_id, body.collection)
    length = len(document.text)
    start = min(body.start, length)
    wanted = length if body.end is None else min(max(body.end, start), length)
    end = min(wanted, start + MOST_CHARACTERS)
    listed = service.corpus.list(body.collection)
    summary = next(each for each in listed if each.id == body.document_id)
    return GetDocumentResponse(
        document=DocumentBody.model_validate(summary),
        text=document.text[start:end],
        start=start,
        end=end,
        next_start=end if end < wanted else None,
    )


TOOLS = {
    tool.name: tool
    for tool in (
        AgentTool(
            "ask",
            "Ask the documents",
            "Answer a question from the documents with verbatim quotes, each with its document "
            "and its place there, or abstain. When `status` is `abstained` the documents do not "
            "answer; `nearest` then holds related passages that are no answer. Cite `quote` word "
            "for word. `confidence` is the probability that the first answer is right.",
            AskRequest,
            AskResponse,
            _ask,
        ),
        AgentTool(
            "search",
            "Search the documents",
            "Find the passages that are nearest to a query, best first, without judging whether "
            "they answer it.",
            SearchRequest,
            SearchResponse,
            _search,
        ),
        AgentTool(
            "get_document",
            "Read a document",
            "Return a document's text, or the part from `start` to `end` in code points, at most "
            f"{MOST_CHARACTERS:,} at once; go on from `next_start`.",
            GetDocumentRequest,
            GetDocumentResponse,
            _get_document,
        ),
        AgentTool(
            "verify_quote",
            "Verify a quote",
            "Say whether a text stands word for word in the documents, how often, and where. Use "
            "it before you present words as a quotation.",
            VerifyRequest,
            VerifyResponse,
            _verify_quote,
        ),
    )
}
