"""The REST door: questions, searches and documents."""

from time import perf_counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from qa.serve.runtime import Runtime
from qa.serve.wire import (
    AskRequest,
    AskResponse,
    DocumentBody,
    DocumentsResponse,
    Health,
    Name,
    Problem,
    ResultBody,
    SearchedBody,
    SearchRequest,
    SearchResponse,
)
from qa.service import Service

router = APIRouter()


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Declare the problems a route may answer with, for the OpenAPI document."""
    body = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {code: {"description": "A problem (RFC 9457)", "content": body} for code in codes}


def runtime(request: Request) -> Runtime:
    """Return the application's runtime."""
    found = request.app.state.runtime
    assert isinstance(found, Runtime)  # noqa: S101 set by create_app
    return found


Running = Annotated[Runtime, Depends(runtime)]
Collection = Annotated[Name, Query()]


class Timings:
    """Collects the seconds of each step for the `Server-Timing` header."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self._start = perf_counter()

    def observe(self, step: str, seconds: float) -> None:
        """Note a finished step."""
        self.steps[step] = seconds

    def header(self) -> str:
        """Write the header; durations are in milliseconds."""
        steps = {**self.steps, "total": perf_counter() - self._start}
        return ", ".join(f"{name};dur={1000 * seconds:.2f}" for name, seconds in steps.items())


@router.post("/v1/ask", responses=problems(400, 404, 413, 422, 429, 503))
async def ask(body: AskRequest, running: Running, response: Response) -> AskResponse:
    """Answer a question in the documents' own words, or say that they do not say."""
    timings = Timings()
    answer = await running.run(lambda service: service.ask(body.to_ask(), timings.observe))
    response.headers["Server-Timing"] = timings.header()
    return AskResponse.of(answer)


@router.post("/v1/search", responses=problems(400, 404, 413, 422, 429, 503))
async def search(body: SearchRequest, running: Running, response: Response) -> SearchResponse:
    """Find passages for a query, without reading them."""
    timings = Timings()
    found = await running.run(lambda service: _search(service, body))
    response.headers["Server-Timing"] = timings.header()
    return found


def _search(service: Service, body: SearchRequest) -> SearchResponse:
    asked = body.to_ask()
    ranking = service.search(asked)
    hits = ranking.hits[: asked.top_k]
    quotes = service.passages(hits, asked.collection)
    return SearchResponse(
        query=body.query,
        results=[ResultBody.of_hit(hit, quote) for hit, quote in zip(hits, quotes, strict=True)],
        searched=SearchedBody.of(ranking.searched),
    )


@router.get("/v1/documents", responses=problems(404, 422, 429, 503))
async def documents(running: Running, collection: Collection = "default") -> DocumentsResponse:
    """List the documents of a collection."""
    found = await running.run(lambda service: service.corpus.list(collection))
    return DocumentsResponse(documents=[DocumentBody.of(summary) for summary in found])


@router.get("/v1/documents/{document_id}", responses=problems(404, 422, 429, 503))
async def document(
    document_id: str, running: Running, collection: Collection = "default"
) -> DocumentBody:
    """Describe a document, without its text."""
    return DocumentBody.of(
        await running.run(lambda service: service.corpus.describe(document_id, collection))
    )


@router.get(
    "/v1/documents/{document_id}/text",
    responses={200: {"content": {"text/plain": {}}}, **problems(404, 422, 429, 503)},
    response_class=Response,
)
async def text(document_id: str, running: Running, collection: Collection = "default") -> Response:
    """Return the stored text, in which every offset counts."""
    found = await running.run(lambda service: service.corpus.get(document_id, collection))
    return Response(found.text.encode(), media_type="text/plain; charset=utf-8")


@router.get("/healthz")
async def healthz() -> Health:
    """Say that the process is up."""
    return Health(status="ok")


@router.get("/readyz", responses=problems(503))
async def readyz(running: Running) -> Health:
    """Say whether the models are loaded and warmed; 503 until then."""
    _ = running.service
    return Health(status="ready")
