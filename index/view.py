"""One collection of the catalogue at one moment, for reading."""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from index.document import Document, Filter, Passage, Summary
from index.errors import DamagedIndex, UnknownDocument
from index.lexical import Keys
from index.rows import DOCUMENT, PASSAGE, SUMMARY, as_document, as_passage, as_summary
from index.schema import FILE, REMEDY

STATE = "name, generation, fingerprint, pruned, documents, passages, words, checksum"
PIECE = 4096  # code points of a text in one row
ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class CollectionState:
    """A collection's counts at one moment."""

    key: int
    name: str
    generation: int = 0
    fingerprint: str = "0" * 32
    pruned: int = 0
    documents: int = 0
    passages: int = 0
    words: int = 0


def state_checksum(state: CollectionState) -> int:
    """Return the checksum that is kept with a collection's state."""
    return zlib.crc32(repr(astuple(state)).encode())


@dataclass(frozen=True, slots=True)
class Scope:
    """What a filter leaves: the keys of documents and of passages, ascending."""

    documents: Keys
    passages: Keys


@dataclass(frozen=True, slots=True)
class Stored:
    """A passage as it is kept, with its packed vector."""

    passage: Passage
    vector: bytes


@dataclass(frozen=True, slots=True)
class Slice:
    """Where a passage's text is, for the sides that are derived from it."""

    key: int
    document: int
    text: str


class View:
    """Reads one collection inside one read transaction."""

    def __init__(self, connection: sqlite3.Connection, state: CollectionState) -> None:
        self._connection = connection
        self.state = state

    def document(self, document_id: str) -> Document:
        """Return a document with its text. Raises UnknownDocument, DamagedIndex."""
        query = f"SELECT key, {DOCUMENT} FROM documents WHERE collection = ? AND id = ?"  # noqa: S608 columns are constants
        row = self._connection.execute(query, (self.state.key, document_id)).fetchone()
        if row is None:
            raise UnknownDocument(document_id)
        return as_document(row[1:], self.text(row[0]))

    def summary(self, document_id: str) -> Summary | None:
        """Return a document without its text, None where it is unknown."""
        query = f"SELECT {SUMMARY} FROM documents WHERE collection = ? AND id = ?"  # noqa: S608 columns are constants
        row = self._connection.execute(query, (self.state.key, document_id)).fetchone()
        return None if row is None else as_summary(row)

    def vectors_by_text(self, document_id: str) -> dict[str, bytes]:
        """Return the packed vectors of a document's passages under their texts."""
        query = (
            "SELECT p.key FROM passages p JOIN documents d ON d.key = p.document "
            "WHERE d.collection = ? AND d.id = ?"
        )
        keys = self._keys(query, self.state.key, document_id).tolist()
        return {each.passage.text: each.vector for each in self.stored(keys).values()}

    def text(self, document: int) -> str:
        """Return the whole text under a document's key."""
        query = "SELECT text FROM texts WHERE document = ? ORDER BY start"
        return "".join(text for (text,) in self._connection.execute(query, (document,)))

    def summaries(self) -> list[Summary]:
        """Return all documents without their texts, ordered by uri and id."""
        query = f"SELECT {SUMMARY} FROM documents WHERE collection = ? ORDER BY uri, id"  # noqa: S608 columns are constants
        return [as_summary(row) for row in self._connection.execute(query, (self.state.key,))]

    def scope(self, where: Filter) -> Scope:
        """Return what a filter leaves of the collection."""
        conditions, values = _conditions(where)
        documents = f"SELECT key FROM documents WHERE collection = ? {conditions}"  # noqa: S608 values are bound
        kept = self._keys(f"{documents} ORDER BY key", self.state.key, *values)
        passages = f"SELECT key FROM passages WHERE document IN ({documents}) ORDER BY key"  # noqa: S608 values are bound
        return Scope(kept, self._keys(passages, self.state.key, *values))

    def stored(self, keys: Sequence[int]) -> dict[int, Stored]:
        """Return passages by key, checked against their checksums; unknown keys are left out."""
        query = (
            f"SELECT p.key, p.document, d.id, {', '.join('p.' + c for c in PASSAGE.split(', '))} "  # noqa: S608 columns are constants
            # in this order: the planner would rather walk through the whole collection
            "FROM json_each(?) wanted CROSS JOIN passages p ON p.key = wanted.value "
            "CROSS JOIN documents d ON d.key = p.document WHERE +p.collection = ?"
        )
        found = self._connection.execute(query, (json.dumps(list(keys)), self.state.key)).fetchall()
        return {row[0]: self._stored(row[1], row[2], row[3:]) for row in found}

    def passage_keys(self) -> list[int]:
        """Return the keys of all passages."""
        query = "SELECT key FROM passages WHERE collection = ? ORDER BY key"
        return list(map(int, self._keys(query, self.state.key)))

    def check(self) -> None:
        """Read every row and check it against its checksum, and the counts. Raises DamagedIndex."""
        documents = self.summaries()
        for summary in documents:
            self.document(summary.id)
        passages = 0
        keys = self.passage_keys()
        for first in range(0, len(keys), ROWS_AT_ONCE):
            passages += len(self.stored(keys[first : first + ROWS_AT_ONCE]))
        counted = (self.state.documents, self.state.passages)
        if (len(documents), passages) != counted:
            reason = f"{len(documents)} documents and {passages} passages are not {counted}"
            raise DamagedIndex(FILE, reason, REMEDY)

    def removed_since(self, generation: int) -> Keys:
        """Return the keys of the passages that were removed after a generation."""
        query = "SELECT passage FROM removals WHERE collection = ? AND generation > ?"
        return self._keys(query, self.state.key, generation)

    def vectors_since(self, generation: int) -> Iterator[list[tuple[int, bytes]]]:
        """Yield (key, packed vector) of the passages added after a generation, many at once."""
        query = "SELECT key, vector FROM passages WHERE collection = ? AND generation > ?"
        found = self._connection.execute(query, (self.state.key, generation))
        while rows := found.fetchmany(ROWS_AT_ONCE):
            yield rows

    def vectors(self, keys: Keys) -> list[tuple[int, bytes]]:
        """Return (key, packed vector) of passages."""
        query = "SELECT key, vector FROM passages WHERE key IN (SELECT value FROM json_each(?))"
        return self._connection.execute(query, (json.dumps(keys.tolist()),)).fetchall()

    def slices_since(self, generation: int) -> Iterator[Slice]:
        """Yield the texts of the passages added after a generation, by document."""
        query = (
            "SELECT key, document, start, stop FROM passages "
            "WHERE collection = ? AND generation > ? ORDER BY document, key"
        )
        read, text = 0, ""
        for key, document, start, stop in self._connection.execute(
            query, (self.state.key, generation)
        ):
            if document != read:
                read, text = document, self.text(document)
            yield Slice(key, document, text[start:stop])

    def _stored(self, document: int, document_id: str, row: Sequence[Any]) -> Stored:
        _, _, start, stop, context_start, context_stop, _, _, vector = row
        first, last = min(start, context_start), max(stop, context_stop)
        query = (
            "SELECT start, text FROM texts WHERE document = ? AND start > ? AND start < ? "
            "ORDER BY start"
        )
        pieces = self._connection.execute(query, (document, first - PIECE, last)).fetchall()
        offset = pieces[0][0] if pieces else 0
        around = "".join(text for _, text in pieces)
        return Stored(as_passage(row, document_id, around, offset), vector)

    def _keys(self, query: str, *values: object) -> Keys:
        rows = self._connection.execute(query, values)
        return np.fromiter((key for (key,) in rows), dtype=np.int64)


def _conditions(where: Filter) -> tuple[str, list[object]]:
    conditions, values = "", list[object]()
    if where.documents:
        conditions += "AND id IN (SELECT value FROM json_each(?)) "
        values.append(json.dumps(sorted(where.documents)))
    for limit, sign in ((where.date_from, ">="), (where.date_to, "<=")):
        if limit is not None:
            conditions += f"AND date {sign} ? "
            values.append(limit.isoformat())
    for name, value in sorted(where.metadata.items()):
        conditions += (
            "AND EXISTS (SELECT 1 FROM json_each(metadata) m WHERE m.key = ? AND m.value = ?) "
        )
        values += [name, value]
    return conditions, values
