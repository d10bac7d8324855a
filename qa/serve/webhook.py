"""The webhook door: outgoing webhooks and slash commands of Mattermost, outgoing ones of Teams.

Each proves itself in its own way (Mattermost by a token in the body, Teams by an HMAC of it) and
gets its reply in its own form. Without a secret in the settings there is no such route.
"""

import base64
import binascii
import hashlib
import hmac
import html
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request

from qa.errors import InvalidInput, SettingsError
from qa.question import check_question
from qa.serve.access import Access, Unauthorized, acting
from qa.serve.body import parse_json
from qa.serve.conversation import clean
from qa.serve.message import linker, write_message
from qa.serve.problems import STATUS, problem_of, problems
from qa.serve.runtime import Runtime
from qa.serve.wire import Reply
from qa.service import Ask

_MOST_FIELDS = 50
_LOUD = re.compile(r"@(?=(?:all|channel|here)\b)", re.IGNORECASE)
_AT = re.compile(r"<at\b[^>]*>.*?</at>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")


class WebhookReply(Reply):
    """The reply, in the form of whoever asked: Teams reads `type`, Mattermost `response_type`."""

    text: str
    type: str | None = None
    response_type: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookDoor:
    """Answers what a channel asks, from one collection; a secret that is not set proves nothing."""

    runtime: Runtime
    mattermost_token: str | None
    teams_secret: str | None
    collection: str

    def __post_init__(self) -> None:
        try:
            base64.b64decode(self.teams_secret or "", validate=True)
        except binascii.Error as error:
            reason = "is not base64; copy the security token that Teams shows"
            raise SettingsError(f"QUOTH_TEAMS_SECRET {reason}.") from error

    def router(self) -> APIRouter:
        """Return the route to put into the settings of the chat tool."""
        router = APIRouter(tags=["webhook"])
        router.post(
            "/v1/webhook",
            response_model=WebhookReply,
            response_model_exclude_none=True,
            responses=problems(401, 413, 415),
        )(self.receive)
        return router

    async def receive(self, request: Request) -> WebhookReply:
        """Answer a message of Mattermost (form or JSON) or Teams (JSON)."""
        body = await request.body()
        proof = request.headers.get("authorization", "")
        fields = _fields(request.headers.get("content-type", ""), body)
        base = str(request.base_url)
        if proof.startswith("HMAC "):
            self._check_teams(proof.removeprefix("HMAC "), body)
            said = html.unescape(_TAG.sub(" ", _AT.sub(" ", str(fields.get("text", "")))))
            text = html.escape(await self._answer(said, base), quote=False)
            return WebhookReply(text=text, type="message")
        self._check_mattermost(str(fields.get("token", "")))
        said, trigger = str(fields.get("text", "")), str(fields.get("trigger_word", ""))
        text = await self._answer(said.removeprefix(trigger), base)
        kind = "in_channel" if "command" in fields else "comment"
        return WebhookReply(text=_LOUD.sub("@\u200b", text), response_type=kind)

    async def _answer(self, said: str, base: str) -> str:
        access = Access("webhook", frozenset({"ask"}), frozenset({self.collection}))
        try:
            ask = Ask(check_question(clean(said)), collection=self.collection)
            with acting(access):
                answer = await self.runtime.ask(ask)
        except InvalidInput as error:
            return f"The question {error.reason}."
        except tuple(STATUS) as error:
            return problem_of(error).detail
        return write_message(answer, linker(base, self.collection)).text

    def _check_teams(self, given: str, body: bytes) -> None:
        key = base64.b64decode(self.teams_secret or "")
        wanted = base64.b64encode(hmac.digest(key, body, hashlib.sha256)).decode()
        if not key or not hmac.compare_digest(given.strip().encode(), wanted.encode()):
            raise Unauthorized("The HMAC is not that of this body with the secret of Teams.")

    def _check_mattermost(self, given: str) -> None:
        wanted = self.mattermost_token
        if not wanted or not hmac.compare_digest(given.encode(errors="replace"), wanted.encode()):
            raise Unauthorized("The token is not that of the webhook.")


def _fields(content_type: str, body: bytes) -> dict[str, Any]:
    """Read a form or a JSON object, as the content type says."""
    kind = content_type.split(";")[0].strip().lower()
    if kind == "application/json":
        fields = parse_json(body)
        if not isinstance(fields, dict):
            raise HTTPException(400, "body: is no JSON object.")
        return fields
    if kind != "application/x-www-form-urlencoded":
        wanted = "application/json or application/x-www-form-urlencoded"
        raise HTTPException(415, f"Content-Type: must be {wanted}.")
    try:
        return dict(parse_qsl(body.decode("utf-8"), max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise HTTPException(400, "body: is no form in UTF-8.") from error
