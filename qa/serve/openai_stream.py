"""A finished reply as OpenAI's server-sent events, in the form of either of its interfaces."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from pydantic import BaseModel

from qa.serve.openai_wire import ChatCompletion, dumped
from qa.serve.responses_wire import ResponseObject

DONE = b"data: [DONE]\n\n"


def chat_events(completion: ChatCompletion, include_usage: bool) -> Iterator[bytes]:
    """Send a completion in chunks: its text by lines, then its citations, its end and its usage."""
    message = completion.choices[0].message
    yield _chunk(completion, {"role": "assistant", "content": ""}, include_usage)
    for piece in pieces(message.content):
        yield _chunk(completion, {"content": piece}, include_usage)
    citing = dumped(message)
    citations = {name: citing[name] for name in ("annotations", "citations")}
    yield _chunk(completion, citations, include_usage)
    yield _chunk(completion, {}, include_usage, "stop")
    if include_usage:
        last = _head(completion) | {"choices": [], "usage": dumped(completion.usage)}
        yield b"data: " + _json(last) + b"\n\n"
    yield DONE


def response_events(response: ResponseObject) -> Iterator[bytes]:
    """Send a response in the events of the Responses interface, numbered from 0."""
    numbers = count()
    for name, fields in _response_steps(response):
        event = {"type": name, "sequence_number": next(numbers), **fields}
        yield f"event: {name}\n".encode() + b"data: " + _json(event) + b"\n\n"


def pieces(text: str) -> list[str]:
    """Cut a text at its line ends; the pieces join up to the text."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]


def _chunk(
    completion: ChatCompletion, delta: dict[str, Any], usage: bool, end: str | None = None
) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}
    body = _head(completion) | {"choices": [choice]} | ({"usage": None} if usage else {})
    if end:
        body["quoth"] = _optional(completion.quoth)
    return b"data: " + _json(body) + b"\n\n"


def _head(completion: ChatCompletion) -> dict[str, Any]:
    return {
        "id": completion.id,
        "object": "chat.completion.chunk",
        "created": completion.created,
        "model": completion.model,
        "system_fingerprint": completion.system_fingerprint,
    }


def _response_steps(response: ResponseObject) -> Iterator[tuple[str, dict[str, Any]]]:
    whole = dumped(response)
    item = whole["output"][0]
    (part,) = item["content"]
    begun = whole | {"status": "in_progress", "output": [], "usage": None, "quoth": None}
    here = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    empty = part | {"text": "", "annotations": []}
    opened = item | {"status": "in_progress", "content": []}
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    yield "response.output_item.added", {"output_index": 0, "item": opened}
    yield "response.content_part.added", here | {"part": empty}
    for piece in pieces(part["text"]):
        yield "response.output_text.delta", here | {"delta": piece, "logprobs": []}
    for number, annotation in enumerate(part["annotations"]):
        cited = here | {"annotation_index": number, "annotation": annotation}
        yield "response.output_text.annotation.added", cited
    yield "response.output_text.done", here | {"text": part["text"], "logprobs": []}
    yield "response.content_part.done", here | {"part": part}
    yield "response.output_item.done", {"output_index": 0, "item": item}
    yield "response.completed", {"response": whole}


def _optional(reply: BaseModel | None) -> dict[str, Any] | None:
    return dumped(reply) if reply else None


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
