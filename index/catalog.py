"""The catalogue: the truth about documents, versions, passages and generations, in SQLite."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index import schema
from index.edit import Edit
from index.errors import DamagedIndex, UnknownCollection
from index.storage import storing
from index.view import STATE, CollectionState, View, state_checksum

DEFAULT = "default"
GONE = 1.0  # seconds after which a missing file is missed
PAUSE = 0.005
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ")
EMPTY = CollectionState(0, DEFAULT)


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
                state = self._state(connection, collection)
                edit = Edit(connection, state or CollectionState(0, collection))
                yield edit
                edit.finish()
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def identity(self) -> tuple[int, int]:
        """Tell this file from one that took its place. Raises DamagedIndex where it is gone."""
        limit = time.monotonic() + GONE
        while True:
            try:
                status = self._path.stat()
                return status.st_dev, status.st_ino
            except FileNotFoundError:
                if time.monotonic() > limit:
                    raise DamagedIndex(self._path.name, "it is gone", schema.REMEDY) from None
                time.sleep(PAUSE)  # a rebuilt one is just taking its place

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
        query = f"SELECT key, {STATE} FROM collections WHERE name = ?"  # noqa: S608 columns are constants
        row = connection.execute(query, (collection,)).fetchone()
        if row is None:
            return None
        state = CollectionState(*row[:-1])
        if state_checksum(state) != row[-1]:
            reason = f"the state of collection {collection!r} is damaged"
            raise DamagedIndex(self._path.name, reason, schema.REMEDY)
        return state

    def _connection(self) -> sqlite3.Connection:
        # another file may have taken the catalogue's place, and a still folder found a writer
        place = (self.identity(), schema.address(self._path, self._read_only))
        if getattr(self._local, "place", None) != place:
            with _reported(self._path):
                self._local.connection = schema.connect(self._path, self._read_only)
            self._local.place = place
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
