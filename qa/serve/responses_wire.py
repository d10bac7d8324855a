"""The reply of OpenAI's Responses interface."""

from typing import Literal

from pydantic import Field

from qa.serve.openai_wire import TextAnnotation
from qa.serve.wire import AnswerBody, AskResponse, Reply


class OutputText(Reply):
    """The answer: its text, its citations in OpenAI's form, and in full in Quoth's own."""

    type: Literal["output_text"] = "output_text"
    text: str
    annotations: list[TextAnnotation]
    logprobs: tuple[str, ...] = ()
    citations: list[AnswerBody]


class OutputMessage(Reply):
    """The only item of an output."""

    id: str
    type: Literal["message"] = "message"
    status: Literal["completed"] = "completed"
    role: Literal["assistant"] = "assistant"
    content: list[OutputText]


class InputDetails(Reply):
    """Nothing is cached."""

    cached_tokens: int = 0
    cache_write_tokens: int = 0


class OutputDetails(Reply):
    """Nothing is reasoned about."""

    reasoning_tokens: int = 0


class ResponseUsage(Reply):
    """Words and marks in and out. No model writes here, so these are no model's tokens."""

    input_tokens: int
    input_tokens_details: InputDetails = InputDetails()
    output_tokens: int
    output_tokens_details: OutputDetails = OutputDetails()
    total_tokens: int


class ResponseObject(Reply):
    """A reply; nothing of it is stored. `quoth` is the body of POST /v1/ask."""

    id: str
    object: Literal["response"] = "response"
    created_at: int
    status: Literal["completed"] = "completed"
    model: str
    output: list[OutputMessage]
    usage: ResponseUsage
    error: None = None
    incomplete_details: None = None
    instructions: str | None
    metadata: dict[str, str] = Field(default_factory=dict)
    parallel_tool_calls: bool = False
    previous_response_id: None = None
    store: bool = False
    temperature: float = 0.0
    tool_choice: Literal["none"] = "none"
    tools: tuple[str, ...] = ()
    top_p: float = 1.0
    quoth: AskResponse | None
