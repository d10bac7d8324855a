import asyncio
from collections.abc import Iterator

import httpx
import pytest

from tests.serving import QUESTION, TEXT, serving


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as client:
        yield str(client.base_url)


def asked(url: str) -> dict[str, object]:
    body = httpx.post(url.rstrip("/") + "/v1/ask", json={"question": QUESTION}).json()
    first: dict[str, object] = body["answers"][0]
    return first


@pytest.fixture
def langchain(url: str) -> type:
    pytest.importorskip("langchain_core.retrievers")
    from qa.integrations.langchain import QuothRetriever

    return QuothRetriever


def test_langchain_gets_quotes(url: str, langchain: type) -> None:
    retriever = langchain(base_url=url)
    (document,) = retriever.invoke(QUESTION)
    wire = asked(url)
    assert document.page_content == wire["quote"]
    assert document.id == wire["quote_id"]
    assert document.metadata["answer"] == wire["answer"]
    assert document.metadata["location"] == wire["location"]
    assert document.metadata["source"] == "seed.txt"
    assert asyncio.run(retriever.ainvoke(QUESTION)) == [document]


def test_langchain_gets_nothing_of_an_abstention_but_passages(url: str, langchain: type) -> None:
    assert langchain(base_url=url).invoke("Is the portal blue?") == []
    passages = langchain(base_url=url, mode="passages", top_k=2).invoke("Is the portal blue?")
    assert [each.page_content in TEXT for each in passages] == [True] * len(passages)
    assert passages
    assert "api_key" not in repr(langchain(base_url=url, api_key="secret"))
    again = langchain(base_url=url, mode="passages", top_k=2).ainvoke("Is the portal blue?")
    assert asyncio.run(again) == passages


@pytest.mark.filterwarnings("default")
def test_llamaindex_gets_scored_nodes(url: str) -> None:
    pytest.importorskip("llama_index.core.retrievers")
    from qa.integrations.llamaindex import QuothRetriever

    wire = asked(url)
    (node,) = QuothRetriever(base_url=url).retrieve(QUESTION)
    assert node.text == wire["quote"]
    assert node.node_id == wire["quote_id"]
    assert node.score == wire["score"]
    (same,) = asyncio.run(QuothRetriever(base_url=url).aretrieve(QUESTION))
    assert same.node_id == node.node_id
    assert QuothRetriever(base_url=url).retrieve("Is the portal blue?") == []
    assert QuothRetriever("passages", 2, base_url=url).retrieve("Is the portal blue?")
