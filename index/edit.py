"""One change of one collection of the catalogue."""

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import UTC, datetime

from index.document import Change, Document
from index.errors import UnknownDocument
from index.rows import DOCUMENT, PASSAGE, Embedded, document_row, passage_row
from index.view import PIECE, STATE, CollectionState, state_checksum


class Edit:
    """Changes one collection inside one write transaction, as its next generation."""

    def __init__(self, connection: sqlite3.Connection, state: CollectionState) -> None:
        self._connection = connection
        self._state = replace(state, generation=state.generation + 1)
        if not state.key:
            values = list(astuple(self._state))[1:]
            marks = ", ".join("?" * (len(values) + 1))
            query = f"INSERT INTO collections({STATE}) VALUES ({marks}) RETURNING key"  # noqa: S608 columns are constants
            key = connection.execute(query, (*values, 0)).fetchone()[0]
            self._state = replace(self._state, key=key)

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
        query = "DELETE FROM removals WHERE collection = ?"
        self._connection.execute(query, (self._state.key,))
        self._state = replace(self._state, pruned=self._state.generation - 1)

    def finish(self) -> None:
        """Write the collection's new state down; the last thing before the commit."""
        columns = ", ".join(f"{column} = ?" for column in STATE.split(", "))
        query = f"UPDATE collections SET {columns} WHERE key = ?"  # noqa: S608 columns are constants
        values = list(astuple(self._state))[1:]
        self._connection.execute(query, (*values, state_checksum(self._state), self._state.key))

    def _former(self, document_id: str) -> int | None:
        query = "SELECT key FROM documents WHERE collection = ? AND id = ?"
        row = self._connection.execute(query, (self._state.key, document_id)).fetchone()
        return None if row is None else int(row[0])

    def _version(self, key: int) -> int:
        query = "SELECT version FROM documents WHERE key = ?"
        return int(self._connection.execute(query, (key,)).fetchone()[0])

    def _forget(self, key: int) -> None:
        self._count(key, -1)
        self._connection.execute(
            "INSERT INTO removals SELECT collection, ?, key FROM passages WHERE document = ?",
            (self._state.generation, key),
        )
        self._connection.execute("DELETE FROM passages WHERE document = ?", (key,))
        self._connection.execute("DELETE FROM texts WHERE document = ?", (key,))

    def _insert(self, values: list[object]) -> int:
        marks = ", ".join("?" * (len(values) + 1))
        query = f"INSERT INTO documents(collection, {DOCUMENT}) VALUES ({marks}) RETURNING key"  # noqa: S608 columns are constants
        row = self._connection.execute(query, (self._state.key, *values)).fetchone()
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
        place = (self._state.key, key, self._state.generation)
        rows = ((*place, *passage_row(each)) for each in passages)
        self._connection.executemany(query, rows)

    def _count(self, key: int, sign: int) -> None:
        """Add a document to the collection's counts and fingerprint, or take it out."""
        query = "SELECT passages, words, fingerprint FROM documents WHERE key = ?"
        passages, words, own = self._connection.execute(query, (key,)).fetchone()
        state = self._state
        total = (int(state.fingerprint, 16) + sign * int(own, 16)) % (1 << 128)
        self._state = replace(
            state,
            fingerprint=f"{total:032x}",
            documents=state.documents + sign,
            passages=state.passages + sign * passages,
            words=state.words + sign * words,
        )
