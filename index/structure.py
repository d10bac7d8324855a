"""The structure of plain text: date line, captions, key points, headings, paragraphs.

The rules read the layout that writers of plain text use; none of them changes the text.

- Paragraphs are parted by blank lines. Where a paragraph's lines are longer than a hard wrap
  (`WRAP`), every line is a paragraph of its own.
- A date line stands at the start, or after the first headings: `index.dates` knows its forms.
- A caption begins with a label (`IMAGE:`, `Photo:`, `Figure 2:`) or ends with a credit
  (`Photograph: …`).
- A heading is one short line that begins with a capital or a digit, does not end like a sentence,
  and has something below it.
- Key points: see `index.key_points`.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.dates import find_date_line
from index.document import Block
from index.key_points import mark_key_points

WRAP = 160  # characters; hard-wrapped text stays below
_BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")
_CAPTION = re.compile(
    r"\s*(?:image|photo(?:graph)?|picture|caption|video|graphic|illustration|infographic"
    r"|(?:figure|fig\.?|plate)\s*\d+[a-z]?)\s*[:.]\s+\S",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"(?:photograph|photo|image|picture)s?(?:\s+(?:credits?|courtesy|by))?\s*:\s*[^\n.]{1,80}\.?\s*$",
    re.IGNORECASE,
)
_LONGEST_CAPTION = 600
_LONGEST_HEADING = 90
_MOST_WORDS = 14
_SENTENCE_ENDS = ".!?:;,…।。\uff01\uff1f\"\u201d\u2019')"
_NUMBERED = re.compile(r"(?:\d+(?:\.\d+)*|[IVXLC]+)[.)]?\s+(?=\S)")
_BULLET = re.compile(r"\s*(?:[-*+•‣–—·>|]|\d+[.)])\s")


@dataclass(frozen=True, slots=True)
class Structure:
    """The blocks of a text, in order and without overlap, its date and its first heading."""

    blocks: tuple[Block, ...]
    date: datetime.date | None
    title: str | None


def find_structure(text: str) -> Structure:
    """Find the blocks of a plain text; together they hold everything but white space."""
    blocks = _mark_headings(text, [_as_caption(text, block) for block in _paragraphs(text)])
    dated = split_date_line(text, blocks)
    blocks = mark_key_points(text, dated.blocks)
    first = next((block for block in blocks if block.kind not in ("date_line", "caption")), None)
    title = text[first.start : first.end] if first and first.kind == "heading" else None
    return Structure(tuple(blocks), dated.date, title)


def _paragraphs(text: str) -> list[Block]:
    blocks: list[Block] = []
    start = 0
    for gap in [*_BLANK.finditer(text), None]:
        end = gap.start() if gap else len(text)
        blocks.extend(_lines_or_whole(text, start, end))
        start = gap.end() if gap else end
    return blocks


def _lines_or_whole(text: str, start: int, end: int) -> list[Block]:
    lines = text[start:end].split("\n")
    if len(lines) == 1 or max(map(len, lines)) <= WRAP:
        return trimmed(text, start, end)
    blocks: list[Block] = []
    for line in lines:
        blocks.extend(trimmed(text, start, start + len(line)))
        start += len(line) + 1
    return blocks


def trimmed(text: str, start: int, end: int) -> list[Block]:
    """Return the range without white space at its ends as a paragraph; none if nothing is left."""
    content = text[start:end]
    if not content.strip():
        return []
    leading = len(content) - len(content.lstrip())
    return [Block("paragraph", start + leading, start + len(content.rstrip()))]


def is_caption(content: str) -> bool:
    """Tell whether a paragraph is the caption of an image by its label or its credit."""
    labelled = _CAPTION.match(content) or _CREDIT.search(content)
    return len(content) <= _LONGEST_CAPTION and bool(labelled)


def _as_caption(text: str, block: Block) -> Block:
    return replace(block, kind="caption") if is_caption(text[block.start : block.end]) else block


def _mark_headings(text: str, blocks: Sequence[Block]) -> list[Block]:
    marked = [
        replace(block, kind="heading")
        if block.kind == "paragraph" and _reads_as_heading(text[block.start : block.end])
        else block
        for block in blocks
    ]
    while marked and marked[-1].kind == "heading":  # nothing below it: a last short line
        last = next((at for at, block in enumerate(marked[::-1]) if block.kind != "heading"), None)
        tail = len(marked) if last is None else last
        marked[-tail:] = [replace(block, kind="paragraph") for block in marked[-tail:]]
    return marked


def _reads_as_heading(content: str) -> bool:
    words = _NUMBERED.sub("", content, count=1)
    bullet = words == content and _BULLET.match(content)
    if bullet or not words or "\n" in content or len(content) > _LONGEST_HEADING:
        return False
    capital = words[0].isupper() or (words[0].isdigit() and any(map(str.isalpha, words)))
    return capital and len(words.split()) <= _MOST_WORDS and content[-1] not in _SENTENCE_ENDS


@dataclass(frozen=True, slots=True)
class Dated:
    """Blocks with the date line parted from the rest, and its date."""

    blocks: list[Block]
    date: datetime.date | None


def split_date_line(text: str, blocks: Sequence[Block]) -> Dated:
    """Part the date line from the block that it begins: the first one, or the first after headings.

    A line that is only a date reads as a heading too, so headings are asked as well.
    """
    for position, block in enumerate(blocks[:4]):
        found = find_date_line(text[block.start : block.end])
        if found:
            border = block.start + found.end
            line = Block("date_line", block.start, border)
            rest = trimmed(text, border, block.end)
            parted = [*blocks[:position], line, *rest, *blocks[position + 1 :]]
            return Dated(parted, found.date)
        if block.kind != "heading":
            break
    return Dated(list(blocks), None)
