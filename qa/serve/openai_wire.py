"""OpenAI's shapes: what is read of a request, and what a reply looks like.

Requests are read leniently, since clients send what their own models take (tools, temperature,
reasoning effort); replies carry Quoth's own words beside OpenAI's.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.serve.conversation import Turn
from qa.serve.message import Message
from qa.serve.wire import AnswerBody, AskResponse, Reply

MOST_MESSAGES = 2_000


class Lenient(BaseModel):
    """What comes in from a client of another service: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Part(Lenient):
    """A part of a message; only text counts."""

    type: str
    text: str | None = None


Content = str | list[Part] | None


class ChatMessage(Lenient):
    """A message of a conversation."""

    role: str
    content: Content = None


class StreamOptions(Lenient):
    """What a stream carries besides the text."""

    include_usage: bool | None = False


class ChatRequest(Lenient):
    """A conversation whose last user message is the question."""

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, Field(json_schema_extra={"enum": [1, None]})] = 1


class InputItem(Lenient):
    """An item of a Responses input; only messages count."""

    type: str = "message"
    role: str = ""
    content: Content = None


class ResponsesRequest(Lenient):
    """A question, or a conversation whose last user message is the question."""

    model: str
    input: str | Annotated[list[InputItem], Field(min_length=1, max_length=MOST_MESSAGES)]
    instructions: str | None = None
    previous_response_id: str | None = None
    stream: bool | None = False


class UrlCitation(Reply):
    """Where a quote stands in the message text, in code points, and where it comes from."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(Reply):
    """A citation in the form of Chat Completions."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class TextAnnotation(UrlCitation):
    """A citation in the form of Responses."""

    type: Literal["url_citation"] = "url_citation"


class AssistantMessage(Reply):
    """The answer: its text, its citations in OpenAI's form, and in full in Quoth's own."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]
    citations: list[AnswerBody]


class Choice(Reply):
    """The only choice."""

    index: Literal[0] = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(Reply):
    """Words and marks in and out. No model writes here, so these are no model's tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(Reply):
    """A reply. `quoth` is the body of POST /v1/ask; null where a client's own task was served."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    system_fingerprint: str | None
    choices: list[Choice]
    usage: Usage
    quoth: AskResponse | None


class Model(Reply):
    """A model that can be named: `quoth`, or `quoth/` and a collection."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: Literal["quoth"] = "quoth"


class Models(Reply):
    """The models that can be named."""

    object: Literal["list"] = "list"
    data: list[Model]


class OpenAIProblem(Reply):
    """What went wrong; `param` names the field."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(Reply):
    """An error in OpenAI's form."""

    error: OpenAIProblem


def text_of(content: Content) -> str:
    """Join the text parts of a content."""
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(part.text for part in content if part.text)


def turns_of(messages: Sequence[ChatMessage | InputItem]) -> list[Turn]:
    """Keep what the user and the assistant said."""
    turns: list[Turn] = []
    for message in messages:
        if message.role == "user":
            turns.append(Turn("user", text_of(message.content)))
        elif message.role == "assistant":
            turns.append(Turn("assistant", text_of(message.content)))
    return turns


def url_citations(message: Message) -> list[UrlCitation]:
    """Say where each quote stands in the text, and where it comes from."""
    return [
        UrlCitation(
            start_index=each.start,
            end_index=each.end,
            title=each.quoted.quote.source.title,
            url=each.url,
        )
        for each in message.citations
    ]


def dumped(reply: BaseModel) -> dict[str, Any]:
    """Return a reply as JSON values."""
    return reply.model_dump(mode="json")
