"""Plain text."""

from index.formats.decode import decode
from index.formats.limits import Limits
from index.formats.parsed import Parsed
from index.structure import find_structure


def parse_text(data: bytes, name: str, limits: Limits) -> Parsed:
    """Parse plain text; the stored text is the decoded text."""
    text = decode(data, name)
    structure = find_structure(text)
    return Parsed(text, structure.blocks, title=structure.title, date=structure.date)
