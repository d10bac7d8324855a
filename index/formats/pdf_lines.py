"""The lines of a PDF page with their places, and which of them only run along."""

import re
from collections import Counter
from collections.abc import Sequence
from ctypes import create_string_buffer
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as pdfium

_HYPHEN = 2  # what pdfium gives for a hyphen at a line's end, without a line break after it
_SURROGATES = range(0xD800, 0xE000)
_EDGE = 0.09  # of the page's height, at head and foot, where running lines stand
_FONT_NAME = 64  # bytes
_BOLD = re.compile(rb"(?i)bold|black|heavy")
_NUMBER = re.compile(r"[0-9]{1,6}")
_LONGEST_RUNNING = 120
_ROMAN = r"(?=[ivxl])(?:xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_PAGE_NUMBER = re.compile(
    rf"\W*(?:page|seite|p\.)?\W*(?:[0-9]{{1,5}}|{_ROMAN})(?:\s*(?:of|/|von)\s*[0-9]{{1,5}})?\W*",
    re.IGNORECASE,
)
# Presentation forms that stand for letters; pdfium spells out most of them itself.
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its text, its box in points from the page's foot, its letters' size.

    `hyphen` tells that the line ends with a hyphen, which the text leaves out; `bold` that its
    first and last letters are bold; `edge` that it stands where running heads and feet do.
    """

    text: str
    left: float
    right: float
    bottom: float
    size: float
    bold: bool = False
    hyphen: bool = False
    edge: bool = False


def read_lines(page: pypdfium2.PdfPage) -> list[Line]:
    """Read the lines of a page in the order of its content; lines of white space are left out."""
    textpage = page.get_textpage()
    height = page.get_height() or 1.0
    lines: list[Line] = []
    start = 0
    codes = [
        pdfium.FPDFText_GetUnicode(textpage.raw, position)
        for position in range(textpage.count_chars())
    ]
    for position, code in enumerate([*codes, 0x0A]):
        if code in (0x0A, 0x0D, _HYPHEN):
            line = _line(textpage, codes, start, position)
            if line:
                near = min(line.bottom, height - line.bottom) / height
                lines.append(replace(line, hyphen=code == _HYPHEN, edge=near < _EDGE))
            start = position + 1
    textpage.close()
    return lines


def _line(
    textpage: pypdfium2.PdfTextPage, codes: Sequence[int], start: int, end: int
) -> Line | None:
    text = _spell(codes[start:end]).strip()
    if not text:
        return None
    seen = [place for place in range(start, end) if not chr(codes[place]).isspace()]
    left, bottom, _, _ = textpage.get_charbox(seen[0], loose=True)
    _, _, right, _ = textpage.get_charbox(seen[-1], loose=True)
    size = float(pdfium.FPDFText_GetFontSize(textpage.raw, seen[0]))
    bold = _is_bold(textpage, seen[0]) and _is_bold(textpage, seen[-1])
    return Line(text, left, right, bottom, size, bold)


def _is_bold(textpage: pypdfium2.PdfTextPage, position: int) -> bool:
    name = create_string_buffer(_FONT_NAME)
    pdfium.FPDFText_GetFontInfo(textpage.raw, position, name, _FONT_NAME, None)
    return bool(_BOLD.search(name.value))


def _spell(codes: Sequence[int]) -> str:
    """Make text of code points or, where pdfium gives them, of the halves of surrogate pairs."""
    if any(code in _SURROGATES for code in codes):
        units = b"".join(
            chr(code).encode("utf-16-le", "surrogatepass") for code in codes if code <= 0x10FFFF
        )
        return units.decode("utf-16-le", "replace").translate(_LIGATURES)
    return "".join(chr(code) for code in codes if 0 < code <= 0x10FFFF).translate(_LIGATURES)


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Leave out page numbers and the lines that repeat at the same edge of the pages.

    A line repeats if it stands, but for a number that counts with the pages, on a third of the
    pages and on three at least (on both pages of two).
    """
    keyed = [
        [(line, _keys(line, number) if line.edge else set()) for line in lines]
        for number, lines in enumerate(pages)
    ]
    seen = Counter(key for lines in keyed for key in set().union(*(keys for _, keys in lines)))
    enough = max(2 if len(pages) == 2 else 3, len(pages) / 3)
    return [
        [
            line
            for line, keys in lines
            if not any(seen[key] >= enough for key in keys)
            and not (line.edge and len(pages) > 1 and _PAGE_NUMBER.fullmatch(line.text))
        ]
        for lines in keyed
    ]


def _keys(line: Line, page: int) -> set[tuple[str, int]]:
    """Return the line's text, and the text with each number in turn told from the page's."""
    if len(line.text) > _LONGEST_RUNNING:
        return set()
    texts = {line.text}
    for number in _NUMBER.finditer(line.text):
        distance = int(number[0]) - page
        texts.add(f"{line.text[: number.start()]}#{distance}{line.text[number.end() :]}")
    return {(text, round(line.bottom / 4)) for text in texts}
