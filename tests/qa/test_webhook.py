import base64
import hashlib
import hmac
import json
from collections.abc import Iterator

import httpx
import pytest

from qa.errors import SettingsError
from qa.serve.chats import Chats
from qa.serve.runtime import Runtime
from tests.fakes import make_document
from tests.serving import QUESTION, check_problem, make_service, seeded_corpus, serving

TOKEN = "qmd9xtzxs3fptr"
SECRET = base64.b64encode(b"a secret of thirty-two bytes....").decode()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    corpus = seeded_corpus()
    corpus.add(make_document("Tell @all <b> & @here that 7 blue ships sail.", "loud.txt"))
    chats = Chats(mattermost_token=TOKEN, teams_secret=SECRET)
    with serving(lambda: make_service(corpus), chats=chats) as client:
        yield client


def teams(client: httpx.Client, text: str, secret: str = SECRET) -> httpx.Response:
    body = json.dumps({"type": "message", "text": text}).encode()
    proof = base64.b64encode(hmac.digest(base64.b64decode(secret), body, hashlib.sha256)).decode()
    headers = {"Authorization": f"HMAC {proof}", "Content-Type": "application/json"}
    return client.post("/v1/webhook", content=body, headers=headers)


def mattermost(client: httpx.Client, text: str, **more: str) -> httpx.Response:
    return client.post("/v1/webhook", data={"token": TOKEN, "text": text} | more)


def test_a_mattermost_form_is_answered_in_its_form(client: httpx.Client) -> None:
    reply = mattermost(client, f"quoth {QUESTION}", trigger_word="quoth", channel_id="c")
    (wire,) = client.post("/v1/ask", json={"question": QUESTION}).json()["answers"]
    assert reply.json()["response_type"] == "comment"
    assert wire["quote"] in reply.json()["text"]
    assert f"/documents/{wire['document']['id']}?start=" in reply.json()["text"]


def test_mattermost_json_and_its_slash_command_are_answered(client: httpx.Client) -> None:
    as_json = client.post("/v1/webhook", json={"token": TOKEN, "text": QUESTION})
    assert "3,53,737" in as_json.json()["text"]
    command = mattermost(client, QUESTION, command="/quoth")
    assert command.json()["response_type"] == "in_channel"


def test_teams_is_answered_in_its_form(client: httpx.Client) -> None:
    reply = teams(client, f"<at>Quoth</at>&nbsp;<div>{QUESTION}</div>\n")
    assert reply.json()["type"] == "message"
    assert "3,53,737" in reply.json()["text"]
    assert "response_type" not in reply.json()


def test_documents_can_call_nobody_and_bring_no_markup(client: httpx.Client) -> None:
    loud = mattermost(client, "How many blue ships sail?").json()["text"]
    assert "@all" not in loud
    assert "@here" not in loud
    assert "&lt;b&gt; &amp; @here" in teams(client, "How many blue ships sail?").json()["text"]


def test_an_abstention_says_so(client: httpx.Client) -> None:
    assert "do not say" in mattermost(client, "Is the portal blue?").json()["text"]


@pytest.mark.parametrize(("text", "said"), [(" ", "blank"), ("x" * 1001, "limit is 1000")])
def test_a_bad_question_is_told_in_the_channel(client: httpx.Client, text: str, said: str) -> None:
    assert said in mattermost(client, text).json()["text"]


def test_without_proof_nothing_is_answered(client: httpx.Client) -> None:
    other = base64.b64encode(b"another").decode()
    check_problem(teams(client, QUESTION, other), 401)
    check_problem(client.post("/v1/webhook", data={"token": "no", "text": QUESTION}), 401)
    check_problem(client.post("/v1/webhook", data={"text": QUESTION}), 401)
    headers = {"Authorization": "HMAC é".encode()}  # type: ignore[dict-item]
    check_problem(client.post("/v1/webhook", json={"text": "x"}, headers=headers), 401)


def test_broken_bodies_are_problems(client: httpx.Client) -> None:
    kind = {"Content-Type": "application/json"}
    check_problem(client.post("/v1/webhook", content=b"{", headers=kind), 400)
    check_problem(client.post("/v1/webhook", content=b"[1]", headers=kind), 400)
    check_problem(client.post("/v1/webhook", content=b"x"), 415)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    many = "&".join(f"a{n}=1" for n in range(99)).encode()
    check_problem(client.post("/v1/webhook", content=many, headers=form), 400)


def test_a_secret_that_is_not_set_proves_nothing() -> None:
    with serving(chats=Chats(mattermost_token=TOKEN)) as client:
        check_problem(teams(client, QUESTION, ""), 401)
    with serving(chats=Chats(teams_secret=SECRET)) as client:
        check_problem(client.post("/v1/webhook", data={"token": "", "text": QUESTION}), 401)


def test_it_is_off_without_a_secret_and_a_broken_one_is_refused() -> None:
    with serving() as client:
        assert client.post("/v1/webhook", json={}).status_code == 404
    with pytest.raises(SettingsError, match="QUOTH_TEAMS_SECRET"):
        list(Chats(teams_secret="no base64!").routers(Runtime(make_service)))
