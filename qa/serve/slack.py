"""The Slack door: mentions and a slash command, by the Events API (extra `slack`).

Slack signs what it sends, and slack_bolt checks it. An event that Slack sends again, because the
first answer was late, is answered once.
"""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from qa.errors import InvalidInput
from qa.question import check_question
from qa.serve.access import Access, Unauthorized, acting
from qa.serve.message import linker
from qa.serve.problems import STATUS, problem_of
from qa.serve.runtime import Runtime
from qa.serve.slack_blocks import blocks_of, escape, fallback, question_in
from qa.service import Ask

_log = logging.getLogger(__name__)

_REMEMBERED = 10_000
_Post = Callable[..., Awaitable[Any]]


class SlackDoor:
    """Answers what a workspace asks, from one collection."""

    def __init__(
        self, runtime: Runtime, secret: str, token: str, collection: str, api: str
    ) -> None:
        self._runtime = runtime
        self._collection = collection
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._verifier = SignatureVerifier(secret)
        client = AsyncWebClient(token=token, base_url=api)
        bolt = AsyncApp(signing_secret=secret, token=token, client=client)
        bolt.event("app_mention")(self._mentioned)
        bolt.command("/quoth")(self._commanded)
        self._handler = AsyncSlackRequestHandler(bolt)

    def router(self) -> APIRouter:
        """Return the routes to put into the settings of the Slack app."""
        router = APIRouter(include_in_schema=False)
        router.post("/v1/slack/events")(self._receive)
        router.post("/v1/slack/commands")(self._receive)
        return router

    async def _receive(self, request: Request) -> Response:
        """Check the signature before anything is parsed, then let slack_bolt read the request."""
        if not self._is_signed(await request.body(), dict(request.headers)):
            raise Unauthorized("The signature is not that of this body with the signing secret.")
        more = {"base_url": str(request.base_url)}
        with acting(Access("slack", frozenset({"ask"}), frozenset({self._collection}))):
            return await self._handler.handle(request, more)

    def _is_signed(self, body: bytes, headers: dict[str, str]) -> bool:
        try:
            return self._verifier.is_valid_request(body, headers)
        except (TypeError, ValueError):  # a stamp that is no number, a signature not in ASCII
            return False

    async def _mentioned(
        self, body: dict[str, Any], event: dict[str, Any], say: _Post, context: dict[str, Any]
    ) -> None:
        if event.get("bot_id") or self._again(str(body.get("event_id", ""))):
            return
        reply = await self._reply(str(event.get("text", "")), context["base_url"])
        await say(**reply, thread_ts=event.get("thread_ts") or event["ts"])

    async def _commanded(
        self, ack: _Post, command: dict[str, Any], respond: _Post, context: dict[str, Any]
    ) -> None:
        await ack()
        reply = await self._reply(str(command.get("text", "")), context["base_url"])
        await respond(**reply, response_type="in_channel")

    async def _reply(self, text: str, base: str) -> dict[str, Any]:
        link = linker(base, self._collection)
        try:
            ask = Ask(check_question(question_in(text)), collection=self._collection)
            answer = await self._runtime.ask(ask)
        except InvalidInput as error:
            return {"text": escape(f"The question {error.reason}.")}
        except tuple(STATUS) as error:
            return {"text": escape(problem_of(error).detail)}
        except Exception:  # noqa: BLE001 a door: logged, and told without its words
            _log.exception("an answer for Slack failed")
            return {"text": "Something failed here; the log says more."}
        return {
            "text": fallback(answer, link),
            "blocks": blocks_of(answer, link),
            "unfurl_links": False,
        }

    def _again(self, event_id: str) -> bool:
        """Remember an event, and say whether it was here before."""
        if not event_id:
            return False
        again = event_id in self._seen
        self._seen[event_id] = None
        self._seen.move_to_end(event_id)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return again
