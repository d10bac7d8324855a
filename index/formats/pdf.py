"""PDF: the text layer by pypdfium2, settled into paragraphs, with a map of its pages."""

import datetime
import re
from collections.abc import Iterator

import pypdfium2

from index.errors import LoadError
from index.formats.composer import plain_metadata, tidy
from index.formats.limits import Limits
from index.formats.parsed import Parsed
from index.formats.pdf_lines import Line, read_lines, without_running_lines
from index.formats.pdf_paragraphs import settle_paragraphs
from index.key_points import mark_key_points
from index.structure import split_date_line

_END_MARK = b"%%EOF"
_TAIL = 8_192  # bytes at the end in which the end mark must stand; mail programs append to files
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_STAMP = re.compile(r"D:(\d{4})(\d{2})(\d{2})")


def parse_pdf(data: bytes, name: str, limits: Limits) -> Parsed:
    """Parse a PDF's text layer.

    Settled once, in the stored text: ligatures are spelled out, words hyphenated at a line's end
    and lines wrapped within a paragraph are joined, also over the border of two pages, and what
    runs at the head or foot of the pages (titles, page numbers) is left out. A paragraph that
    crosses a border goes on in its place; the new page begins inside it. Raises LoadError for an
    encrypted, cut off or damaged file, too many pages, and pages without text.
    """
    pages = list(_pages(data, name, limits))
    settled = settle_paragraphs(without_running_lines(pages))
    if not settled.text.strip():
        reason = f"has {len(pages)} pages but no text layer (scanned?); run text recognition first"
        raise LoadError(name, reason)
    dated = split_date_line(settled.text, settled.blocks)
    blocks = mark_key_points(settled.text, dated.blocks)
    told = _metadata(data)
    first = next((block for block in blocks if block.kind == "heading"), None)
    heading = settled.text[first.start : first.end] if first else None
    return Parsed(
        settled.text,
        tuple(blocks),
        title=told.pop("title", None) or heading,
        date=dated.date or _day(told.pop("creationdate", "")),
        author=told.pop("author", None),
        pages=settled.pages,
        metadata={key: told[key] for key in ("subject", "keywords") if key in told},
    )


def _pages(data: bytes, name: str, limits: Limits) -> Iterator[list[Line]]:
    with _open(data, name) as document:
        count = len(document)
        if count > limits.max_pages:
            raise LoadError(
                name, f"has {count:,} pages; the limit is {limits.max_pages:,}; split it"
            )
        characters = 0
        for number in range(count):
            try:
                page = document[number]
            except pypdfium2.PdfiumError as error:
                reason = f"is damaged: page {number + 1} of {count} cannot be read; save it anew"
                raise LoadError(name, reason) from error
            lines = read_lines(page)
            page.close()
            characters += sum(len(line.text) for line in lines)
            if characters > limits.max_characters:
                reason = f"has more than {limits.max_characters:,} characters, the limit; split it"
                raise LoadError(name, reason)
            yield lines


def _open(data: bytes, name: str) -> pypdfium2.PdfDocument:
    if b"%PDF-" not in data[:1_024]:
        raise LoadError(name, "is no PDF by its first bytes; name it by its real format")
    if _END_MARK not in data[-_TAIL:]:
        raise LoadError(name, "is cut off: the end mark %%EOF is missing; fetch it again")
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise LoadError(name, "is encrypted; remove its password first") from error
        raise LoadError(name, "is damaged and cannot be opened; save it anew") from error


def _metadata(data: bytes) -> dict[str, str]:
    with pypdfium2.PdfDocument(data) as document:
        told = document.get_metadata_dict()
    named = plain_metadata({key.lower(): value for key, value in told.items()})
    return {key: tidy(value) for key, value in named.items() if value.lower() not in _NAMELESS}


_NAMELESS = {"untitled", "anonymous", "unspecified", "unknown", "(anonymous)", "(unspecified)"}


def _day(stamp: str) -> datetime.date | None:
    found = _STAMP.match(stamp)
    try:
        return datetime.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
