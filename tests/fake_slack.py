"""Slack as far as an app sees it: its Web API on a local port, and its signed requests."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TOKEN = "xoxb-1-1-abc"


@dataclass
class FakeSlack:
    """What was posted to Slack, and where its API is."""

    url: str = ""
    posted: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def wait(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait for so many posts, and a little more for one too many."""
        limit = time.monotonic() + 20
        while len(self.posted) < count:
            assert time.monotonic() < limit, f"{len(self.posted)} of {count} posts"
            time.sleep(0.005)
        return self.posted

    def mention(
        self, client: httpx.Client, text: str, number: int = 1, **more: Any
    ) -> httpx.Response:
        """Send an app_mention as Slack does."""
        event = {
            "type": "app_mention",
            "user": "U1",
            "text": f"<@UBOT> {text}",
            "ts": f"{number}.000",
            "channel": "C1",
        }
        body = {
            "type": "event_callback",
            "team_id": "T1",
            "api_app_id": "A1",
            "event_id": f"Ev{number}",
            "event_time": number,
            "event": event | more,
        }
        return self.send(client, "/v1/slack/events", json.dumps(body), "application/json")

    def command(self, client: httpx.Client, text: str) -> httpx.Response:
        """Send a slash command as Slack does."""
        fields = {
            "command": "/quoth",
            "text": text,
            "team_id": "T1",
            "user_id": "U1",
            "channel_id": "C1",
            "trigger_id": "1.2.3",
            "response_url": f"{self.url}respond",
        }
        form = "application/x-www-form-urlencoded"
        return self.send(client, "/v1/slack/commands", urlencode(fields), form)

    def send(
        self,
        client: httpx.Client,
        path: str,
        body: str,
        kind: str,
        secret: str = SECRET,
        age: int = 0,
        **headers: str,
    ) -> httpx.Response:
        """Sign a body as Slack does, and send it."""
        stamp = str(int(time.time()) - age)
        base = f"v0:{stamp}:{body}".encode()
        signature = "v0=" + hmac.digest(secret.encode(), base, hashlib.sha256).hex()
        signed = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature,
            "Content-Type": kind,
        }
        return client.post(path, content=body.encode(), headers=signed | headers)


@contextmanager
def fake_slack() -> Iterator[FakeSlack]:
    """Run Slack's Web API on a free port of this machine."""
    slack = FakeSlack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            method = urlsplit(self.path).path.split("/")[-1]
            slack.calls.append(method)
            if method == "auth.test":
                self.reply({"ok": True, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1"})
                return
            if "json" in self.headers.get("Content-Type", ""):
                fields = json.loads(body)
            else:
                fields = dict(parse_qsl(body))
            if isinstance(fields.get("blocks"), str):
                fields["blocks"] = json.loads(fields["blocks"])
            slack.posted.append(fields)
            self.reply({"ok": True, "ts": "1.1", "channel": "C1"})

        def reply(self, fields: dict[str, Any]) -> None:
            content = json.dumps(fields).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    slack.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield slack
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def quoted_in(blocks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the quotes that a message shows: identifier and text."""
    return [
        (block["block_id"], "".join(part["text"] for part in block["elements"][0]["elements"]))
        for block in blocks
        if block["type"] == "rich_text"
    ]
