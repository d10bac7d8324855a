"""Word documents: the body's paragraphs and tables in their order."""

import io
import re
import zipfile
from collections.abc import Iterator

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree

from index.document import BlockKind
from index.errors import LoadError
from index.formats.composer import Composer, plain_metadata
from index.formats.limits import Limits
from index.formats.parsed import Parsed
from index.key_points import mark_key_points
from index.structure import is_caption, split_date_line

_LIBRARY = "python-docx"  # its template's author, with the template's date
_PIECE = 1 << 16
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADING = re.compile(r"(?:heading|title|subtitle|titre|überschrift)\b", re.IGNORECASE)
_PARAGRAPH, _TABLE, _ROW, _CELL = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc"))
_TEXT, _TAB, _HYPHEN = qn("w:t"), qn("w:tab"), qn("w:noBreakHyphen")
_BREAKS = (qn("w:br"), qn("w:cr"))
# What Word does not show: deleted and moved text, field codes, the old twin of a drawing.
_UNSEEN = {qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), qn("w:pPr"), qn("w:rPr")} | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}
_INSIDE = {qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:ins"), qn("w:moveTo")}


def parse_docx(data: bytes, name: str, limits: Limits) -> Parsed:
    """Parse a Word document; a row of a table is said as `Column: value; Column: value`.

    Inserted text counts, deleted text does not; headers, footers and comments are left out. Raises
    LoadError for what is no DOCX, is encrypted or unpacks to more than the limit.
    """
    _check_archive(data, name, limits)
    try:
        word = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, KeyError, ValueError, etree.XMLSyntaxError) as error:
        raise LoadError(name, f"is a ZIP archive but no Word document: {error}") from error
    composer = _compose(word)
    if not composer.blocks:
        raise LoadError(name, "has no text in its body; there is nothing to quote from")
    return _parsed(word, composer)


def _check_archive(data: bytes, name: str, limits: Limits) -> None:
    """Refuse what unpacks beyond the limit, by what it declares and by what comes out of it."""
    if data.startswith(_OLD_OFFICE):
        reason = "is encrypted, or an old .doc: it is an OLE file, not a DOCX"
        raise LoadError(name, f"{reason}; remove the password or save it as .docx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            declared = sum(member.file_size for member in members)
            if declared > limits.unpacked:
                raise LoadError(name, _too_much(declared, limits))
            unpacked = 0
            for member in members:
                with archive.open(member) as stream:
                    while piece := stream.read(_PIECE):
                        unpacked += len(piece)
                        if unpacked > limits.unpacked:
                            raise LoadError(name, _too_much(unpacked, limits))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        reason = f"is no DOCX, or a damaged one ({error}); save it anew"
        raise LoadError(name, reason) from error


def _too_much(size: int, limits: Limits) -> str:
    return f"unpacks to {size:,} bytes or more; the limit is {limits.unpacked:,}"


def _compose(word: WordDocument) -> Composer:
    composer = Composer()
    styles = {style.style_id: style.name or "" for style in word.styles}
    for element in _parts(word.element.body):
        if element.tag == _TABLE:
            _compose_table(element, composer)
        else:
            said = "".join(_pieces(element))
            composer.add(_kind(styles.get(element.style, ""), said.strip()), said, lines=True)
    return composer


def _parts(element: etree._Element) -> Iterator[etree._Element]:
    """Yield paragraphs and tables in order, those in content controls and insertions too."""
    for child in element:
        if child.tag in (_PARAGRAPH, _TABLE):
            yield child
        elif child.tag in _INSIDE:
            yield from _parts(child)


def _kind(style: str, said: str) -> BlockKind:
    if _HEADING.match(style) and "\n" not in said:
        return "heading"
    return "caption" if style.lower() == "caption" or is_caption(said) else "paragraph"


def _pieces(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag == _TEXT:
            yield child.text or ""
        elif child.tag == _TAB:
            yield "\t"
        elif child.tag == _HYPHEN:
            yield "-"
        elif child.tag in _BREAKS:
            yield "\n"
        elif child.tag not in _UNSEEN:
            yield from _pieces(child)
            if child.tag == _PARAGRAPH:  # within a text box
                yield "\n"


def _compose_table(table: etree._Element, composer: Composer) -> None:
    rows = [
        [" ".join(map("".join, map(_pieces, cell.iter(_PARAGRAPH)))) for cell in row.iter(_CELL)]
        for row in table
        if row.tag == _ROW
    ]
    named = len(rows) > 1 and len(rows[0]) > 1 and all(cell.strip() for cell in rows[0])
    header = rows[0] if named else []
    for row in rows[1:] if named else rows:
        composer.add_row(header, row)


def _parsed(word: WordDocument, composer: Composer) -> Parsed:
    told = word.core_properties
    dated = split_date_line(composer.text, composer.blocks)
    blocks = mark_key_points(composer.text, dated.blocks)
    first = next((block for block in blocks if block.kind == "heading"), None)
    heading = composer.text[first.start : first.end] if first else None
    written = told.author.strip() not in ("", _LIBRARY)
    metadata = {"subject": told.subject, "keywords": told.keywords, "category": told.category}
    return Parsed(
        composer.text,
        tuple(blocks),
        title=told.title.strip() or heading,
        date=dated.date or (told.created.date() if told.created and written else None),
        author=told.author.strip() if written else None,
        language=told.language[:2].lower() or None,
        metadata=plain_metadata(metadata),
    )
