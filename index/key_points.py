"""The key points that news pages put before the story.

A label (`Key Points`, `Highlights`, `At a glance`, …) stands on a line of its own or, in text that
lost its layout, at the start of the first point's line. The label becomes a heading, the points
below it blocks of kind `key_points`. What is a point is told from the form alone:

- If the first point has a bullet, the points are the bulleted paragraphs that follow.
- Otherwise a point is a single sentence of at most `LONGEST_POINT` characters, and the points end
  at the first paragraph that is longer or has more sentences, that is no paragraph (a heading, a
  caption), or that says again what an earlier point said: the story restates its points, the
  points do not restate each other. "Says again" means that it holds `RESTATED` of the point's
  words of four letters and more.

If the first paragraph after the label is no point by these rules, the label is only a heading
(`Summary` over a summary in full paragraphs).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from index.document import Block
from index.sentences import sentence_spans

LONGEST_POINT = 200
RESTATED = 0.8
_MOST_POINTS = 12
_NAMES = (
    r"key (?:points?|takeaways?|highlights|facts|findings|messages)|main points|in brief|in short"
    r"|at a glance|highlights|summary|takeaways|the gist|story highlights|what to know|tl;?dr"
)
_LABEL_LINE = re.compile(
    rf"(?:#{{1,6}}\s+)?[*_]*(?:{_NAMES})\s*[:\-–—]?[*_]*\s*[:#]*$", re.IGNORECASE
)  # with the marks of Markdown
_LABEL_COLON = re.compile(rf"(?:{_NAMES})\s*[:–—]\s+(?=\S)", re.IGNORECASE)
# Without a colon only an unmistakable label counts, in title case or capitals, before a new start.
_LABEL_INLINE = re.compile(
    r"(?:Key (?:Points?|Takeaways?|Highlights|Facts|Findings|Messages)|Main Points|At a Glance"
    r"|KEY (?:POINTS?|TAKEAWAYS?|HIGHLIGHTS|FACTS|FINDINGS|MESSAGES)|MAIN POINTS|AT A GLANCE"
    r"|Story Highlights|STORY HIGHLIGHTS)\s+(?=[^\Wa-z_]|[\"“‘'])"
)
_BULLET = re.compile(r"\s*(?:[-*+•‣·▪●◦–]|\d+[.)])\s+")
_WORD = re.compile(r"\w{4,}")


def mark_key_points(text: str, blocks: Sequence[Block]) -> list[Block]:
    """Mark the first list of key points; the blocks are returned as they are if there is none."""
    for position, block in enumerate(blocks):
        length = _label_length(text[block.start : block.end], block)
        if length is None:
            continue
        label = Block("heading", block.start, block.start + len(_label(text, block, length)))
        first = block.start + length
        inline = [Block("paragraph", first, block.end)] if first < block.end else []
        following = [*inline, *blocks[position + 1 :]]
        count = _count_points(text, following)
        if count:
            points = [replace(point, kind="key_points") for point in following[:count]]
            return [*blocks[:position], label, *points, *following[count:]]
    return list(blocks)


def _label(text: str, block: Block, length: int) -> str:
    return text[block.start : block.start + length].rstrip()


def _label_length(content: str, block: Block) -> int | None:
    """Return the length of the label at the start with the space after it, None without one."""
    if block.kind not in ("paragraph", "heading"):
        return None
    first_line = content.split("\n", 1)[0]
    if _LABEL_LINE.match(first_line.rstrip()):
        return min(len(first_line) + 1, len(content))
    inline = _LABEL_COLON.match(content) or _LABEL_INLINE.match(content)
    return inline.end() if inline else None


def _count_points(text: str, blocks: Sequence[Block]) -> int:
    contents = [
        text[block.start : block.end] if block.kind in ("paragraph", "key_points") else ""
        for block in blocks[: _MOST_POINTS + 1]
    ]
    if contents and _BULLET.match(contents[0]):
        return _leading(bool(_BULLET.match(content)) for content in contents)
    return _leading(
        _is_point(content) and not any(_restates(content, earlier) for earlier in contents[:at])
        for at, content in enumerate(contents[:_MOST_POINTS])
    )


def _leading(flags: Iterable[bool]) -> int:
    count = 0
    for flag in flags:
        if not flag:
            break
        count += 1
    return count


def _is_point(content: str) -> bool:
    return 0 < len(content) <= LONGEST_POINT and len(sentence_spans(content)) == 1


def _restates(content: str, point: str) -> bool:
    words = set(_WORD.findall(point.lower()))
    shared = words & set(_WORD.findall(content.lower()))
    return len(words) >= 3 and len(shared) >= RESTATED * len(words)
