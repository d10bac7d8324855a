"""A title for a source that gives none."""

import re
from collections import Counter
from pathlib import PurePosixPath

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_DATE = re.compile(r"\d{4}[-_.]?\d{2}[-_.]?\d{2}")
_PARTS = re.compile(r"[-_+.\s%]+")
_NAMELESS = {
    "attachment", "content", "copy", "data", "doc", "document", "download", "export", "file",
    "index", "input", "new", "page", "scan", "stdin", "temp", "test", "text", "tmp", "untitled",
    "upload",
}  # fmt: skip
_LONGEST = 80


def title_for(name: str, text: str) -> str:
    """Make a title out of a file's name if it reads as words, else out of the first words.

    A date in the name is left out, and its words take the case that the text gives them, so that
    `us-trade-2026-01-30.txt` over a text about the US becomes `US trade`.
    """
    words = _words_of_name(name)
    if len(words) < 2 or all(word.lower() in _NAMELESS for word in words):
        return clip(text) or name
    titled = " ".join(_case(word, text) for word in words)
    return titled[:1].upper() + titled[1:]


def clip(text: str) -> str:
    """Return the first line, at a word's end, with an ellipsis if it is longer than a title."""
    line = " ".join(text[: 10 * _LONGEST].strip().split("\n", 1)[0].split())
    if len(line) <= _LONGEST:
        return line
    return line[:_LONGEST].rsplit(" ", 1)[0].rstrip(",;:–—- ") + "…"


def _words_of_name(name: str) -> list[str]:
    stem = PurePosixPath(name.rsplit("/", 1)[-1]).stem
    parts = _PARTS.split(_DATE.sub(" ", stem))
    words = [part for part in parts if part]
    readable = [word for word in words if _WORD.fullmatch(word)]
    return words if len(readable) * 2 > len(words) else []


def _case(word: str, text: str) -> str:
    seen = Counter(re.findall(rf"\b{re.escape(word)}\b", text[:200_000], re.IGNORECASE))
    return seen.most_common(1)[0][0] if seen else word
