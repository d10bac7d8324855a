import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from qa.decide import Decider
from qa.serve.app import create_app
from qa.serve.page import ASSETS
from qa.serve.runtime import Runtime
from qa.service import Service
from tests.fakes import FakeCorpus, FakeReader


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = create_app(Runtime(lambda: Service(FakeCorpus(), FakeReader(), Decider())))
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/?q=Why%3F", "/documents", "/documents/doc_1?start=1&end=2"]
)
def test_every_view_is_the_one_page(client: TestClient, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"
    assert client.head(path).status_code == 200


def test_the_page_asks_only_for_its_own_files_and_each_is_there(client: TestClient) -> None:
    page = client.get("/").text
    asked = re.findall(r'<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]+)"', page)
    assert {f"/static/{name}" for name in ASSETS} == set(asked)
    for path in asked:
        reply = client.get(path)
        assert reply.status_code == 200
        assert reply.headers["content-type"] == ASSETS[path.rsplit("/", 1)[1]]
        assert reply.content


def test_nothing_in_the_page_needs_a_looser_policy(client: TestClient) -> None:
    page = client.get("/").text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    script = client.get("/static/quoth.js").text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", script)
    assert "url(" not in client.get("/static/quoth.css").text


def test_a_file_that_is_known_is_not_sent_again(client: TestClient) -> None:
    tag = client.get("/static/quoth.js").headers["etag"]
    again = client.get("/static/quoth.js", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize("name", ["index.html", "page.py", "..%2fpage.py", "nothing.js"])
def test_nothing_else_is_served_from_the_folder(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_the_page_is_no_part_of_the_published_interface(client: TestClient) -> None:
    assert not {"/", "/documents", "/static/{name}"} & set(
        client.get("/openapi.json").json()["paths"]
    )
