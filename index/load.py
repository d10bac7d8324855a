"""Bytes or a path into a document."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path, PurePosixPath

from index.document import Document
from index.errors import LoadError
from index.formats.limits import DEFAULT_LIMITS, Limits
from index.formats.markdown import parse_markdown
from index.formats.parsed import Parsed
from index.formats.text import parse_text
from index.language import detect_language
from index.titles import clip, title_for

Parse = Callable[[bytes, str, Limits], Parsed]

_PARSERS: dict[str, Parse] = {
    ".txt": parse_text,
    ".text": parse_text,
    ".md": parse_markdown,
    ".markdown": parse_markdown,
}
_MEDIA_TYPES = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
}
SUFFIXES = tuple(sorted(_PARSERS))


def load_bytes(
    data: bytes,
    name: str,
    *,
    uri: str | None = None,
    media_type: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Document:
    """Load one document from bytes; `name` tells the format by its suffix, `media_type` overrules.

    The identifier is made from `uri` (by default the name), so it stays over versions. Raises
    LoadError for an unknown format and for everything that cannot become a text to quote from.
    """
    suffix = _suffix(name, media_type)
    if len(data) > limits.max_bytes:
        reason = f"has {len(data):,} bytes; the limit is {limits.max_bytes:,}. Split it"
        raise LoadError(name, reason)
    parsed = _PARSERS[suffix](data, name, limits)
    return to_document(parsed, name, uri or name, _MEDIA_TYPES[suffix], limits)


def load_path(path: Path | str, root: Path | str | None = None) -> Document:
    """Load one file; its uri is its path relative to `root` (by default its name), with slashes."""
    file = Path(path)
    uri = file.relative_to(root).as_posix() if root is not None else file.name
    return load_bytes(read_bytes(file, DEFAULT_LIMITS), file.name, uri=uri)


def read_bytes(file: Path, limits: Limits) -> bytes:
    """Read a file within the limits. Raises LoadError if it is too large or cannot be read."""
    try:
        with file.open("rb") as stream:
            data = stream.read(limits.max_bytes + 1)
    except OSError as error:
        raise LoadError(str(file), f"cannot be read: {error.strerror}") from error
    if len(data) > limits.max_bytes:
        raise LoadError(str(file), f"has more than {limits.max_bytes:,} bytes, the limit. Split it")
    return data


def to_document(
    parsed: Parsed, name: str, uri: str, media_type: str, limits: Limits = DEFAULT_LIMITS
) -> Document:
    """Make a document of what a parser handed back. Raises LoadError if its text is too long."""
    text = parsed.text
    if len(text) > limits.max_characters:
        reason = f"has {len(text):,} characters; the limit is {limits.max_characters:,}. Split it"
        raise LoadError(name, reason)
    return Document(
        id=document_id(uri),
        uri=uri,
        title=clip(parsed.title or "") or title_for(name, _opening(parsed)),
        text=text,
        sha256=sha256(text.encode()).hexdigest(),
        media_type=media_type,
        date=parsed.date,
        author=parsed.author,
        language=parsed.language or detect_language(text),
        pages=parsed.pages,
        blocks=parsed.blocks,
        metadata=parsed.metadata,
    )


def document_id(uri: str) -> str:
    """Return the identifier of the document that lives at a uri; the same for every version."""
    return "doc_" + sha256(uri.encode()).hexdigest()[:16]


def _opening(parsed: Parsed) -> str:
    """Return the text from its first paragraph on."""
    start = next((block.start for block in parsed.blocks if block.kind == "paragraph"), 0)
    return parsed.text[start:]


def _suffix(name: str, media_type: str | None) -> str:
    wanted = (media_type or "").split(";", 1)[0].strip().lower()
    for suffix, known in _MEDIA_TYPES.items():
        if wanted == known:
            return suffix
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in _PARSERS:
        kind = f"has the suffix {suffix!r}" if suffix else "has no suffix"
        raise LoadError(name, f"{kind}; the formats are {', '.join(SUFFIXES)}")
    return suffix
