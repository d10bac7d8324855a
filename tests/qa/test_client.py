import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from qa.client import AsyncQuoth, ClientError, FilterBody, Quoth, Refused, Unreachable
from qa.serve.keys import KeyStore
from qa.serve.wire import AskResponse
from tests.serving import QUESTION, TEXT, make_service, seeded_corpus, serving


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    corpus = seeded_corpus(other="Over 42 students study in the States.")
    with serving(lambda: make_service(corpus)) as client:
        yield client


@pytest.fixture
def quoth(http: httpx.Client) -> Iterator[Quoth]:
    with Quoth(str(http.base_url)) as quoth:
        yield quoth


def test_an_answer_is_the_wire_s_typed(http: httpx.Client, quoth: Quoth) -> None:
    answer = quoth.ask(QUESTION)
    wire = http.post("/v1/ask", json={"question": QUESTION}).json()
    assert isinstance(answer, AskResponse)
    assert answer.model_dump(mode="json") == wire
    assert answer.answers[0].document.title == "Seed"


def test_a_search_and_documents_are_typed(quoth: Quoth) -> None:
    (listed,) = quoth.documents().documents
    assert quoth.document(listed.id) == listed
    assert quoth.text(listed.id) == TEXT
    (first, *_) = quoth.search("students", top_k=1).results
    assert TEXT[first.location.start : first.location.end] == first.text
    assert quoth.ready()


def test_a_filter_limits_what_is_asked(quoth: Quoth) -> None:
    answer = quoth.ask(QUESTION, filter=FilterBody(documents=["doc_x"]))
    assert answer.abstain_reason == "empty_corpus"


def test_a_collection_is_asked_alone(http: httpx.Client) -> None:
    with Quoth(str(http.base_url), collection="other") as quoth:
        assert quoth.ask(QUESTION).searched.collection == "other"
        assert [each.uri for each in quoth.documents().documents] == ["other.txt"]


def test_a_batch_keeps_its_order_and_its_problems(quoth: Quoth) -> None:
    results = quoth.ask_batch([QUESTION, " ", "Is the portal blue?"]).results
    assert [result.answer is None for result in results] == [False, True, False]
    assert results[1].error is not None
    assert results[1].error.status == 422


def test_a_problem_is_an_error_with_its_details(quoth: Quoth) -> None:
    with pytest.raises(Refused, match="blank") as caught:
        quoth.ask(" ")
    assert (caught.value.status, caught.value.field) == (422, "question")
    with pytest.raises(Refused) as caught:
        quoth.text("../../etc/passwd")
    assert caught.value.status == 404


def test_documents_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "ships.txt"
    path.write_text("There are 7 ships in the harbour.", encoding="utf-8")
    with serving() as http, Quoth(str(http.base_url)) as quoth:
        (added,) = quoth.add(path).documents
        assert quoth.text(added.document_id) == path.read_text(encoding="utf-8")
        quoth.delete(added.document_id)
        assert added.document_id not in [each.id for each in quoth.documents().documents]


def test_a_key_is_sent(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys.json")
    token = keys.add("client", ["ask"], ["*"]).token
    with serving(keys=keys) as http:
        with Quoth(str(http.base_url)) as quoth, pytest.raises(Refused) as caught:
            quoth.ask(QUESTION)
        assert caught.value.status == 401
        with Quoth(str(http.base_url), api_key=token) as quoth:
            assert quoth.ask(QUESTION).answers


def test_it_can_be_awaited(http: httpx.Client) -> None:
    async def main() -> None:
        async with AsyncQuoth(str(http.base_url)) as quoth:
            answer = await quoth.ask(QUESTION)
            document = answer.answers[0].document
            assert await quoth.text(document.id) == TEXT
            assert (await quoth.search("students")).results
            assert (await quoth.documents()).documents[0] == await quoth.document(document.id)
            assert (await quoth.ask_batch([QUESTION])).results[0].answer == answer
            assert await quoth.ready()
            with pytest.raises(Refused):
                await quoth.ask("")

    asyncio.run(main())


def test_nothing_that_listens_is_an_error_of_its_own() -> None:
    with Quoth("http://127.0.0.1:9", timeout=5) as quoth, pytest.raises(Unreachable):
        quoth.ask(QUESTION)


def test_another_service_is_told_apart() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/search":
            return httpx.Response(429, headers={"Retry-After": "7"}, text="slow down")
        return httpx.Response(200, text="<html>")

    with Quoth("http://x.test", transport=httpx.MockTransport(reply)) as quoth:
        with pytest.raises(ClientError, match="did not answer as Quoth does"):
            quoth.ask(QUESTION)
        with pytest.raises(Refused, match="429") as caught:
            quoth.search(QUESTION)
        assert caught.value.retry_after == 7
