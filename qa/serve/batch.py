"""Many questions in one request: answered in order, each on its own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, TypeAdapter, ValidationError

from qa.serve.access import current_access
from qa.serve.api import Running
from qa.serve.body import StrictRoute
from qa.serve.events import MEDIA_TYPE, event, stream, wants_events
from qa.serve.problems import STATUS, name_field, problem_of, problems
from qa.serve.runtime import Overloaded, Runtime
from qa.serve.wire import AskRequest, AskResponse, Problem, Reply
from qa.serve.wire import Request as RequestBody

router = APIRouter(route_class=StrictRoute)

MOST_QUESTIONS = 100
_ASKED = TypeAdapter(AskRequest)
_PATIENCE = 60
"""Times that a question of a batch waits for a place in the queue before it fails."""


class BatchRequest(RequestBody):
    """Questions, each as `POST /v1/ask` takes it; a bad one becomes an error in its place."""

    questions: Annotated[
        list[Any],
        Field(
            min_length=1,
            max_length=MOST_QUESTIONS,
            description='Each is the body of a question: {"question": "…", "top_k": 3}.',
        ),
    ]


class BatchResult(Reply):
    """The answer to one question, or the problem that it met."""

    index: int
    answer: AskResponse | None
    error: Problem | None


class BatchResponse(Reply):
    """The results, in the order of the questions."""

    results: list[BatchResult]


@router.post(
    "/v1/ask:batch",
    response_model=BatchResponse,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **problems(413, 415, 422)},
)
async def ask_batch(body: BatchRequest, request: Request, running: Running) -> Response:
    """Answer up to a hundred questions; as events, each answer is sent as it comes."""
    running.check_room()
    request.app.state.key_buckets.charge(current_access().name, len(body.questions) - 1)
    if wants_events(request):
        return stream(_events(running, body.questions))
    async with aclosing(_results(running, body.questions)) as results:
        found = [result async for result in results]
    return Response(BatchResponse(results=found).model_dump_json(), media_type="application/json")


async def _events(running: Runtime, questions: list[Any]) -> AsyncGenerator[bytes]:
    found: list[BatchResult] = []
    async with aclosing(_results(running, questions)) as results:
        async for result in results:
            found.append(result)
            yield event("answer", result)
    yield event("done", BatchResponse(results=found))


async def _results(running: Runtime, questions: list[Any]) -> AsyncGenerator[BatchResult]:
    """Yield the results in order, with as many questions under way as there are workers."""
    ahead: list[asyncio.Task[BatchResult]] = []
    waiting = enumerate(questions)
    try:
        for index, question in waiting:
            ahead.append(asyncio.create_task(_result(running, index, question)))
            if len(ahead) > running.workers:
                yield await ahead.pop(0)
        while ahead:
            yield await ahead.pop(0)
    finally:
        for task in ahead:
            task.cancel()


async def _result(running: Runtime, index: int, question: Any) -> BatchResult:
    try:
        body = _ASKED.validate_python(question)
        answer = await _patiently(running, body)
    except ValidationError as error:
        return BatchResult(index=index, answer=None, error=_invalid(index, error))
    except tuple(STATUS) as error:
        return BatchResult(index=index, answer=None, error=problem_of(error))
    return BatchResult(index=index, answer=AskResponse.of(answer), error=None)


async def _patiently(running: Runtime, body: AskRequest) -> Any:
    """Ask, and wait for a place in the queue: the batch as a whole was let in."""
    for _ in range(_PATIENCE):
        try:
            return await running.ask(body.to_ask())
        except Overloaded as error:
            await asyncio.sleep(error.retry_after)
    return await running.ask(body.to_ask())


def _invalid(index: int, error: ValidationError) -> Problem:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = name_field(("body", "questions", index, *first["loc"]))
    reason = first["msg"].removeprefix("Value error, ")
    return Problem(title="Invalid input", status=422, detail=f"{field}: {reason}", field=field)
