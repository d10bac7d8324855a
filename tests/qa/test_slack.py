import json
import time
from collections.abc import Iterator

import httpx
import pytest

from qa.errors import SettingsError
from qa.serve.chats import Chats
from qa.serve.runtime import Runtime
from qa.serve.slack_blocks import escape, question_in
from tests.fake_slack import SECRET, TOKEN, FakeSlack, fake_slack, quoted_in
from tests.fakes import FakeCorpus, make_document
from tests.serving import QUESTION, TEXT, make_service, serving

HOSTILE = "A <b> & <!channel> *bold* <@U1> students 42 study in the States."


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as slack:
        yield slack


@pytest.fixture(scope="module")
def client(slack: FakeSlack) -> Iterator[httpx.Client]:
    corpus = FakeCorpus()
    corpus.add(make_document(TEXT, "seed.txt"))
    corpus.add(make_document(HOSTILE, "<!here>.txt"), "hostile")
    chats = Chats(SECRET, TOKEN, slack_api=f"{slack.url}api/")
    with serving(lambda: make_service(corpus), chats=chats) as client:
        yield client


@pytest.fixture(autouse=True)
def _forget(slack: FakeSlack) -> None:
    slack.posted.clear()


def test_the_url_is_verified(slack: FakeSlack, client: httpx.Client) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"})
    reply = slack.send(client, "/v1/slack/events", body, "application/json")
    assert reply.status_code == 200
    assert reply.json() == {"challenge": "abc"}


def test_a_mention_is_answered_in_its_thread(slack: FakeSlack, client: httpx.Client) -> None:
    assert slack.mention(client, QUESTION, 101).status_code == 200
    (post,) = slack.wait()
    assert post["thread_ts"] == "101.000"
    assert post["channel"] == "C1"
    (wire,) = client.post("/v1/ask", json={"question": QUESTION}).json()["answers"]
    assert quoted_in(post["blocks"]) == [(wire["quote_id"], wire["quote"])]
    parts = post["blocks"][0]["elements"][0]["elements"]
    assert [part["text"] for part in parts if part.get("style") == {"bold": True}] == [
        wire["answer"]
    ]
    source = post["blocks"][1]["elements"][0]["text"]
    assert wire["document"]["id"] in source
    assert source.startswith("[1] <http://")


def test_a_command_is_answered_at_its_response_url(slack: FakeSlack, client: httpx.Client) -> None:
    assert slack.command(client, QUESTION).status_code == 200
    (post,) = slack.wait()
    assert post["response_type"] == "in_channel"
    assert quoted_in(post["blocks"])


def test_an_abstention_says_so(slack: FakeSlack, client: httpx.Client) -> None:
    slack.mention(client, "Is the portal blue?", 102)
    (post,) = slack.wait()
    assert quoted_in(post["blocks"]) == []
    assert "do not say" in post["blocks"][0]["text"]["text"]


@pytest.mark.parametrize(("text", "said"), [("", "blank"), ("x" * 1001, "limit is 1000")])
def test_a_bad_question_is_told(
    slack: FakeSlack, client: httpx.Client, text: str, said: str
) -> None:
    slack.command(client, text)
    (post,) = slack.wait()
    assert said in post["text"]


def test_a_retried_event_is_answered_once(slack: FakeSlack, client: httpx.Client) -> None:
    for _ in range(3):
        assert slack.mention(client, QUESTION, 103).status_code == 200
    slack.mention(client, QUESTION, 104)
    slack.wait(2)
    time.sleep(0.2)
    assert [post["thread_ts"] for post in slack.posted] == ["103.000", "104.000"]


def test_messages_of_bots_are_left_alone(slack: FakeSlack, client: httpx.Client) -> None:
    slack.mention(client, QUESTION, 105, bot_id="B9")
    time.sleep(0.2)
    assert slack.posted == []


@pytest.mark.parametrize(
    "wrong",
    [{"secret": "another"}, {"age": 3600}, {"X-Slack-Signature": "v0=00"}],
    ids=["secret", "old", "signature"],
)
def test_what_slack_did_not_sign_is_refused(
    slack: FakeSlack, client: httpx.Client, wrong: dict[str, str]
) -> None:
    body = json.dumps({"type": "event_callback", "event": {"type": "app_mention", "text": "x"}})
    reply = slack.send(client, "/v1/slack/events", body, "application/json", **wrong)  # type: ignore[arg-type]
    assert reply.status_code == 401
    time.sleep(0.05)
    assert slack.posted == []


def test_broken_bodies_are_no_server_errors(slack: FakeSlack, client: httpx.Client) -> None:
    kind = {"Content-Type": "application/json"}
    for body in (b"\xff\xfe", b"{", b"[]", b""):
        for stamp, signature in (("1", "v0=1"), ("x", "v0=1"), (str(int(time.time())), "v0=\xe9")):
            proof = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature.encode()}
            reply = client.post("/v1/slack/events", content=body, headers=kind | proof)  # type: ignore[operator]
            assert reply.status_code == 401, body


def test_documents_can_neither_mention_nor_link(slack: FakeSlack) -> None:
    corpus = FakeCorpus()
    corpus.add(make_document(HOSTILE, "<!here|x>.txt"), "hostile")
    chats = Chats(SECRET, TOKEN, collection="hostile", slack_api=f"{slack.url}api/")
    with serving(lambda: make_service(corpus), chats=chats) as client:
        slack.mention(client, "How many students study in the States?", 106)
        (post,) = slack.wait()
    assert quoted_in(post["blocks"])[0][1] == HOSTILE
    for text in (post["text"], post["blocks"][1]["elements"][0]["text"]):
        assert "<!" not in text
        assert "<@" not in text


def test_without_secrets_there_is_no_such_route() -> None:
    with serving() as client:
        assert client.post("/v1/slack/events", content=b"{}").status_code == 404


def test_half_a_configuration_is_refused() -> None:
    with pytest.raises(SettingsError, match="QUOTH_SLACK_BOT_TOKEN"):
        list(Chats(slack_signing_secret=SECRET).routers(Runtime(make_service)))


def test_a_question_is_read_from_slack_s_markup() -> None:
    assert question_in("<@U1> What is <https://x.org|this &amp; that>?\nNow") == (
        "What is this & that? Now"
    )
    assert escape("<!here> & <@U1>") == "&lt;!here&gt; &amp; &lt;@U1&gt;"
