"""The catalogue: the truth about documents, versions, passages and generations, in SQLite."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index import schema
from index.edit import Edit
from index.errors import DamagedIndex, UnknownCollection
from index.storage import storing
from index.view import CollectionState, View

DEFAULT = "default"
EMPTY = CollectionState(key=0, name=DEFAULT, generation=0, fingerprint="0" * 32)


class Catalogue:
    """A catalogue file. Every thread gets a connection of its own; a view is one moment of it."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._guard = threading.Lock()

    @contextmanager
    def view(self, collection: str = DEFAULT, new: bool = False) -> Iterator[View]:
        """Look at one collection at one moment: what others commit meanwhile is not seen.

        Raises UnknownCollection for any name but the default that has never had a document,
        unless the collection may be `new`.
        """
        connection = self._connection()
        with _reported(self._path):
            connection.execute("BEGIN")
            try:
                state = self._state(connection, collection)
                if state is None and collection != DEFAULT and not new:
                    raise UnknownCollection(collection)
                yield View(connection, state or EMPTY)
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def edit(self, collection: str = DEFAULT) -> Iterator[Edit]:
        """Change one collection; everything inside is one commit and one generation, or nothing."""
        connection = self._connection()
        with _reported(self._path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Edit(connection, collection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def collections(self) -> list[str]:
        """Return the names of the collections that have ever had a document."""
        with _reported(self._path):
            rows = self._connection().execute("SELECT name FROM collections ORDER BY name")
            return [str(name) for (name,) in rows]

    def note(self, name: str) -> str | None:
        """Return a remembered fact about the whole catalogue, such as its embedder."""
        query = "SELECT value FROM meta WHERE name = ?"
        with _reported(self._path):
            row = self._connection().execute(query, (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_note(self, name: str, value: str) -> None:
        """Remember a fact about the whole catalogue."""
        query = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = ?2"
        with _reported(self._path):
            self._connection().execute(query, (name, value))

    def compact(self) -> None:
        """Give the space of deleted rows back to the file system."""
        with _reported(self._path):
            self._connection().execute("VACUUM")
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    def _state(self, connection: sqlite3.Connection, collection: str) -> CollectionState | None:
        row = connection.execute(
            "SELECT key, name, generation, fingerprint, pruned, documents, passages, words "
            "FROM collections WHERE name = ?",
            (collection,),
        ).fetchone()
        return None if row is None else CollectionState(*row)

    def _connection(self) -> sqlite3.Connection:
        # a folder that was still when this thread connected may have found a writer since
        address = schema.address(self._path, self._read_only)
        if getattr(self._local, "address", None) != address:
            with _reported(self._path):
                self._local.connection = schema.connect(self._path, self._read_only)
            self._local.address = address
            with self._guard:
                self._opened.append(self._local.connection)
        connection: sqlite3.Connection = self._local.connection
        return connection


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    with storing(path.parent):
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith(
                ("SQLITE_CORRUPT", "SQLITE_NOTADB")
            ):
                raise DamagedIndex(path.name, f"it is damaged ({error})", schema.REMEDY) from error
            raise
