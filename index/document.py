"""The words this package speaks: documents, passages and hits."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

BlockKind = Literal["date_line", "caption", "key_points", "heading", "paragraph", "row"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a paged format: its number (from 1) and its half-open code point range."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A structural part of a document: a half-open code point range and what it is."""

    kind: BlockKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A loaded document. Its text never changes; a change is a new version with a new digest.

    `id` is stable over versions (it names the source), `sha256` is the digest of the UTF-8 bytes
    of `text`. Blocks are ordered and do not overlap; pages likewise.
    """

    id: str
    uri: str
    title: str
    text: str
    sha256: str
    media_type: str = "text/plain"
    date: datetime.date | None = None
    author: str | None = None
    language: str | None = None
    pages: tuple[Page, ...] = ()
    blocks: tuple[Block, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page that holds a code point offset, None without pages."""
        return next((page.number for page in self.pages if page.start <= offset < page.end), None)

    def kind_at(self, offset: int) -> BlockKind:
        """Return the kind of the block that holds a code point offset; a paragraph without one."""
        kinds = (block.kind for block in self.blocks if block.start <= offset < block.end)
        return next(kinds, "paragraph")


@dataclass(frozen=True, slots=True)
class Passage:
    """A searchable slice of a document: `text == document.text[start:end]`.

    `context` is the wider slice `document.text[context_start:context_end]` that a reader reads;
    it holds the passage and ends at block or sentence borders. Offsets are half-open code points.
    """

    id: str
    document_id: str
    kind: BlockKind
    start: int
    end: int
    text: str
    context_start: int
    context_end: int
    context: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query, with the raw score of each side.

    `dense` is the cosine similarity (exact for every hit), `lexical` the BM25 score (0.0 where the
    words side did not return it); `score` is set by whoever ranks.
    """

    passage: Passage
    dense: float
    lexical: float
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Filter:
    """What a search is limited to; empty fields limit nothing. Dates are inclusive."""

    documents: frozenset[str] = frozenset()
    date_from: datetime.date | None = None
    date_to: datetime.date | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search ran over: after the filter, on one generation of one collection."""

    collection: str
    documents: int
    passages: int
    generation: str


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search: hits of both sides, not yet ranked, and what was searched."""

    hits: tuple[Hit, ...]
    searched: Searched


@dataclass(frozen=True, slots=True)
class Change:
    """What adding a document did. `seconds` are not kept: a change has no clock in it."""

    document_id: str
    outcome: Literal["added", "replaced", "unchanged"]
    passages: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A document without its text, as listed."""

    id: str
    uri: str
    title: str
    sha256: str
    media_type: str
    date: datetime.date | None
    author: str | None
    language: str | None
    characters: int
    passages: int
    version: int
    metadata: Mapping[str, str]
