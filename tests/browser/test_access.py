"""Accessibility: the axe rules in every view and scheme, the keyboard, small and still screens."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

VIEWS = {
    "home": "/",
    "answer": "/?q=How many boats entered the old harbour?",
    "abstention": "/?q=Is the gate blue?",
    "empty": "/?q=Why?&collection=void",
    "documents": "/documents",
    "document": "/documents/{id}?start=17&end=60&answer_start=20&answer_end=30",
    "missing": "/documents/none",
}


@pytest.fixture
def address(page: Page) -> str:
    found = page.request.get("/v1/documents").json()["documents"]
    return str(next(d["id"] for d in found if d["uri"] == "harbour.txt"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(page: Page, address: str, view: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto(VIEWS[view].format(id=address))
    page.wait_for_load_state("networkidle")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_axe_finds_nothing_in_the_dialogs(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto("/documents")
    page.get_by_role("button", name="Remove Copy").click()
    assert Axe().run(page).violations_count == 0
    page.route("**/v1/ask", lambda route: route.fulfill(status=401, body="{}"))
    page.goto("/?q=Why?")
    expect(page.get_by_role("dialog", name="This server asks for a key")).to_be_visible()
    assert Axe().run(page).violations_count == 0


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_never_scrolls_sideways(page: Page, address: str, view: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(VIEWS[view].format(id=address))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_question_is_asked_and_its_source_opened_with_keys_only(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    page.keyboard.type("How many boats entered the old harbour?")
    page.keyboard.press("Enter")
    expect(page.locator("#result h2").first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Read in context").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#text mark").first).to_be_focused()


def test_the_first_tab_skips_to_the_content(page: Page) -> None:
    page.goto("/documents")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_an_answer_is_announced_on_load(page: Page) -> None:
    page.goto("/?q=How many boats entered the old harbour?")
    expect(page.get_by_role("status")).to_contain_text("Answer: 4,217")


def test_every_control_shows_its_focus(page: Page) -> None:
    page.goto("/?q=How many boats entered the old harbour?")
    expect(page.locator("figure").first).to_be_visible()
    page.locator("body").focus()
    outlined = """() => {
        const on = (e) => getComputedStyle(e).outlineStyle !== "none";
        const active = document.activeElement;
        return active === document.body || on(active) || on(active.parentElement);
    }"""
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate(outlined), page.evaluate("document.activeElement.outerHTML")


def test_the_theme_is_chosen_and_kept(page: Page) -> None:
    background = "getComputedStyle(document.documentElement).backgroundColor"
    page.emulate_media(color_scheme="light")
    page.goto("/documents")
    light = page.evaluate(background)
    button = page.get_by_role("button", name="Theme")
    button.click()
    button.click()
    expect(button).to_have_accessible_name("Theme: dark")
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark


def test_still_screens_get_no_motion(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto("/?q=How many boats entered the old harbour?")
    expect(page.locator("figure").first).to_be_visible()
    style = "e => getComputedStyle(e).animationName"
    assert page.locator("#result > section").evaluate(style) == "none"


def test_print_keeps_the_question_the_quote_and_its_address(page: Page) -> None:
    page.goto("/?q=How many boats entered the old harbour?")
    expect(page.locator("figure").first).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("How many boats entered the old harbour?").last).to_be_visible()
    expect(page.locator("header.bar")).to_be_hidden()
    printed = "e => getComputedStyle(e, '::after').content"
    assert "/documents/doc_" in page.locator("figcaption").first.evaluate(printed)
