"""PDFs: what is settled in the stored text, and on which page each quote stands."""

import datetime

import pytest

from index.document import Document
from index.errors import LoadError
from index.formats.limits import Limits
from index.load import load_bytes
from tests.index.invariants import check, parts
from tests.index.made_pdf import made_pdf


def load(data: bytes) -> Document:
    document = load_bytes(data, "a.pdf")
    check(document)
    assert [page.number for page in document.pages] == list(range(1, len(document.pages) + 1))
    assert document.pages[0].start == 0
    assert document.pages[-1].end == len(document.text)
    return document


def page_of(document: Document, quote: str) -> int | None:
    assert document.text.count(quote) == 1
    return document.page_at(document.text.index(quote))


def test_a_report_with_running_lines_and_a_sentence_over_a_page_border() -> None:
    document = load(
        made_pdf(
            [
                ["# Trade review 2025", "", "January 30, 2026", "",
                 "Exports rose by four per cent in the year, the ministry said on Thursday in its",
                 "review. Imports fell. The talks on tariffs between both governments are to be",
                 "continued in the spring, and the ministry hopes that the first part of the new"],
                ["agreement will be signed before the summer.", "",
                 "Services were the largest part of the trade, with a share of 41 per cent."],
                ["Steel and copper followed, the review said, with shares of nine and six."],
            ],
            title="Trade review", author="Ministry of Commerce",
            head="Ministry of Commerce - Trade review", foot="Page {page} of 3",
        )
    )  # fmt: skip
    assert (document.title, document.author) == ("Trade review", "Ministry of Commerce")
    assert document.date == datetime.date(2026, 1, 30)
    assert [kind for kind, _ in parts(document)] == [
        "heading", "date_line", "paragraph", "paragraph", "paragraph",
    ]  # fmt: skip
    assert "Page" not in document.text
    assert "Ministry" not in document.text
    assert page_of(document, "Exports rose") == 1
    crossing = "first part of the new agreement will be signed before the summer."
    assert page_of(document, crossing) == 1
    assert page_of(document, "agreement will be signed") == 2
    assert page_of(document, "Services were") == 2
    assert page_of(document, "Steel and copper") == 3


def test_a_paper_in_two_columns_with_hyphens_and_ligatures() -> None:
    document = load(
        made_pdf(
            [
                ["# On quotation", "",
                 "The government of the || spoke to the ministers.",
                 "day was asked about its || The govern-",
                 "ﬁrst ofﬁce and its free Indo- || ment kept counter-",
                 "Paciﬁc policy. Then it || terrorism in mind, and a"],
                ["well-known aim. Counter-terrorism is named here.", "", "The last page ends."],
            ]
        )
    )  # fmt: skip
    assert "its first office and its free Indo-Pacific policy. Then it spoke" in document.text
    assert "The government kept counter-terrorism in mind, and a well-known aim." in document.text
    assert page_of(document, "spoke to the ministers") == 1
    assert page_of(document, "Counter-terrorism is named here.") == 2


def test_a_letter_without_page_numbers_and_with_an_empty_page() -> None:
    document = load(
        made_pdf(
            [
                ["Dear Madam,", "", "thank you for your letter of 3 May. We have read it."],
                [],
                ["Yours faithfully,", "", "A. Writer"],
            ]
        )
    )
    assert len(document.pages) == 3
    assert document.pages[1].start == document.pages[1].end
    assert page_of(document, "thank you for your letter") == 1
    assert page_of(document, "Yours faithfully,") == 3


def test_a_manual_with_bold_headings_and_lists() -> None:
    document = load(
        made_pdf(
            [
                ["# User manual", "", "** Starting",
                 "Press the green button for three seconds until the lamp is lit and the motor",
                 "runs.", "", "** Stopping", "Press the red button.",
                 "- Wait for the lamp to go out before the lid is opened.",
                 "- Pull the plug."],
                ["** Care", "Wipe the case with a dry cloth once a week."],
            ],
            foot="{page}",
        )
    )  # fmt: skip
    assert parts(document) == [
        ("heading", "User manual"),
        ("heading", "Starting"),
        ("paragraph", "Press the green button for three seconds until the lamp is lit and the "
                      "motor runs."),
        ("heading", "Stopping"),
        ("paragraph", "Press the red button."),
        ("paragraph", "- Wait for the lamp to go out before the lid is opened."),
        ("paragraph", "- Pull the plug."),
        ("heading", "Care"),
        ("paragraph", "Wipe the case with a dry cloth once a week."),
    ]  # fmt: skip
    assert page_of(document, "Pull the plug.") == 1
    assert page_of(document, "Wipe the case") == 2


def test_minutes_over_many_pages() -> None:
    pages = [
        [f"Item {number}. The board agreed to pay {number * 1_000:,} rupees to the fund.", "",
         f"It asked member {number} to report in the next meeting on the state of the",
         "accounts and to bring the books."]
        for number in range(1, 13)
    ]  # fmt: skip
    document = load(made_pdf(pages, head="Minutes of 2025, {page} of 12", foot="- {page} -"))
    assert len(document.pages) == 12
    for number in range(1, 13):
        assert page_of(document, f"to pay {number * 1_000:,} rupees") == number
        assert page_of(document, f"member {number} to report") == number
    assert "Minutes" not in document.text


def test_letters_beyond_ascii_survive() -> None:
    document = load(made_pdf([["Größe und Süße kosten 5 € – “mehr” nicht."]]))
    assert document.text == "Größe und Süße kosten 5 € – “mehr” nicht."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + b"x" * 50, "is no PDF by its first bytes"),
        (b"%PDF-1.4\nnothing\n%%EOF\n", "is damaged and cannot be opened"),
        (made_pdf([["Some text."]])[:-400], "is cut off"),
        (made_pdf([[], []]), "no text layer"),
    ],
)
def test_bad_files(data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        load_bytes(data, "a.pdf")


def test_too_many_pages() -> None:
    with pytest.raises(LoadError, match="has 4 pages; the limit is 3"):
        load_bytes(made_pdf([["A line."]] * 4), "a.pdf", limits=Limits(max_pages=3))


def test_too_many_characters() -> None:
    with pytest.raises(LoadError, match="more than 100 characters"):
        load_bytes(made_pdf([["A line."]] * 20), "a.pdf", limits=Limits(max_characters=100))
