"""The lines of a PDF's pages into paragraphs, headings and pages of one stored text."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from index.document import Block, BlockKind, Page
from index.formats.composer import tidy
from index.formats.pdf_lines import Line
from index.structure import is_caption

_LARGER = 1.15  # times the body's size: a heading
_LONGEST_HEADING = 160
_GAP = 1.4  # times the usual distance of two lines: a new paragraph
_SHORT = 0.85  # of the column's width: a line that ends here was not wrapped
_COLUMN = 24.0  # points by which the left edges in one column may differ
_SENTENCE_END = re.compile(r"[.!?:;…।。][\"”’')\]]*$")
_BULLET = re.compile(r"(?:[-*•‣▪●◦–]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_LAST_PART = re.compile(r"[^\W_]+$")
_FIRST_PART = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Settled:
    """The stored text of a PDF, its blocks and its pages."""

    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line, the number of its page from 1, and whether it fills its column's width."""

    line: Line
    page: int
    full: bool


@dataclass(frozen=True, slots=True)
class _Body:
    """What is usual in a document: the letters' size and weight, the distance of two lines."""

    size: float
    bold: bool
    pitch: float
    words: frozenset[str]


@dataclass(slots=True)
class _Text:
    """The stored text as it grows, and where each page begins in it."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    starts: dict[int, int] = field(default_factory=dict)

    def append(self, piece: str) -> None:
        self.parts.append(piece)
        self.length += len(piece)


def settle_paragraphs(pages: Sequence[Sequence[Line]]) -> Settled:
    """Join lines into paragraphs by their distance, indent, size, weight and length.

    A paragraph goes on over a page or column if it breaks off within a sentence. A hyphen at a
    line's end is dropped if the joined word stands elsewhere in the document, or if its second part
    begins small and the hyphenated word stands nowhere else; otherwise it stays.
    """
    placed = [line for number, lines in enumerate(pages, 1) for line in _place(lines, number)]
    body = _body(placed)
    text, blocks = _Text(), []
    for paragraph in _paragraphs(placed, body):
        if text.length:
            text.append("\n\n")
        start = text.length
        content = _append(text, paragraph, body)
        blocks.append(Block(_kind(paragraph, content, body), start, text.length))
    page_map = _page_map(text.starts, len(pages), text.length)
    return Settled("".join(text.parts), tuple(blocks), page_map)


def _place(lines: Sequence[Line], page: int) -> Iterator[_Placed]:
    """Tell of each line whether it reaches the right edge of its column."""
    rights: dict[int, float] = {}
    for line in lines:
        column = round(line.left / _COLUMN)
        for near in (column - 1, column, column + 1):
            rights[near] = max(rights.get(near, line.right), line.right)
    for line in lines:
        widest = rights[round(line.left / _COLUMN)] - line.left
        if tidy(line.text):
            yield _Placed(line, page, line.right - line.left >= _SHORT * widest)


def _body(placed: Sequence[_Placed]) -> _Body:
    sizes: Counter[tuple[float, bool]] = Counter()
    for one in placed:
        sizes[round(one.line.size, 1), one.line.bold] += len(one.line.text)
    (size, bold), _ = sizes.most_common(1)[0] if sizes else ((1.0, False), 0)
    drops = [
        above.line.bottom - below.line.bottom
        for above, below in pairwise(placed)
        if above.page == below.page
    ]
    pitches = sorted(drop for drop in drops if drop > 0.8 * size)
    found = chain.from_iterable(_WORD.findall(one.line.text.lower()) for one in placed)
    return _Body(size, bold, pitches[len(pitches) // 4] if pitches else size, frozenset(found))


def _paragraphs(placed: Sequence[_Placed], body: _Body) -> Iterator[list[_Placed]]:
    paragraph: list[_Placed] = []
    for one in placed:
        if paragraph and _begins(paragraph[-1], one, body):
            yield paragraph
            paragraph = []
        paragraph.append(one)
    if paragraph:
        yield paragraph


def _begins(before: _Placed, after: _Placed, body: _Body) -> bool:
    """Tell whether a paragraph begins with the line after."""
    above, below = before.line, after.line
    if above.bold != below.bold or abs(above.size - below.size) > 0.1 * above.size:
        return True
    if above.hyphen:
        return False
    ended = bool(_SENTENCE_END.search(above.text))
    drop = above.bottom - below.bottom
    if before.page != after.page or drop < -1:  # another page or column
        return ended or not (before.full or below.text[0].islower())
    if drop > _GAP * body.pitch or (drop > 1 and _BULLET.match(below.text)):
        return True
    return drop > 1 and ended and (not before.full or below.left > above.left + above.size)


def _append(text: _Text, paragraph: Sequence[_Placed], body: _Body) -> str:
    first = len(text.parts)
    above: Line | None = None
    for one in paragraph:
        if above:
            text.append(_glue(above, one.line, body.words))
        text.starts.setdefault(one.page, text.length)
        text.append(tidy(one.line.text))
        above = one.line
    return "".join(text.parts[first:])


def _glue(above: Line, below: Line, words: frozenset[str]) -> str:
    """Return what joins two lines of a paragraph: a space, a hyphen, or nothing."""
    if not above.hyphen:
        return " "
    first, second = _LAST_PART.search(above.text), _FIRST_PART.match(below.text)
    if not first or not second:
        return "-"
    parts = first[0].lower(), second[0].lower()
    if "".join(parts) in words:
        return ""
    split = first[0].isalpha() and second[0][0].islower() and "-".join(parts) not in words
    return "" if split else "-"


def _kind(paragraph: Sequence[_Placed], content: str, body: _Body) -> BlockKind:
    line = paragraph[0].line
    weighty = line.size >= _LARGER * body.size or (line.bold and not body.bold)
    if is_caption(content):
        return "caption"
    ended = content.endswith((".", ";", ","))
    return "heading" if weighty and len(content) <= _LONGEST_HEADING and not ended else "paragraph"


def _page_map(starts: dict[int, int], count: int, length: int) -> tuple[Page, ...]:
    """Make the pages of where their first lines begin; a page without text is empty."""
    pages: list[Page] = []
    end = length
    for number in range(count, 0, -1):
        start = 0 if number == 1 else starts.get(number, end)
        pages.append(Page(number, start, end))
        end = start
    return tuple(reversed(pages))
