"""From an answer's offsets to the sentences that say it. Pure: slices, never copies by a model."""

import hashlib

import regex

from index.document import Document
from index.sentences import sentence_spans
from qa.answer import Location, Quote, QuotedAnswer, Source

LONGEST_SENTENCE = 1_500
"""Code points; text without sentence borders is cut at white space around the answer."""

_AROUND = 4_000
_LONGEST_WORD = 100
_WHOLE = regex.compile(r"\p{Nd}+(?:[.,]\p{Nd}+)+|[\w\p{M}]+|\X")
_BREAK = regex.compile(r"\n[^\S\n]*\n")


def quote_answer(document: Document, start: int, end: int, score: float) -> QuotedAnswer:
    """Quote the full sentence or sentences around `document.text[start:end]`, the answer marked.

    Offsets are half-open code points; white space at the ends does not count, and a mark never
    cuts a word, a grouped number or a composed character. Raises ValueError for a span
    that is blank or outside.
    """
    if not 0 <= start < end <= len(document.text) or document.text[start:end].isspace():
        raise ValueError(f"{document.id}: no words at {start}:{end} of {len(document.text)}")
    start, end = _whole(document.text, *_trim(document.text, start, end))
    first, last = _sentences(document, start, end)
    first, last = min(first, start), max(last, end)
    quote = quote_slice(document, first, last, score, (start, end))
    restated = document.kind_at(start) == "key_points"
    return QuotedAnswer(quote, start - first, end - first, restated)


def quote_slice(
    document: Document, start: int, end: int, score: float, marked: tuple[int, int] | None = None
) -> Quote:
    """Quote `document.text[start:end]` as it stands; `marked` only goes into the identifier."""
    text = document.text
    receipt = (document.id, document.sha256, start, end, marked)
    byte_start = len(text[:start].encode())
    location = Location(
        start=start,
        end=end,
        byte_start=byte_start,
        byte_end=byte_start + len(text[start:end].encode()),
        page=document.page_at(start),
    )
    return Quote(
        id="q_" + hashlib.sha256(repr(receipt).encode()).hexdigest()[:16],
        text=text[start:end],
        location=location,
        source=source_of(document),
        score=score,
    )


def source_of(document: Document) -> Source:
    """Name the document as a source."""
    return Source(document.id, document.title, document.uri, document.date, document.sha256)


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    low = max(0, start - _LONGEST_WORD)
    for match in _WHOLE.finditer(text, low, min(len(text), end + _LONGEST_WORD)):
        if match.start() < end and start < match.end():
            start, end = min(start, match.start()), max(end, match.end())
    return start, end


def _sentences(document: Document, start: int, end: int) -> tuple[int, int]:
    low, high = _paragraph(document, start, end)
    text = document.text[low:high]
    first, last = start, end
    for begin, stop in sentence_spans(text, document.language):
        if low + begin < end and start < low + stop:
            first, last = min(first, low + begin), max(last, low + stop)
    return _trim(document.text, *_shorten(document.text, first, last, start, end))


def _paragraph(document: Document, start: int, end: int) -> tuple[int, int]:
    """Bound the search for sentences: by blocks where there are some, else by blank lines."""
    inside = [block for block in document.blocks if block.start < end and start < block.end]
    if inside:
        low, high = min(start, inside[0].start), max(end, inside[-1].end)
    else:
        low, high = 0, len(document.text)
    low, high = max(low, start - _AROUND), min(high, end + _AROUND)
    breaks = [match.end() for match in _BREAK.finditer(document.text, low, start)]
    after = _BREAK.search(document.text, end, high)
    return (breaks[-1] if breaks else low), (after.start() if after else high)


def _shorten(text: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    if last - first <= max(LONGEST_SENTENCE, end - start):
        return first, last
    room = max(0, LONGEST_SENTENCE - (end - start)) // 2
    low, high = max(first, start - room), min(last, end + room)
    while first < low < start and not text[low - 1].isspace():
        low += 1
    while end < high < last and not text[high].isspace():
        high -= 1
    return low, high


def _trim(text: str, first: int, last: int) -> tuple[int, int]:
    while first < last and text[first].isspace():
        first += 1
    while first < last and text[last - 1].isspace():
        last -= 1
    return first, last
