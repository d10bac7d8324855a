"""The REST door: questions, searches and documents."""

from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from qa.serve.body import StrictRoute
from qa.serve.events import MEDIA_TYPE, answer_events, wants_events
from qa.serve.problems import problems
from qa.serve.runtime import Runtime
from qa.serve.wire import (
    AskRequest,
    AskResponse,
    DocumentBody,
    DocumentsResponse,
    Health,
    Name,
    ResultBody,
    SearchedBody,
    SearchRequest,
    SearchResponse,
)
from qa.service import Service

router = APIRouter(route_class=StrictRoute)
health = APIRouter()
"""What probes ask, without a key."""


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


@router.post(
    "/v1/ask",
    response_model=AskResponse,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **problems(404, 413, 415, 422)},
)
async def ask(body: AskRequest, request: Request, running: Running) -> Response:
    """Answer a question in the documents' own words, or say that they do not say.

    As `text/event-stream`: an event `answer` for each quote, then `done` with the whole body.
    """
    timings = Timings()
    answer = AskResponse.of(await running.ask(body.to_ask(), timings.steps))
    if wants_events(request):
        reply = answer_events(answer)
    else:
        reply = Response(answer.model_dump_json(), media_type="application/json")
    reply.headers["Server-Timing"] = timings.header()
    return reply


@router.post("/v1/search", responses=problems(404, 413, 415, 422))
async def search(body: SearchRequest, running: Running, response: Response) -> SearchResponse:
    """Find passages for a query, without reading them."""
    timings = Timings()
    found = await running.run(lambda service: search_passages(service, body))
    response.headers["Server-Timing"] = timings.header()
    return found


def search_passages(service: Service, body: SearchRequest) -> SearchResponse:
    """Rank the passages and quote the best."""
    asked = body.to_ask()
    ranking = service.search(asked)
    hits = ranking.hits[: asked.top_k]
    quotes = service.passages(hits, asked.collection)
    return SearchResponse(
        query=body.query,
        results=[ResultBody.of_hit(hit, quote) for hit, quote in zip(hits, quotes, strict=True)],
        searched=SearchedBody.model_validate(ranking.searched),
    )


@router.get("/v1/documents", responses=problems(404, 422))
async def documents(running: Running, collection: Collection = "default") -> DocumentsResponse:
    """List the documents of a collection."""
    found = await running.run(lambda service: service.corpus.list(collection))
    return DocumentsResponse(documents=[DocumentBody.model_validate(summary) for summary in found])


@router.get("/v1/documents/{document_id}", responses=problems(404, 422))
async def document(
    document_id: str, running: Running, collection: Collection = "default"
) -> DocumentBody:
    """Describe a document, without its text."""
    return DocumentBody.model_validate(
        await running.run(lambda service: service.corpus.describe(document_id, collection))
    )


@router.get(
    "/v1/documents/{document_id}/text",
    responses={200: {"content": {"text/plain": {}}}, **problems(404, 422)},
    response_class=Response,
)
async def text(document_id: str, running: Running, collection: Collection = "default") -> Response:
    """Return the stored text, in which every offset counts."""
    found = await running.run(lambda service: service.corpus.get(document_id, collection))
    return Response(found.text.encode(), media_type="text/plain; charset=utf-8")


@health.get("/healthz", responses=problems())
async def healthz() -> Health:
    """Say that the process is up."""
    return Health(status="ok")


@health.get("/readyz", responses=problems(503))
async def readyz(running: Running) -> Health:
    """Say whether the models are loaded and warmed; 503 until then."""
    _ = running.service
    return Health(status="ready")
