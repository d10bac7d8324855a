"""Bytes or a path into documents."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from index.document import Document
from index.errors import LoadError
from index.formats.isolated import parse_apart
from index.formats.limits import DEFAULT_LIMITS, Limits
from index.formats.markdown import parse_markdown
from index.formats.parsed import Parsed
from index.formats.records import parse_records
from index.formats.table import parse_table
from index.formats.text import parse_text
from index.language import detect_language
from index.titles import clip, title_for


@dataclass(frozen=True, slots=True)
class _Format:
    media_type: str
    parse: Callable[[bytes, str, Limits], Parsed]


_RECORDS = "application/jsonl"
_FORMATS = {
    ".txt": _Format("text/plain", parse_text),
    ".text": _Format("text/plain", parse_text),
    ".md": _Format("text/markdown", parse_markdown),
    ".markdown": _Format("text/markdown", parse_markdown),
    ".html": _Format("text/html", parse_apart("html")),
    ".htm": _Format("text/html", parse_apart("html")),
    ".xhtml": _Format("application/xhtml+xml", parse_apart("html")),
    ".pdf": _Format("application/pdf", parse_apart("pdf")),
    ".docx": _Format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        parse_apart("docx"),
    ),
    ".csv": _Format("text/csv", parse_table),
    ".tsv": _Format("text/tab-separated-values", parse_table),
}
_RECORD_SUFFIXES = (".jsonl", ".ndjson")
SUFFIXES = tuple(sorted([*_FORMATS, *_RECORD_SUFFIXES]))


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
    if suffix in _RECORD_SUFFIXES:
        raise LoadError(name, "holds one document a line; load it with load_many_bytes")
    _refuse_size(data, name, limits)
    known = _FORMATS[suffix]
    return _document(known.parse(data, name, limits), uri or name, known.media_type, limits)


def load_path(
    path: Path | str, root: Path | str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Document:
    """Load one file; its uri is its path relative to `root` (by default its name), with slashes."""
    file = Path(path)
    return load_bytes(_read(file, limits), file.name, uri=_uri(file, root), limits=limits)


def load_many_bytes(
    data: bytes,
    name: str,
    *,
    uri: str | None = None,
    media_type: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Document | LoadError]:
    """Yield the documents of a source: one for each record of JSON Lines, else one.

    A record's uri is the source's with `#` and the record's id, or its line number. A record that
    cannot be loaded comes as a LoadError in its place. Raises LoadError if the whole source cannot.
    """
    if _suffix(name, media_type) not in _RECORD_SUFFIXES:
        yield load_bytes(data, name, uri=uri, media_type=media_type, limits=limits)
        return
    _refuse_size(data, name, limits)
    for record in parse_records(data, uri or name):
        if isinstance(record, LoadError):
            yield record
        else:
            yield _document(record.parsed, f"{uri or name}#{record.fragment}", _RECORDS, limits)


def load_many_path(
    path: Path | str, root: Path | str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Document | LoadError]:
    """Yield the documents of a file, as `load_many_bytes` does; every LoadError is yielded."""
    file = Path(path)
    uri = _uri(file, root)
    try:
        yield from load_many_bytes(_read(file, limits), file.name, uri=uri, limits=limits)
    except LoadError as error:
        yield LoadError(uri, error.reason)


def document_id(uri: str) -> str:
    """Return the identifier of the document that lives at a uri; the same for every version."""
    return "doc_" + sha256(uri.encode()).hexdigest()[:16]


def _uri(file: Path, root: Path | str | None) -> str:
    return file.relative_to(root).as_posix() if root is not None else file.name


def _read(file: Path, limits: Limits) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(limits.max_bytes + 1)
    except OSError as error:
        raise LoadError(str(file), f"cannot be read: {error.strerror}") from error
    _refuse_size(data, str(file), limits)
    return data


def _refuse_size(data: bytes, name: str, limits: Limits) -> None:
    if not data:
        raise LoadError(name, "is empty; there is nothing to quote from")
    if len(data) > limits.max_bytes:
        raise LoadError(name, f"has more than {limits.max_bytes:,} bytes, the limit; split it")


def _document(parsed: Parsed, uri: str, media_type: str, limits: Limits) -> Document:
    text = parsed.text
    if len(text) > limits.max_characters:
        reason = f"has {len(text):,} characters; the limit is {limits.max_characters:,}; split it"
        raise LoadError(uri, reason)
    return Document(
        id=document_id(uri),
        uri=uri,
        title=clip(parsed.title or "") or title_for(uri, _opening(parsed)),
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


def _opening(parsed: Parsed) -> str:
    """Return the text from its first paragraph on."""
    start = next((block.start for block in parsed.blocks if block.kind == "paragraph"), 0)
    return parsed.text[start:]


def _suffix(name: str, media_type: str | None) -> str:
    wanted = (media_type or "").split(";", 1)[0].strip().lower()
    if wanted in (_RECORDS, "application/x-ndjson"):
        return _RECORD_SUFFIXES[0]
    suffix = next((suffix for suffix, known in _FORMATS.items() if known.media_type == wanted), "")
    suffix = suffix or PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        kind = f"has the suffix {suffix!r}" if suffix else "has no suffix"
        raise LoadError(name, f"{kind}; the formats are {', '.join(SUFFIXES)}")
    return suffix
