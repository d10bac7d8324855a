import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site
from tests.fakes import make_document

QUESTION = "How many boats entered the old harbour?"


def ask(page: Page, question: str) -> None:
    page.get_by_label("Question", exact=True).fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")


def test_the_answer_is_marked_inside_its_quote(page: Page) -> None:
    page.goto("/")
    ask(page, QUESTION)
    heading = page.locator("#result h2").first
    expect(heading).to_have_text("Answer: 4,217")
    expect(heading).to_be_focused()
    first = page.locator("figure").first
    expect(first.locator("mark")).to_have_text("4,217")
    expect(first.locator("blockquote")).to_contain_text("🚤")
    expect(first.locator(".meta")).to_contain_text("2026")
    expect(page.locator(".confidence")).to_contain_text("Quoth needs 50% to answer.")
    expect(page.locator(".receipt")).to_contain_text("index generation g")


def test_offsets_hold_behind_characters_of_two_units(page: Page, site: Site) -> None:
    text = (
        "🦜🦜🦜 " + "👩‍👩‍👧" * 30 + " — the parrots of the ship count 31 feathers \U0001d523 each."
    )
    site.corpus.add(make_document(text, "parrots.txt"))
    page.goto("/")
    ask(page, "How many feathers do the parrots of the ship count?")
    expect(page.locator("figure mark").first).to_have_text("31")
    page.get_by_role("link", name="Read in context").first.click()
    expect(page.locator("#text mark.answer")).to_have_text("31")
    assert "".join(page.locator("#text mark").all_text_contents()) in text


def test_the_same_words_elsewhere_are_named_and_marked_there(page: Page) -> None:
    page.goto("/")
    ask(page, QUESTION)
    also = page.locator(".also").first
    expect(also).to_contain_text("The same words are also in")
    also.get_by_role("link").click()
    expect(page.locator("#text mark")).to_contain_text("4,217")


def test_an_abstention_says_why_and_shows_the_nearest(page: Page) -> None:
    page.goto("/")
    ask(page, "Is the gate blue?")
    expect(page.locator("#result h2").first).to_have_text("The documents do not say.")
    expect(page.locator(".confidence")).to_contain_text("an answer needs 50%")
    expect(page.get_by_role("heading", name="The nearest passages")).to_be_visible()
    assert page.locator("figure").count() == 3
    expect(page.locator("figure mark")).to_have_count(0)


def test_an_empty_collection_is_said_to_be_empty(page: Page) -> None:
    page.goto("/?q=Anything%3F&collection=void")
    expect(page.locator("#result h2")).to_have_text("There is nothing to search.")
    link = page.get_by_role("link", name="Add documents")
    expect(link).to_have_attribute("href", "/documents?collection=void")


def test_the_address_reproduces_the_answer_and_history_leads_back(page: Page) -> None:
    page.goto("/")
    ask(page, QUESTION)
    ask(page, "How many crates of tar does the shed hold?")
    expect(page.locator("#result h2").first).to_have_text("Answer: 12")
    assert parse_qs(urlsplit(page.url).query)["q"] == ["How many crates of tar does the shed hold?"]
    page.go_back()
    expect(page.locator("#result h2").first).to_have_text("Answer: 4,217")
    expect(page.get_by_label("Question", exact=True)).to_have_value(QUESTION)
    page.go_forward()
    expect(page.locator("#result h2").first).to_have_text("Answer: 12")
    page.reload()
    expect(page.locator("#result h2").first).to_have_text("Answer: 12")


def test_a_copied_link_tells_when_the_documents_have_changed(page: Page, site: Site) -> None:
    page.goto("/")
    ask(page, QUESTION)
    page.get_by_role("button", name="Copy a link to this answer").click()
    link = page.evaluate("navigator.clipboard.readText()")
    page.goto(link)
    expect(page.locator("#result h2").first).to_have_text("Answer: 4,217")
    expect(page.locator(".notice")).to_have_count(0)
    site.corpus.add(make_document("A new pier.", "pier.txt"))
    page.reload()
    expect(page.locator(".notice")).to_contain_text("have changed since this link was made")


def test_a_citation_holds_the_words_and_leads_to_their_place(page: Page) -> None:
    page.goto("/")
    ask(page, QUESTION)
    quote = page.locator("blockquote").first.text_content()
    page.get_by_role("button", name="Copy citation").first.click()
    expect(page.locator("#status")).to_contain_text("Copied")
    words, source, address = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert words == f"“{(quote or '').strip()}”"
    assert "2026, characters " in source
    page.goto(address)
    expect(page.locator("#text mark").first).to_be_visible()
    assert "".join(page.locator("#text mark").all_text_contents()) == (quote or "").strip()


def test_markup_in_documents_stays_text(page: Page) -> None:
    page.goto("/?q=How many crates of tar does the shed hold?")
    expect(page.locator("figure .title").first).to_have_text("<I>Shed</I>")
    expect(page.locator("blockquote").first).to_contain_text("<b>The shed holds")
    page.get_by_role("link", name="Read in context").first.click()
    expect(page.locator("#text")).to_contain_text("<script>document.title")
    expect(page).to_have_title("<I>Shed</I> – Quoth")
    assert page.locator("#text script, #text b, h1 i").count() == 0


def test_right_to_left_words_run_from_the_right(page: Page) -> None:
    page.goto("/?q=בנמל הישן עגנו סירות בחורף")
    expect(page.locator("figure mark")).to_have_text("58")
    direction = "e => getComputedStyle(e).direction"
    assert page.locator("blockquote p").first.evaluate(direction) == "rtl"


@pytest.mark.parametrize("length", [1000, 1001])
def test_the_limit_counts_code_points(page: Page, length: int) -> None:
    page.goto("/")
    page.get_by_label("Question", exact=True).fill("🦜" * length)
    note = page.locator("#question-note")
    if length == 1000:
        expect(note).to_have_text("0 characters left.")
        page.keyboard.press("Enter")
        expect(page.locator("#result h2").first).to_be_visible()
    else:
        expect(note).to_have_text("1 character over the limit of 1,000.")
        page.keyboard.press("Enter")
        assert "?" not in page.url


def test_a_blank_question_is_not_sent(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Question", exact=True).fill("   ")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#question-note")).to_have_text("Write a question first.")
    expect(page.get_by_label("Question", exact=True)).to_be_focused()


def test_pasted_lines_become_one(page: Page) -> None:
    page.goto("/")
    ask(page, "How many boats\n\tentered the old harbour?")
    expect(page.locator("#result h2").first).to_have_text("Answer: 4,217")


def test_an_address_with_an_overlong_question_is_not_asked(page: Page) -> None:
    page.goto(f"/?q={'x' * 1001}")
    expect(page.locator("#question-note")).to_contain_text("over the limit")
    expect(page.locator("#result")).to_be_empty()


def test_the_keys_ask_stop_and_clear(page: Page) -> None:
    page.goto("/?q=How many boats entered the old harbour?")
    expect(page.locator("#result h2").first).to_be_visible()
    page.locator("main").focus()
    page.keyboard.press("/")
    box = page.get_by_label("Question", exact=True)
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()


def test_escape_stops_a_slow_question(page: Page) -> None:
    held: list[Route] = []
    page.route("**/v1/ask", lambda route: held.append(route))
    page.goto("/")
    page.get_by_label("Question", exact=True).fill("Slow?")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_have_attribute("aria-busy", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#result")).to_contain_text("Stopped.")
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")


def test_a_busy_server_is_explained_and_asked_again(page: Page) -> None:
    body = json.dumps({"title": "Too many requests", "status": 429, "detail": "no"})
    page.route(
        "**/v1/ask",
        lambda route: route.fulfill(
            status=429,
            body=body,
            headers={"Retry-After": "2", "Content-Type": "application/problem+json"},
        ),
        times=1,
    )
    page.goto("/?q=How many boats entered the old harbour?")
    expect(page.locator(".notice")).to_contain_text("Try again in 2 seconds.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#result h2").first).to_have_text("Answer: 4,217")


def test_a_loading_server_is_waited_for(page: Page) -> None:
    for path in ("**/v1/ask", "**/readyz"):
        page.route(path, lambda route: route.fulfill(status=503, body="{}"), times=1)
    page.goto("/?q=How many boats entered the old harbour?")
    expect(page.locator("#result .waiting")).to_contain_text("being loaded")
    expect(page.locator("#result h2").first).to_have_text("Answer: 4,217")


def test_a_server_that_is_gone_is_said_to_be_gone(page: Page) -> None:
    page.route("**/v1/ask", lambda route: route.abort())
    page.goto("/?q=Anyone?")
    expect(page.locator(".notice")).to_contain_text("The server does not answer.")


def test_confidence_is_never_rounded_onto_the_threshold_or_to_certainty(page: Page) -> None:
    def change(route: Route) -> None:
        reply = route.fetch()
        body = reply.json()
        body["confidence"] |= {"value": 0.5004, "threshold": 0.5}
        body["answers"][1]["score"] = 0.9996
        route.fulfill(response=reply, json=body)

    page.route("**/v1/ask", change)
    page.goto("/?q=How many boats entered the old harbour?")
    words = page.locator(".confidence p")
    expect(words).to_contain_text("50.04% sure: as likely right as wrong.")
    expect(words).to_contain_text("needs 50.00%")
    expect(page.locator(".others .meta").first).to_contain_text("over 99% sure")
