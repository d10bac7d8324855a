"""Server-sent events: answers as they come, and the whole body at the end."""

from collections.abc import AsyncIterator, Iterable

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from qa.serve.wire import AskResponse

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def wants_events(request: Request) -> bool:
    """Say whether the client asked for events, by name."""
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(kind.split(";")[0].strip() == MEDIA_TYPE for kind in accepted)


def event(name: str, body: BaseModel) -> bytes:
    """Write one event; JSON has no line breaks, so its data is one line."""
    return f"event: {name}\ndata: {body.model_dump_json()}\n\n".encode()


def answer_events(answer: AskResponse) -> Response:
    """Send each quoted answer, then the body that a plain request would have got."""
    written: Iterable[bytes] = [event("answer", each) for each in answer.answers]
    body = b"".join([*written, event("done", answer)])
    return Response(body, media_type=MEDIA_TYPE, headers=HEADERS)


def stream(events: AsyncIterator[bytes]) -> Response:
    """Send events as they come."""
    return StreamingResponse(events, media_type=MEDIA_TYPE, headers=HEADERS)
