"""Bytes into text: UTF-8 first, a byte order mark next, a detector last; newlines become LF."""

import codecs
import re

from charset_normalizer import from_bytes

from index.errors import LoadError

# Longest first: the mark of UTF-32 begins with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF", ".pdf"),
    (b"PK\x03\x04", "a ZIP archive or an Office file", ".docx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file", None),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", None),
    (b"\xff\xd8\xff", "a JPEG image", None),
    (b"GIF8", "a GIF image", None),
    (b"\x1f\x8b", "a gzip archive", None),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", None),
    (b"\x7fELF", "a program", None),
    (b"{\\rtf", "an RTF file", None),
    (b"SQLite format 3\x00", "an SQLite database", None),
)
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH = re.compile(rb"[\x80-\xff]")
_SAMPLE = 1_000_000  # bytes shown to the detector
_FEW = 24  # below this many non-ASCII bytes a statistical detector guesses
_HALF = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, name: str) -> str:
    """Decode a source and normalise its newlines (CRLF and CR become LF); nothing else changes.

    UTF-8 is tried strictly, then a byte order mark decides, then `charset-normalizer` on the first
    megabyte; with very few non-ASCII bytes, where a detector would guess, Windows-1252 is taken if
    it reads as words. A byte order mark is dropped. Stray control characters are kept, since the
    text is quoted as it is. Raises LoadError for binary data under a text's name, NUL bytes, an
    encoding that cannot be told, and an empty or blank source.
    """
    refuse_binary(data, name)
    text = _decode(data, name)
    if len(_CONTROL.findall(text[:_SAMPLE])) > max(8, len(text[:_SAMPLE]) // 50):
        raise LoadError(name, "holds mostly control characters, so it is not text")
    return settle(text, name)


def settle(text: str, name: str) -> str:
    """Normalise newlines. Raises LoadError for a NUL, half a surrogate pair, and a blank text."""
    nul = text.find("\x00")
    if nul >= 0:
        reason = f"holds a NUL at character {nul}. It is not plain text, or UTF-16 without a mark"
        raise LoadError(name, f"{reason}; save it as UTF-8")
    refuse_halves(text, name)
    if not text.strip():
        raise LoadError(name, "is empty or blank; there is nothing to quote from")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def refuse_halves(text: str, name: str) -> None:
    """Raise LoadError for a lone surrogate, which no encoding of text can carry."""
    half = _HALF.search(text)
    if half:
        reason = f"holds half of a surrogate pair at character {half.start()}"
        raise LoadError(name, f"{reason}; mend the escape that made it")


def refuse_binary(data: bytes, name: str) -> None:
    """Raise LoadError for a binary format under the name of a text, named with its remedy."""
    for mark, what, suffix in _SIGNATURES:
        if data.startswith(mark):
            remedy = f"rename it to {suffix}" if suffix else "convert it to text or PDF first"
            raise LoadError(name, f"is {what} by its first bytes, not text; {remedy}")


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        invalid = error
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_marked(data, encoding, name)
    where = f"byte 0x{data[invalid.start]:02x} at offset {invalid.start}"
    if b"\x00" in data:
        raise LoadError(name, f"holds NUL bytes and is not UTF-8 ({where}); save it as UTF-8")
    high = len(_HIGH.findall(data))
    if 2 * sum(len(found) for found in _MULTIBYTE.findall(data)) > high:
        raise LoadError(name, f"is UTF-8 but damaged: {where} does not decode; repair it")
    western = _western(data) if high <= min(_FEW, len(data) // 3) else None
    return _decode_detected(data, western or _detect(data), name, where)


def _decode_marked(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"has the byte order mark of {encoding.upper()} but does not decode at offset"
        raise LoadError(name, f"{reason} {error.start}; save it as UTF-8") from error


def _western(data: bytes) -> str | None:
    """Return Windows-1252 if every non-ASCII byte reads as a letter or a typographic mark."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    marks = "‘’“”–—…€£¥§©®°·•«»¿¡ª²³½¼¾\u00a0"
    fits = all(letter.isalpha() or letter in marks for letter in text if letter > "\x7f")
    return "cp1252" if fits else None


def _detect(data: bytes) -> str | None:
    sample = data[: data.rfind(b"\n", 0, _SAMPLE) + 1] if len(data) > _SAMPLE else data
    best = from_bytes(sample or data[:_SAMPLE]).best()
    return best.encoding if best else None


def _decode_detected(data: bytes, encoding: str | None, name: str, where: str) -> str:
    try:
        if encoding:
            return data.decode(encoding)
    except UnicodeDecodeError as error:
        where = f"{where}; as {encoding} it fails at offset {error.start}"
    raise LoadError(name, f"has an encoding that cannot be told ({where}); save it as UTF-8")
