from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from qa.serve.keys import KeyStore
from tests.browser.conftest import Site, serving
from tests.browser.corpus import build_corpus
from tests.fakes import FakeCorpus

QUESTION = "How many boats entered the old harbour?"


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys.json")


@pytest.fixture
def site(keys: KeyStore) -> Iterator[Site]:
    shelves = {name: dict(shelf) for name, shelf in build_corpus().shelves.items()}
    with serving(FakeCorpus(shelves), keys) as site:
        yield site


def give(page: Page, token: str) -> None:
    dialog = page.get_by_role("dialog", name="This server asks for a key")
    dialog.get_by_label("API key").fill(token)
    page.keyboard.press("Enter")


def test_a_key_is_asked_for_kept_in_the_tab_and_forgotten(page: Page, keys: KeyStore) -> None:
    token = keys.add("reader", ("ask",), ("*",)).token
    page.goto(f"/?q={QUESTION}")
    give(page, "quoth_wrong_key")
    expect(page.get_by_text("is not accepted")).to_be_visible()
    give(page, token)
    expect(page.locator("#result h2").first).to_have_text("Answer: 4,217")
    page.get_by_role("link", name="Read in context").first.click()
    expect(page.locator("#text mark.answer")).to_have_text("4,217")
    assert token not in page.url
    assert page.evaluate("JSON.stringify(localStorage)") == "{}"
    page.get_by_role("button", name="Forget the key").click()
    page.reload()
    expect(page.get_by_role("dialog", name="This server asks for a key")).to_be_visible()


def test_going_without_a_key_is_explained(page: Page, keys: KeyStore) -> None:
    keys.add("reader", ("ask",), ("*",))
    page.goto(f"/?q={QUESTION}")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".notice")).to_contain_text("This server answers only with a key.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_key_that_may_not_write_is_told_so(page: Page, keys: KeyStore) -> None:
    token = keys.add("reader", ("ask",), ("*",)).token
    page.goto("/documents")
    give(page, token)
    expect(page.locator("#document-rows li")).to_have_count(4)
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"A line."}
    page.get_by_label("Choose files").set_input_files(file)  # type: ignore[arg-type]
    expect(page.locator("#upload-rows .meta")).to_contain_text("Not added: The key has no scope")


def test_a_key_is_asked_for_by_an_upload_too(page: Page, keys: KeyStore) -> None:
    page.goto("/documents")
    expect(page.locator("#document-rows li")).to_have_count(4)
    token = keys.add("writer", ("ask", "write"), ("default",)).token
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"A line."}
    page.get_by_label("Choose files").set_input_files(file)  # type: ignore[arg-type]
    give(page, token)
    expect(page.locator("#upload-rows .meta")).to_have_text("Added, 1 passage")
    expect(page.locator("#document-rows li")).to_have_count(5)
