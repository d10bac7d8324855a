"""Markdown: its block structure by `markdown-it-py`; the stored text keeps the marks."""

import re
from collections.abc import Iterator
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.dates import read_date
from index.document import Block, BlockKind
from index.formats.decode import decode
from index.formats.limits import Limits
from index.formats.parsed import Parsed
from index.key_points import mark_key_points
from index.structure import is_caption, split_date_line, trimmed

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<fields>(?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|$)")
_FIELD = re.compile(r"^(?P<key>[A-Za-z_][\w -]*):[ \t]*(?P<value>\S.*?)[ \t]*$", re.MULTILINE)
_IMAGE = re.compile(r"(?:\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?\s*)+$")
_MARKS = re.compile(r"^#{1,6}\s+|\s+#+$|\n[=-]+$|(?<!\w)[*_]{1,3}|[*_]{1,3}(?!\w)|`")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_PARTS: dict[str, BlockKind] = {"heading_open": "heading", "table_open": "row"}
_FIELDS = ("title", "date", "author", "lang", "language")


def parse_markdown(data: bytes, name: str, limits: Limits) -> Parsed:
    """Parse Markdown; front matter gives title, date, author and metadata, and is kept as text."""
    text = decode(data, name)
    front = _FRONT_MATTER.match(text)
    fields = _fields(front["fields"]) if front else {}
    header = [Block("date_line", 0, len(front[0].rstrip()))] if front else []
    dated = split_date_line(text, list(_blocks(text, front.end() if front else 0)))
    language = fields.get("lang") or fields.get("language") or ""
    return Parsed(
        text,
        (*header, *mark_key_points(text, dated.blocks)),
        title=fields.get("title") or _first_heading(text, dated.blocks),
        date=read_date(fields.get("date", "")) or dated.date,
        author=fields.get("author"),
        language=language[:2].lower() or None,
        metadata={key: value for key, value in fields.items() if key not in _FIELDS},
    )


def _fields(front_matter: str) -> dict[str, str]:
    return {
        found["key"].strip().lower(): found["value"].strip("\"'")
        for found in _FIELD.finditer(front_matter)
    }


def _blocks(text: str, start: int) -> Iterator[Block]:
    """Yield the top-level blocks; lines that the parser gives no block to are paragraphs too."""
    lines = text[start:].split("\n")
    borders = list(accumulate((len(line) + 1 for line in lines), initial=start))
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])  # the marks within lines are not needed
    done = 0
    for token in parser.parse(text[start:]):
        if not token.map or not _is_block(token):
            continue
        first, last = token.map
        yield from trimmed(text, borders[done], borders[first])
        for block in trimmed(text, borders[first], min(borders[last], len(text))):
            yield Block(_kind(token.type, text[block.start : block.end]), block.start, block.end)
        done = last
    yield from trimmed(text, borders[min(done, len(lines))], len(text))


def _is_block(token: Token) -> bool:
    """Tell whether a token opens a block: an item of an outer list, or what is in nothing else."""
    if token.type in ("bullet_list_open", "ordered_list_open"):
        return False
    return token.level == 0 or (token.level == 1 and token.type == "list_item_open")


def _kind(opening: str, content: str) -> BlockKind:
    if opening == "paragraph_open" and (_IMAGE.match(content) or is_caption(content)):
        return "caption"
    return _PARTS.get(opening, "paragraph")


def _first_heading(text: str, blocks: list[Block]) -> str | None:
    for block in blocks:
        if block.kind == "heading":
            words = _LINK.sub(r"\1", text[block.start : block.end])
            return _MARKS.sub("", words).strip() or None
    return None
