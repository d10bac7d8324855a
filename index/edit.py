"""One change of one collection of the catalogue."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from index.document import Change, Document
from index.errors import UnknownDocument
from index.rows import DOCUMENT, PASSAGE, Embedded, document_row, passage_row
from index.view import PIECE


class Edit:
    """Changes one collection inside one write transaction, as its next generation."""

    def __init__(self, connection: sqlite3.Connection, collection: str) -> None:
        self._connection = connection
        self._collection = self._open(collection)
        self._generation = self._next()

    def put(self, document: Document, passages: Sequence[Embedded]) -> Change:
        """Add a document, or replace what is under its identifier by a new version."""
        former = self._former(document.id)
        if former is not None:
            self._forget(former)
        version = 1 if former is None else self._version(former) + 1
        values = document_row(document, version, passages)
        key = self._insert(values) if former is None else self._update(former, values)
        self._fill(key, document, passages)
        added_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._connection.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?)", (key, version, document.sha256, added_at)
        )
        self._count(key, 1)
        return Change(document.id, "added" if former is None else "replaced", len(passages))

    def remove(self, document_id: str) -> None:
        """Remove a document, its versions and its passages. Raises UnknownDocument."""
        former = self._former(document_id)
        if former is None:
            raise UnknownDocument(document_id)
        self._forget(former)
        self._connection.execute("DELETE FROM documents WHERE key = ?", (former,))

    def prune(self) -> None:
        """Forget what was removed before; sides older than that are derived anew."""
        before = self._generation - 1
        self._connection.execute("DELETE FROM removals WHERE collection = ?", (self._collection,))
        self._connection.execute(
            "UPDATE collections SET pruned = ? WHERE key = ?", (before, self._collection)
        )

    def _open(self, collection: str) -> int:
        self._connection.execute(
            "INSERT INTO collections(name, generation, fingerprint, pruned, documents, passages, "
            "words) VALUES (?, 0, ?, 0, 0, 0, 0) ON CONFLICT (name) DO NOTHING",
            (collection, "0" * 32),
        )
        query = "SELECT key FROM collections WHERE name = ?"
        return int(self._connection.execute(query, (collection,)).fetchone()[0])

    def _next(self) -> int:
        query = (
            "UPDATE collections SET generation = generation + 1 WHERE key = ? RETURNING generation"
        )
        return int(self._connection.execute(query, (self._collection,)).fetchone()[0])

    def _former(self, document_id: str) -> int | None:
        query = "SELECT key FROM documents WHERE collection = ? AND id = ?"
        row = self._connection.execute(query, (self._collection, document_id)).fetchone()
        return None if row is None else int(row[0])

    def _version(self, key: int) -> int:
        query = "SELECT version FROM documents WHERE key = ?"
        return int(self._connection.execute(query, (key,)).fetchone()[0])

    def _forget(self, key: int) -> None:
        self._count(key, -1)
        self._connection.execute(
            "INSERT INTO removals SELECT collection, ?, key FROM passages WHERE document = ?",
            (self._generation, key),
        )
        self._connection.execute("DELETE FROM passages WHERE document = ?", (key,))
        self._connection.execute("DELETE FROM texts WHERE document = ?", (key,))

    def _insert(self, values: list[object]) -> int:
        marks = ", ".join("?" * (len(values) + 1))
        query = f"INSERT INTO documents(collection, {DOCUMENT}) VALUES ({marks}) RETURNING key"  # noqa: S608 columns are constants
        row = self._connection.execute(query, (self._collection, *values)).fetchone()
        return int(row[0])

    def _update(self, key: int, values: list[object]) -> int:
        columns = ", ".join(f"{column} = ?" for column in DOCUMENT.split(", "))
        query = f"UPDATE documents SET {columns} WHERE key = ?"  # noqa: S608 columns are constants
        self._connection.execute(query, (*values, key))
        return key

    def _fill(self, key: int, document: Document, passages: Sequence[Embedded]) -> None:
        text = document.text
        pieces = ((key, at, text[at : at + PIECE]) for at in range(0, len(text), PIECE))
        self._connection.executemany("INSERT INTO texts VALUES (?, ?, ?)", pieces)
        marks = ", ".join("?" * (len(PASSAGE.split(", ")) + 3))
        query = (
            f"INSERT INTO passages(collection, document, generation, {PASSAGE}) VALUES ({marks})"  # noqa: S608 columns are constants
        )
        place = (self._collection, key, self._generation)
        rows = ((*place, *passage_row(each)) for each in passages)
        self._connection.executemany(query, rows)

    def _count(self, key: int, sign: int) -> None:
        """Add a document to the collection's counts and fingerprint, or take it out."""
        query = "SELECT passages, words, fingerprint FROM documents WHERE key = ?"
        passages, words, own = self._connection.execute(query, (key,)).fetchone()
        query = "SELECT fingerprint FROM collections WHERE key = ?"
        row = self._connection.execute(query, (self._collection,)).fetchone()
        total = (int(row[0], 16) + sign * int(own, 16)) % (1 << 128)
        self._connection.execute(
            "UPDATE collections SET documents = documents + ?, passages = passages + ?, "
            "words = words + ?, fingerprint = ? WHERE key = ?",
            (sign, sign * passages, sign * words, f"{total:032x}", self._collection),
        )
