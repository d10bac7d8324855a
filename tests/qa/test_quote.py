from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.document import Document, Page
from qa.quote import LONGEST_SENTENCE, quote_answer, quote_slice

WORDS = st.sampled_from(
    [
        *("word", "U.S.", "J D Vance", "3,53,737", "“quoted.”", "भारत।", "e\u0301t\u00e9"),
        *("👩\u200d👧", "\n\n", "\n", "end.", "Why?"),
    ]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)


def document(text: str, pages: tuple[Page, ...] = ()) -> Document:
    return Document("doc_1", "a.txt", "A", text, "0" * 64, date=date(2026, 1, 30), pages=pages)


@given(TEXTS | st.text(min_size=1, max_size=300), st.data())
def test_a_quote_is_a_slice_that_holds_its_answer(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assume(not text[start:end].isspace())
    quoted = quote_answer(document(text), start, end, 0.5)
    place = quoted.quote.location
    assert text[place.start : place.end] == quoted.quote.text
    assert text.encode()[place.byte_start : place.byte_end].decode() == quoted.quote.text
    assert text[start:end].strip() in quoted.text


@pytest.mark.parametrize(
    ("text", "answer", "quote"),
    [
        (
            'First. "As of May; 3,53,737 people are there," Singh said. Last.',
            "3,53,737",
            '"As of May; 3,53,737 people are there," Singh said.',
        ),
        ("He met J D Vance in the U.S. on Friday. Then left.", "Friday", None),
        ("A caption\n\nThe body says so. More.", "body", "The body says so."),
        ("One. Two.\n\nThree", "Three", "Three"),
        ("One is here. Two is there. Three.", "here. Two", "One is here. Two is there."),
    ],
)
def test_the_full_sentences_around_the_answer_are_quoted(
    text: str, answer: str, quote: str | None
) -> None:
    start = text.index(answer)
    quoted = quote_answer(document(text), start, start + len(answer), 1.0)
    assert quoted.text == answer
    assert quoted.quote.text == (quote or "He met J D Vance in the U.S. on Friday.")


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("737", "3,53,737"),
        ("3,53", "3,53,737"),
        ("stud", "students"),
        ("7 st", "3,53,737 students"),
    ],
)
def test_a_mark_never_cuts_a_word_or_a_number(cut: str, whole: str) -> None:
    text = "In all, 3,53,737 students came. हिन्दी और 👩\u200d👧."
    start = text.index(cut)
    assert quote_answer(document(text), start, start + len(cut), 1.0).text == whole


def test_text_without_sentences_is_cut_at_white_space() -> None:
    text = "word " * 5_000
    quote = quote_answer(document(text), 10_000, 10_004, 1.0).quote
    assert quote.text == quote.text.strip()
    assert LONGEST_SENTENCE // 2 < len(quote.text) <= LONGEST_SENTENCE


def test_the_identifier_names_document_version_place_and_mark() -> None:
    text = "One two three. Four."
    one = quote_answer(document(text), 0, 3, 0.5).quote
    assert one.id == quote_answer(document(text), 0, 3, 0.9).quote.id
    assert one.id != quote_answer(document(text), 4, 7, 0.5).quote.id
    assert one.id != quote_slice(document(text), 0, 14, 0.5).id


def test_a_quote_knows_its_page() -> None:
    pages = (Page(1, 0, 5), Page(2, 5, 20))
    assert quote_slice(document("One. Two.", pages), 5, 9, 1.0).location.page == 2


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2), (0, 10), (4, 5)])
def test_a_span_outside_the_text_is_an_error(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="doc_1"):
        quote_answer(document("1234 6789"), start, end, 1.0)
