"""Documents and passages as rows of the catalogue, each with a checksum that is read back."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from index.document import Block, Document, Page, Passage, Summary
from index.errors import DamagedIndex
from index.schema import REMEDY

DOCUMENT = (
    "id, uri, title, sha256, media_type, date, author, language, metadata, version, characters, "
    "passages, words, fingerprint, pages, blocks, checksum"
)
SUMMARY = DOCUMENT.replace("pages, blocks, ", "")
PASSAGE = "id, kind, start, stop, context_start, context_stop, words, checksum, vector"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A passage ready to be stored: with its packed vector and its words."""

    passage: Passage
    vector: bytes
    words: Sequence[str]


def document_row(document: Document, version: int, passages: Sequence[Embedded]) -> list[Any]:
    """Return the values of the columns `DOCUMENT`."""
    described: list[Any] = [
        document.id,
        document.uri,
        document.title,
        document.sha256,
        document.media_type,
    ]
    described += [document.date and document.date.isoformat(), document.author, document.language]
    described += [json.dumps(dict(document.metadata), sort_keys=True, ensure_ascii=False)]
    counted = [version, len(document.text), len(passages)]
    counted += [sum(len(each.words) for each in passages)]
    shape = [json.dumps([astuple(page) for page in document.pages])]
    shape += [json.dumps([astuple(block) for block in document.blocks])]
    identity = [*described, *shape, [each.passage.id for each in passages]]
    fingerprint = hashlib.blake2b(repr(identity).encode(), digest_size=16).hexdigest()
    listed = [*described, *counted, fingerprint]
    return [*listed, *shape, _checksum(listed)]


def as_summary(row: Sequence[Any]) -> Summary:
    """Read a row of the columns `SUMMARY`. Raises DamagedIndex where it was changed outside."""
    *listed, checksum = row
    if _checksum(listed) != checksum:
        raise DamagedIndex("catalog.sqlite", f"the entry of document {row[0]!r} is damaged", REMEDY)
    return Summary(
        id=row[0],
        uri=row[1],
        title=row[2],
        sha256=row[3],
        media_type=row[4],
        date=date.fromisoformat(row[5]) if row[5] else None,
        author=row[6],
        language=row[7],
        metadata=json.loads(row[8]),
        version=row[9],
        characters=row[10],
        passages=row[11],
    )


def as_document(row: Sequence[Any], text: str) -> Document:
    """Read a row of the columns `DOCUMENT`. Raises DamagedIndex where it was changed outside."""
    *listed, pages, blocks, checksum = row
    summary = as_summary([*listed, checksum])
    if hashlib.sha256(text.encode()).hexdigest() != summary.sha256:
        reason = f"the text of document {summary.id!r} is damaged"
        raise DamagedIndex("catalog.sqlite", reason, REMEDY)
    return Document(
        id=summary.id,
        uri=summary.uri,
        title=summary.title,
        text=text,
        sha256=summary.sha256,
        media_type=summary.media_type,
        date=summary.date,
        author=summary.author,
        language=summary.language,
        pages=tuple(Page(*page) for page in json.loads(pages)),
        blocks=tuple(Block(*block) for block in json.loads(blocks)),
        metadata=summary.metadata,
    )


def passage_row(embedded: Embedded) -> list[Any]:
    """Return the values of the columns `PASSAGE`."""
    passage = embedded.passage
    place = [passage.id, passage.kind, passage.start, passage.end]
    place += [passage.context_start, passage.context_end, len(embedded.words)]
    return [*place, _seal(place, passage, embedded.vector), embedded.vector]


def as_passage(row: Sequence[Any], document_id: str, around: str, offset: int) -> Passage:
    """Read a row of the columns `PASSAGE`, whose texts are slices of `around` at `offset`.

    Raises DamagedIndex where the row, the text or the vector was changed outside.
    """
    *place, checksum, vector = row
    key, kind, start, stop, context_start, context_stop, _ = place
    passage = Passage(
        id=key,
        document_id=document_id,
        kind=kind,
        start=start,
        end=stop,
        text=around[start - offset : stop - offset],
        context_start=context_start,
        context_end=context_stop,
        context=around[context_start - offset : context_stop - offset],
    )
    if _seal(place, passage, vector) != checksum:
        reason = f"passage {key!r} of document {document_id!r} is damaged"
        raise DamagedIndex("catalog.sqlite", reason, REMEDY)
    return passage


def _seal(place: Sequence[Any], passage: Passage, vector: bytes) -> int:
    texts = f"{list(place)!r}{passage.document_id}\0{passage.text}\0{passage.context}".encode()
    return zlib.crc32(vector, zlib.crc32(texts))


def _checksum(values: Sequence[Any]) -> int:
    return zlib.crc32(repr(list(values)).encode())
