"""An answer as a message: text that reads well plain and as Markdown, with numbered citations.

Pure. Every quote stands in the text as it stands in its document, `text[start:end] == quote`, and
the numbers run from [1] to [n] without a gap, each once at its quote and once at its source.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from qa.answer import Answer, Quote, QuotedAnswer

WHY = {
    "empty_corpus": "There are no documents to answer from.",
    "nothing_relevant": "The documents say nothing on this.",
    "not_stated": "The documents do not say.",
}

Link = Callable[[Quote], str]
"""Returns the address of a quote in its document."""

_EXCERPT = 200
_CITED = re.compile(r"^(?:\*\*([^\n*]+)\*\*\n\n)?> (.+?) \[\d+\]$", re.DOTALL | re.MULTILINE)
_MARKS = re.compile(r"[*_`\[\]<>\\\n]")


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote inside a message: its number (from 1) and its half-open code points there."""

    number: int
    start: int
    end: int
    url: str
    quoted: QuotedAnswer


@dataclass(frozen=True, slots=True)
class Message:
    """The text of an answer; an abstention has no citations."""

    text: str
    citations: tuple[Citation, ...] = ()


def linker(base: str, collection: str = "default") -> Link:
    """Return a Link to the document view below `base`, which ends with a slash."""

    def link(quote: Quote) -> str:
        place: dict[str, str | int] = {"start": quote.location.start, "end": quote.location.end}
        if collection != "default":
            place["collection"] = collection
        return f"{base}documents/{quote.source.id}?{urlencode(place)}"

    return link


def write_message(answer: Answer, link: Link) -> Message:
    """Write an answer with its quotes and sources, or why there is none and what is nearest."""
    if answer.abstain_reason:
        return Message(_abstention(answer, answer.abstain_reason, link))
    parts: list[str] = []
    citations: list[Citation] = []
    length = 0
    for number, quoted in enumerate(answer.answers, start=1):
        before = f"{_headline(quoted)}> "
        start = length + len(before)
        citations.append(
            Citation(number, start, start + len(quoted.quote.text), link(quoted.quote), quoted)
        )
        parts.append(f"{before}{quoted.quote.text} [{number}]\n\n")
        length += len(parts[-1])
    sources = [f"- [{each.number}] {_source(each.quoted.quote, link)}" for each in citations]
    return Message("".join(parts) + "\n".join(["Sources:", *sources]), tuple(citations))


def quotes_in(text: str) -> tuple[tuple[str, str], ...]:
    """Return the quotes that a message written here cites, each with the answer above it, or ""."""
    return tuple((match[2], match[1] or "") for match in _CITED.finditer(text))


def describe(quote: Quote) -> str:
    """Name a quote's document, its date, and the quote's place in it."""
    source, place = quote.source, quote.location
    parts = [" ".join(source.title.split()) or source.uri]
    if source.date:
        parts.append(str(source.date))
    if place.page is not None:
        parts.append(f"page {place.page}")
    parts.append(f"characters {place.start}–{place.end}")
    if quote.also_in:
        count = len(quote.also_in)
        parts.append(f"also in {count} other document{'s' if count > 1 else ''}")
    return ", ".join(parts)


def searched(answer: Answer) -> str:
    """Say what was searched."""
    passages, documents = answer.searched.passages, answer.searched.documents
    return (
        f"Searched {passages} passage{'' if passages == 1 else 's'} "
        f"of {documents} document{'' if documents == 1 else 's'}."
    )


def excerpt(quote: Quote, most: int = _EXCERPT) -> str:
    """Return the first words of a passage on one line, with an ellipsis where it is cut."""
    text = " ".join(quote.text[: most + 1].split())
    if len(quote.text) <= most:
        return text
    return text[: text.rfind(" ") if " " in text else most].rstrip() + " …"


def _headline(quoted: QuotedAnswer) -> str:
    """Put the answer above its quote, unless it is most of it or would not survive Markdown."""
    if 2 * len(quoted.text) > len(quoted.quote.text) or _MARKS.search(quoted.text):
        return ""
    return f"**{quoted.text}**\n\n"


def _source(quote: Quote, link: Link) -> str:
    return f"{describe(quote)}: {link(quote)}"


def _abstention(answer: Answer, reason: str, link: Link) -> str:
    return "\n\n".join([f"{WHY[reason]} {searched(answer)}", *_nearest(answer, link)])


def _nearest(answer: Answer, link: Link) -> Iterator[str]:
    if answer.nearest:
        yield "Nearest, but not an answer:"
    for quote in answer.nearest:
        yield f"- {_source(quote, link)}\n  {excerpt(quote)}"
