import base64

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Site
from tests.fakes import make_document

DROP = """([base64, name]) => {
    const bytes = Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0));
    const dropped = new DataTransfer();
    dropped.items.add(new File([bytes], name));
    for (const kind of ["dragenter", "dragover", "drop"]) {
        document.querySelector("main").dispatchEvent(
            new DragEvent(kind, {dataTransfer: dropped, bubbles: true, cancelable: true}));
    }
}"""


def text_file(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def titles(page: Page) -> list[str]:
    return page.locator("#document-rows .name").all_text_contents()


def test_files_are_added_each_with_its_outcome_and_can_be_asked(page: Page) -> None:
    page.goto("/documents")
    expect(page.locator("#document-rows li")).to_have_count(4)
    page.get_by_label("Choose files").set_input_files(
        [
            text_file("quay.txt", "The new quay is 730 metres long, the office says."),
            text_file("torn.txt", "a\x00b"),
            text_file("strange.xyz", "What is this?"),
            text_file("crane.md", "# Crane\n\nThe crane lifts 45 tons."),
        ]
    )
    rows = page.locator("#upload-rows li")
    expect(rows.nth(3).locator(".meta")).to_contain_text("Added")
    expect(rows.nth(0).locator(".meta")).to_have_text("Added, 1 passage")
    expect(rows.nth(1).locator(".meta")).to_contain_text("Not added: ")
    expect(rows.nth(2).locator(".meta")).to_contain_text("Not added: ")
    expect(page.get_by_role("status")).to_contain_text("2 files could not be added")
    expect(page.locator("#document-rows li")).to_have_count(6)
    page.get_by_role("link", name="Ask", exact=True).click()
    page.get_by_label("Question", exact=True).fill("How long is the new quay, as the office says?")
    page.keyboard.press("Enter")
    expect(page.locator("figure mark").first).to_have_text("730")


def test_the_same_file_again_changes_nothing(page: Page) -> None:
    page.goto("/documents")
    for expected in ("Added, 1 passage", "Already there, unchanged"):
        page.get_by_label("Choose files").set_input_files(text_file("a.txt", "One line."))
        expect(page.locator("#upload-rows li").last.locator(".meta")).to_have_text(expected)
    page.get_by_label("Choose files").set_input_files(text_file("a.txt", "Another line."))
    state = page.locator("#upload-rows li").last.locator(".meta")
    expect(state).to_have_text("Replaced an earlier version, 1 passage")


def test_files_are_dropped_anywhere(page: Page) -> None:
    page.goto("/documents?collection=dropped")
    expect(page.locator("#documents-lead")).to_have_text("There is nothing to ask in dropped yet.")
    page.evaluate(DROP, [base64.b64encode("Möwen: 9 🐦.".encode()).decode(), "gulls.txt"])
    expect(page.locator("#upload-rows .meta")).to_have_text("Added, 1 passage")
    expect(page.locator("#document-rows li")).to_have_count(1)
    expect(page.locator("body")).not_to_have_class("dropping")


def test_a_removal_is_confirmed_and_the_focus_stays_in_the_list(page: Page) -> None:
    page.goto("/documents")
    before = page.locator("#document-rows li")
    expect(before).to_have_count(4)
    page.get_by_role("button", name="Remove Copy").click()
    dialog = page.get_by_role("dialog", name="Remove this document?")
    expect(dialog).to_contain_text("Copy")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(before).to_have_count(4)
    page.get_by_role("button", name="Remove Copy").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(before).to_have_count(3)
    assert "Copy" not in titles(page)
    expect(page.get_by_role("button", name="Remove Harbour")).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("Removed Copy.")


def test_what_another_has_removed_leaves_the_list_too(page: Page, site: Site) -> None:
    page.goto("/documents")
    expect(page.locator("#document-rows li")).to_have_count(4)
    site.corpus.shelves["default"].clear()
    page.get_by_role("button", name="Remove Copy").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator("#documents-lead")).to_have_text("There is nothing to ask yet.")
    expect(page.locator("#documents-problem .notice")).to_have_count(0)


def test_a_removal_that_fails_is_told(page: Page) -> None:
    page.goto("/documents")
    full = {"title": "Storage full", "status": 507, "detail": "The disk is full."}
    page.route("**/v1/documents/*", lambda route: route.fulfill(status=507, json=full))
    page.get_by_role("button", name="Remove Copy").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator("#documents-problem .notice")).to_have_text("The disk is full.")
    expect(page.locator("#document-rows li")).to_have_count(4)


def test_long_lists_are_cut_and_searched(page: Page, site: Site) -> None:
    for number in range(230):
        site.corpus.add(make_document(f"Text {number}.", f"paper {number:03}.txt"), "many")
    page.goto("/documents?collection=many")
    expect(page.locator("#document-rows li")).to_have_count(100)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#document-rows li")).to_have_count(200)
    page.get_by_label("Find by title").fill("paper 22")
    expect(page.locator("#document-rows li")).to_have_count(10)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_leaving_during_an_upload_is_asked_about(page: Page) -> None:
    page.route(
        "**/v1/documents",
        lambda route: None if route.request.method == "POST" else route.continue_(),
    )
    page.goto("/documents")
    page.get_by_label("Choose files").set_input_files(text_file("slow.txt", "Slow."))
    expect(page.locator("#upload-rows li")).to_have_count(1)
    asked: list[str] = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    page.get_by_role("heading", name="Documents", exact=True).click()
    page.reload()
    assert asked == ["beforeunload"]
