import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from index.document import Searched
from qa.answer import Answer, Confidence, Location, Quote, QuotedAnswer, Source
from qa.serve.message import excerpt, linker, quotes_in, write_message

LINK = linker("http://quoth.test/")
TEXTS = st.text(min_size=1, max_size=120).filter(str.strip)


def make_quote(text: str, number: int = 0, title: str = "A title") -> Quote:
    place = Location(number, number + len(text), number, number + len(text.encode()), None)
    source = Source(f"doc_{number}", title, f"{number}.txt", date(2026, 1, 30), "0" * 64)
    return Quote(f"q_{number}", text, place, source, 0.9)


def make_answer(*quotes: Quote, nearest: tuple[Quote, ...] = ()) -> Answer:
    return Answer(
        id="ans_1",
        question="?",
        confidence=Confidence(0.9, 0.5, "fake"),
        answers=tuple(QuotedAnswer(quote, 0, 1) for quote in quotes),
        abstain_reason=None if quotes else "not_stated",
        nearest=nearest,
        searched=Searched("default", 1, 2, "g1"),
    )


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
def test_every_quote_is_a_slice_of_the_message(texts: list[str], title: str) -> None:
    quotes = [make_quote(text, number, title) for number, text in enumerate(texts)]
    message = write_message(make_answer(*quotes), LINK)
    assert len(message.citations) == len(quotes)
    for quote, cited in zip(quotes, message.citations, strict=True):
        assert message.text[cited.start : cited.end] == quote.text
        assert cited.quoted.quote == quote
        assert cited.url == LINK(quote)


@given(st.integers(1, 3))
def test_the_numbers_run_from_one_without_a_gap(count: int) -> None:
    quotes = [make_quote(f"Sentence number {number}.", number) for number in range(count)]
    message = write_message(make_answer(*quotes), LINK)
    cited, sources = message.text.split("Sources:")
    wanted = [str(number) for number in range(1, count + 1)]
    assert re.findall(r"\[(\d+)\]", cited) == wanted
    assert re.findall(r"\[(\d+)\]", sources) == wanted
    assert [each.number for each in message.citations] == list(range(1, count + 1))


def test_the_quotes_of_a_message_are_found_again() -> None:
    quotes = [make_quote("One line."), make_quote("Two\nlines [7] here.", 1)]
    assert quotes_in(write_message(make_answer(*quotes), LINK).text) == (
        ("One line.", "O"),
        ("Two\nlines [7] here.", "T"),
    )
    assert quotes_in("> a quotation of somebody else") == ()


def test_an_abstention_says_why_and_cites_nothing() -> None:
    message = write_message(make_answer(nearest=(make_quote("Near."),)), LINK)
    assert message.text.startswith("The documents do not say. Searched 2 passages of 1 document.")
    assert "Near." in message.text
    assert message.citations == ()
    assert quotes_in(message.text) == ()


def test_an_answer_that_markdown_would_change_has_no_headline() -> None:
    assert "**" not in write_message(make_answer(make_quote("*x* is the name of it.")), LINK).text
    assert write_message(make_answer(make_quote("7 ships sail.")), LINK).text.startswith("**7**")


def test_a_link_names_the_place_and_the_collection() -> None:
    quote = make_quote("Words.", 3)
    assert LINK(quote) == "http://quoth.test/documents/doc_3?start=3&end=9"
    assert linker("http://q/", "news")(quote).endswith("end=9&collection=news")


def test_an_excerpt_is_cut_between_words() -> None:
    assert excerpt(make_quote("Short one.")) == "Short one."
    assert excerpt(make_quote("word " * 100), 22) == "word word word word …"
    assert excerpt(make_quote("x" * 500), 10) == "xxxxxxxxxx …"
