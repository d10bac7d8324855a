"""The MCP door: tools and documents for agents, over streamable HTTP at /mcp and over stdio."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mcp.server import Server, ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
)
from pydantic import ValidationError
from starlette.types import Receive, Scope, Send

from index.document import Summary
from qa.serve.mcp_tools import TOOLS, AgentTool
from qa.serve.problems import STATUS, problem_of
from qa.serve.runtime import Runtime
from qa.service import Service

T = TypeVar("T")
_log = logging.getLogger(__name__)

_PAGE = 100
_COLLECTION = "x-quoth-collection"
_INSTRUCTIONS = (
    "Quoth answers questions from a fixed set of documents in their own words. Call `ask` first; "
    "when it abstains, the documents do not answer, and you should say so. Quote its `quote` word "
    "for word and name the document. Check other quotations with `verify_quote`."
)


class _Handlers:
    """Answers the protocol's requests; all work goes through the runtime."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def list_tools(
        self, context: ServerRequestContext, params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=[tool.listed() for tool in TOOLS.values()])

    async def call_tool(
        self, context: ServerRequestContext, params: CallToolRequestParams
    ) -> CallToolResult:
        tool = TOOLS.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"There is no tool {params.name!r}.")
        arguments = {**_defaults(context), **(params.arguments or {})}
        return await _call(self._runtime, tool, arguments)

    async def list_resources(
        self, context: ServerRequestContext, params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        collection = _defaults(context).get("collection", "default")
        start = _start(params.cursor if params else None)
        found = await _documents(self._runtime, collection)
        page = found[start : start + _PAGE]
        more = str(start + _PAGE) if start + _PAGE < len(found) else None
        resources = [_resource(summary, collection) for summary in page]
        return ListResourcesResult(resources=resources, next_cursor=more)

    async def list_templates(
        self, context: ServerRequestContext, params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        template = ResourceTemplate(
            name="document",
            title="A document's text",
            uri_template="quoth://{collection}/documents/{document_id}",
            mime_type="text/plain",
        )
        return ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, context: ServerRequestContext, params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        text = await _read(self._runtime, str(params.uri))
        contents = TextResourceContents(uri=params.uri, text=text, mime_type="text/plain")
        return ReadResourceResult(contents=[contents])


def make_server(runtime: Runtime) -> Server[dict[str, Any]]:
    """Make the server that both transports speak through."""
    handlers = _Handlers(runtime)
    return Server(
        "quoth",
        title="Quoth",
        version=version("quoth"),
        instructions=_INSTRUCTIONS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
    )


class McpDoor:
    """Serves MCP over streamable HTTP, one request at a time and without sessions.

    Which hosts, origins and keys may come here is decided before, at the gate.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._manager = StreamableHTTPSessionManager(
            make_server(runtime), json_response=True, stateless=True
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve while the application runs."""
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._manager.handle_request(scope, receive, send)


def _defaults(context: ServerRequestContext) -> dict[str, str]:
    """Return the arguments that the request's headers stand for; there are none over stdio."""
    headers: Mapping[str, str] = getattr(context.request, "headers", {})
    collection = headers.get(_COLLECTION)
    return {"collection": collection} if collection else {}


async def _call(runtime: Runtime, tool: AgentTool, arguments: Mapping[str, Any]) -> CallToolResult:
    """Call a tool; what the caller did wrong is a result that the agent can read and mend."""
    try:
        body = tool.takes.model_validate(arguments)
        result = await tool.call(runtime, body)
    except ValidationError as error:
        return _failed("; ".join(_fault(each) for each in error.errors()))
    except tuple(STATUS) as error:
        return _failed(problem_of(error).detail)
    except Exception:  # noqa: BLE001 a door: logged, and told without its words
        _log.exception("the tool %s failed", tool.name)
        return _failed("Something failed here; the log says more.")
    text = result.model_dump_json()
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content=result.model_dump(mode="json"),
    )


def _failed(detail: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=detail)], is_error=True)


def _fault(error: Mapping[str, Any]) -> str:
    return f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal() or len(cursor) > 9:
        raise MCPError(INVALID_PARAMS, "cursor: is none that this server gave out")
    return int(cursor)


async def _documents(runtime: Runtime, collection: str) -> list[Summary]:
    return await _known(runtime, lambda service: list(service.corpus.list(collection)))


async def _read(runtime: Runtime, uri: str) -> str:
    parts = urlsplit(uri)
    folder, _, document_id = parts.path.lstrip("/").partition("/")
    if parts.scheme != "quoth" or folder != "documents" or not document_id:
        raise MCPError(INVALID_PARAMS, f"There is no resource {uri!r}.", {"uri": uri})
    return await _known(runtime, lambda service: service.corpus.get(document_id, parts.netloc).text)


async def _known(runtime: Runtime, work: Callable[[Service], T]) -> T:
    """Run work for a request that has no result of its own for errors."""
    try:
        return await runtime.run(work)
    except tuple(STATUS) as error:
        raise MCPError(INVALID_PARAMS, problem_of(error).detail) from error


def _resource(summary: Summary, collection: str) -> Resource:
    return Resource(
        uri=f"quoth://{collection}/documents/{summary.id}",
        name=summary.uri,
        title=summary.title,
        description=f"{summary.characters} characters, dated {summary.date or 'not at all'}",
        mime_type="text/plain",
    )
