"""The OpenAI-compatible door: models, chat completions and responses, streamed and whole."""

import re
import time
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from qa.errors import InvalidInput
from qa.serve.api import Running, Timings
from qa.serve.body import StrictRoute
from qa.serve.conversation import Turn, question_of
from qa.serve.message import Message, linker, write_message
from qa.serve.openai_stream import chat_events, response_events
from qa.serve.openai_tasks import errand
from qa.serve.openai_wire import (
    Annotation,
    AssistantMessage,
    ChatCompletion,
    ChatRequest,
    Choice,
    Model,
    Models,
    OpenAIError,
    ResponsesRequest,
    TextAnnotation,
    Usage,
    dumped,
    text_of,
    turns_of,
    url_citations,
)
from qa.serve.problems import ALWAYS
from qa.serve.responses_wire import OutputMessage, OutputText, ResponseObject, ResponseUsage
from qa.serve.wire import AskResponse, Name
from qa.service import Ask

MODEL = "quoth"

router = APIRouter(tags=["openai"], route_class=StrictRoute)

NamedCollection = Annotated[Name | None, Header(alias="X-Quoth-Collection")]
_MODEL = re.compile(r"quoth(?:/([A-Za-z0-9][A-Za-z0-9._-]{0,63}))?")
_TOKEN = re.compile(r"\w+|[^\w\s]")


def _errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"description": "An error", "model": OpenAIError} for code in (*ALWAYS, *codes)}


_ERRORS = _errors(404, 413, 415)
_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}, **_ERRORS}


@dataclass(frozen=True, slots=True)
class _Reply:
    """What either interface puts into its own shape."""

    name: str
    model: str
    asked: str
    message: Message
    body: AskResponse | None
    timings: Timings

    @property
    def fingerprint(self) -> str | None:
        """Name the index generation that answered."""
        return self.body.searched.generation if self.body else None


@router.get("/v1/models", responses=_errors())
async def models() -> Models:
    """List the models: `quoth`, which answers from the default collection."""
    return Models(data=[Model(id=MODEL)])


@router.get("/v1/models/{name:path}", responses=_errors(404))
async def model(name: str) -> Model:
    """Describe a model: `quoth`, or `quoth/` and a collection."""
    _collection(name, None)
    return Model(id=name)


@router.post("/v1/chat/completions", response_model=ChatCompletion, responses=_STREAM)
async def chat(
    body: ChatRequest, request: Request, running: Running, collection: NamedCollection = None
) -> Response:
    """Answer the last user message of a conversation with quotes and their sources."""
    if body.n not in (None, 1):
        raise InvalidInput("n", f"is {body.n}; there is one answer to a question, so leave it at 1")
    asked = "\n".join(text_of(message.content) for message in body.messages)
    found = _collection(body.model, collection)
    reply = await _reply(request, running, body.model, found, (asked, turns_of(body.messages)))
    completion = _completion(reply)
    if body.stream:
        usage = bool(body.stream_options and body.stream_options.include_usage)
        return _stream(chat_events(completion, usage), reply.timings)
    return JSONResponse(dumped(completion), headers=_timing(reply))


@router.post("/v1/responses", response_model=ResponseObject, responses=_STREAM)
async def responses(
    body: ResponsesRequest, request: Request, running: Running, collection: NamedCollection = None
) -> Response:
    """Answer the last user message of an input with quotes and their sources."""
    if body.previous_response_id:
        reason = "is not kept here; send the whole conversation as `input`"
        raise InvalidInput("previous_response_id", reason)
    if isinstance(body.input, str):
        asked, turns = body.input, [Turn("user", body.input)]
    else:
        asked = "\n".join(text_of(item.content) for item in body.input)
        turns = turns_of(body.input)
    found = _collection(body.model, collection)
    reply = await _reply(request, running, body.model, found, (asked, turns))
    response = _response(reply, body.instructions)
    if body.stream:
        return _stream(response_events(response), reply.timings)
    return JSONResponse(dumped(response), headers=_timing(reply))


async def _reply(
    request: Request, running: Running, model: str, collection: str, said: tuple[str, list[Turn]]
) -> _Reply:
    asked, turns = said
    timings = Timings()
    if (text := errand(turns)) is not None:
        return _Reply("errand", model, asked, Message(text), None, timings)
    ask = Ask(question_of(turns), collection=collection)
    answer = await running.ask(ask, timings.steps)
    message = write_message(answer, linker(str(request.base_url), collection))
    name = answer.id.removeprefix("ans_")
    return _Reply(name, model, asked, message, AskResponse.of(answer), timings)


def _collection(model: str, header: str | None) -> str:
    """Return the collection that a model's name or the header names."""
    named = _MODEL.fullmatch(model)
    if not named:
        detail = f"There is no model {model!r}; use 'quoth', or 'quoth/' and a collection."
        raise HTTPException(404, detail)
    if named[1] and header and named[1] != header:
        raise InvalidInput("model", f"names another collection than the header ({header!r})")
    return named[1] or header or "default"


def _completion(reply: _Reply) -> ChatCompletion:
    spent, written = _tokens(reply.asked), _tokens(reply.message.text)
    message = AssistantMessage(
        content=reply.message.text,
        annotations=[Annotation(url_citation=each) for each in url_citations(reply.message)],
        citations=reply.body.answers if reply.body else [],
    )
    return ChatCompletion(
        id=f"chatcmpl-{reply.name}",
        created=int(time.time()),
        model=reply.model,
        system_fingerprint=reply.fingerprint,
        choices=[Choice(message=message)],
        usage=Usage(prompt_tokens=spent, completion_tokens=written, total_tokens=spent + written),
        quoth=reply.body,
    )


def _response(reply: _Reply, instructions: str | None) -> ResponseObject:
    spent, written = _tokens(reply.asked), _tokens(reply.message.text)
    text = OutputText(
        text=reply.message.text,
        annotations=[TextAnnotation(**dict(each)) for each in url_citations(reply.message)],
        citations=reply.body.answers if reply.body else [],
    )
    return ResponseObject(
        id=f"resp_{reply.name}",
        created_at=int(time.time()),
        model=reply.model,
        output=[OutputMessage(id=f"msg_{reply.name}", content=[text])],
        usage=ResponseUsage(
            input_tokens=spent, output_tokens=written, total_tokens=spent + written
        ),
        instructions=instructions,
        quoth=reply.body,
    )


def _stream(events: Any, timings: Timings) -> Response:
    headers = {
        "Server-Timing": timings.header(),
        "Cache-Control": "no-cache",
        "X-Accel-Buffering": "no",
    }
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _timing(reply: _Reply) -> dict[str, str]:
    return {"Server-Timing": reply.timings.header()}


def _tokens(text: str) -> int:
    return len(_TOKEN.findall(text))
