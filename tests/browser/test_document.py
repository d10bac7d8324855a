from itertools import pairwise

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.corpus import REPORT
from tests.fakes import make_document

STORM = "The storm of the century sank 77 barges 🌊 in a single night."


def place(site: Site, uri: str, words: str, collection: str = "default") -> str:
    document = next(d for d in site.corpus.shelves[collection].values() if d.uri == uri)
    start = document.text.index(words)
    more = f"&collection={collection}" if collection != "default" else ""
    return f"/documents/{document.id}?start={start}&end={start + len(words)}{more}"


def test_the_quote_is_marked_in_its_context_and_scrolled_to(page: Page) -> None:
    page.goto("/?q=How many boats entered the old harbour?")
    link = page.get_by_role("link", name="Read in context").first
    assert "#:~:text=" in (link.get_attribute("href") or "")
    quote = (page.locator("blockquote").first.text_content() or "").strip()
    link.click()
    expect(page.locator("#text mark.answer")).to_have_text("4,217")
    assert "".join(page.locator("#text mark").all_text_contents()) == quote
    expect(page.locator("#text mark").first).to_be_focused()
    expect(page.locator("#text mark").first).to_be_in_viewport()
    expect(page.locator("#place-where")).to_contain_text("Characters ")
    page.get_by_role("link", name="Back to the answer").click()
    expect(page.locator("#result h2").first).to_have_text("Answer: 4,217")


def test_a_quote_over_several_paragraphs_is_marked_in_each(page: Page, site: Site) -> None:
    words = "More came later.\n\nThe gate opened on time.\n\nSome 3,900"
    page.goto(place(site, "harbour.txt", words))
    assert page.locator("#text mark").all_text_contents() == words.split("\n\n")
    assert "\n\n".join(page.locator("#text p").all_text_contents()) == REPORT


def test_a_huge_text_opens_at_its_place_and_grows_both_ways(page: Page, site: Site) -> None:
    page.goto(place(site, "log.txt", STORM, "large"))
    mark = page.locator("#text mark")
    expect(mark).to_have_text(STORM)
    expect(mark).to_be_in_viewport()
    before = page.locator("#text p").count()
    assert before < 5_000
    page.get_by_role("button", name="Show earlier text").click()
    more = page.locator("#text p").count()
    assert more > before
    expect(page.locator("#text p").first).not_to_be_in_viewport()
    page.get_by_role("button", name="Show later text").click()
    assert page.locator("#text p").count() > more
    page.get_by_role("button", name="Go to the quote").click()
    expect(mark).to_be_in_viewport()
    texts = page.locator("#text p").all_text_contents()
    numbers = [int(text.split()[1]) for text in texts if text.startswith("Entry")]
    gaps = {b - a for a, b in pairwise(numbers)}
    assert gaps == {1, 2}  # nothing is lost at the seams; the storm has no number


def test_a_newer_version_is_admitted(page: Page, site: Site) -> None:
    page.goto("/?q=How many boats entered the old harbour?")
    link = page.get_by_role("link", name="Read in context").first.get_attribute("href") or ""
    for uri in ("harbour.txt", "copy.txt"):
        site.corpus.add(make_document(f"Corrected. {REPORT}", uri))
    page.goto(link)
    expect(page.locator(".notice")).to_contain_text("changed since the quote was taken")


def test_places_outside_the_text_are_admitted(page: Page, site: Site) -> None:
    for ending in ("start=5&end=5", "start=9&end=99999999", "start=-1&end=3", "start=x"):
        page.goto(place(site, "harbour.txt", "gate").split("?")[0] + f"?{ending}")
        expect(page.locator("#text p")).to_have_count(4)
        expect(page.locator("#text mark")).to_have_count(0)
    page.goto(place(site, "harbour.txt", "gate").split("?")[0] + "?start=9&end=99999")
    expect(page.locator(".notice")).to_contain_text("a place that this text does not have")


def test_a_document_that_is_gone_is_said_to_be_gone(page: Page) -> None:
    page.goto("/documents/doc_nothing?start=1&end=2")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such document.")


def test_an_original_on_the_web_is_linked_at_the_words(page: Page, site: Site) -> None:
    for uri in ("https://example.org/tides?x=1#top", "javascript:alert(1)//.txt"):
        words = "A spring tide of 17 feet, well-marked, came in"
        site.corpus.add(make_document(f"{words} ({uri}).", uri))
    page.goto("/?q=How many feet had the spring tide that came in well marked?")
    links = page.locator("a.original:not([hidden])")
    expect(links).to_have_count(1)
    href = links.get_attribute("href") or ""
    assert href.startswith("https://example.org/tides?x=1#:~:text=A%20spring%20tide%20of%2017")
    assert page.locator("a[href^=javascript]").count() == 0
