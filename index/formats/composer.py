"""Text composed from blocks, for the formats whose bytes are not the text that is read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from index.document import Block, BlockKind

_SPACES = re.compile(r"[^\S\n\u00a0\u202f]+")
# Control characters, halves of surrogate pairs and soft hyphens carry nothing that is read.
_UNREAD = re.compile("[\x00-\x08\x0b-\x1f\x7f\u00ad\ufffe\uffff\ud800-\udfff]")


@dataclass(slots=True)
class Composer:
    """Collects blocks and joins them by blank lines (rows by a newline); offsets by running length.

    White space within a block becomes single spaces, but for the line breaks that `lines` keeps.
    """

    _parts: list[str] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _length: int = 0

    def add(self, kind: BlockKind, content: str, *, lines: bool = False) -> None:
        """Add a block; one without words is left out."""
        text = tidy(content, lines=lines)
        if not text:
            return
        if self._blocks:
            rows = kind == "row" == self._blocks[-1].kind
            self._append("\n" if rows else "\n\n")
        start = self._length
        self._append(text)
        self._blocks.append(Block(kind, start, self._length))

    def add_row(self, header: Sequence[str], cells: Sequence[str]) -> None:
        """Add a row of a table as `Column: value; Column: value`; see `row_text`."""
        self.add("row", row_text(header, cells))

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks so far."""
        return tuple(self._blocks)

    def _append(self, piece: str) -> None:
        self._parts.append(piece)
        self._length += len(piece)


def tidy(content: str, *, lines: bool = False) -> str:
    """Drop what is not read and make white space single spaces; `lines` keeps line breaks."""
    read = _UNREAD.sub("", content)
    if not lines:
        return " ".join(_SPACES.sub(" ", read).split("\n")).strip()
    kept = (_SPACES.sub(" ", line).strip() for line in read.split("\n"))
    return "\n".join(line for line in kept if line)


def row_text(header: Sequence[str], cells: Sequence[str]) -> str:
    """Say a row so that it explains itself: `Column: value; Column: value`, empty cells left out.

    A cell beyond the header, or under an empty heading, stands alone.
    """
    said: list[str] = []
    for position, cell in enumerate(cells):
        value = tidy(cell)
        column = tidy(header[position]).rstrip(":") if position < len(header) else ""
        if value:
            said.append(f"{column}: {value}" if column else value)
    return "; ".join(said)


def plain_metadata(values: Mapping[str, object]) -> dict[str, str]:
    """Keep what has a value, as tidy text."""
    kept = {key: tidy(str(value)) for key, value in values.items() if value is not None}
    return {key: value for key, value in kept.items() if value}
