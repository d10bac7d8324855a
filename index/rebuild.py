"""The remedy: a corpus made anew from the texts that its catalogue still holds."""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index import schema
from index.catalog import DEFAULT
from index.document import Change, Document
from index.embed import Embedder
from index.embedded import EmbeddedCorpus
from index.errors import DamagedIndex
from index.lock import WriterLock
from index.prepare import Chunk
from index.rows import DOCUMENT, as_document
from index.swap import REBUILDING, begin_swap, finish_swap

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild kept and what the old catalogue no longer holds whole, by row number."""

    documents: int
    passages: int
    lost: tuple[str, ...]


def rebuild(
    folder: Path,
    embedder: Embedder,
    chunk: Chunk,
    progress: Callable[[Change], None] = lambda _: None,
    lock_timeout: float = 10.0,
) -> Rebuilt:
    """Chunk and embed every stored text again, beside the old corpus, then take its place.

    Works on a damaged catalogue as far as its texts still have their digest; where some do not,
    the old file stays beside as `catalog.sqlite.damaged`. Stopped, it goes on from where it was.
    Version numbers begin again at 1. Raises DamagedIndex for a newer catalogue.
    """
    lost = dict[str, None]()
    documents = passages = 0
    folder.mkdir(parents=True, exist_ok=True)
    with WriterLock(folder / "writer.lock", lock_timeout).hold():
        finish_swap(folder)
        old = folder / schema.FILE
        if not old.exists():
            return Rebuilt(0, 0, ())
        _refuse_newer(old)
        with _beside(folder / REBUILDING, embedder, chunk) as fresh:
            for collection, name in _collections(old):
                kept = set[str]()
                for change in fresh.add_many(_salvage(old, collection, lost), name):
                    progress(change)
                    kept.add(change.document_id)
                    documents, passages = documents + 1, passages + change.passages
                _drop_others(fresh, name, kept)
        begin_swap(folder, keep_old=bool(lost))
    return Rebuilt(documents, passages, tuple(lost))


def _beside(folder: Path, embedder: Embedder, chunk: Chunk) -> EmbeddedCorpus:
    """Open what a stopped rebuild has done, or begin."""
    try:
        return EmbeddedCorpus(folder, embedder, chunk)
    except DamagedIndex:
        shutil.rmtree(folder)
        return EmbeddedCorpus(folder, embedder, chunk)


def _drop_others(fresh: EmbeddedCorpus, collection: str, kept: set[str]) -> None:
    """Delete what a stopped rebuild took over and the corpus has lost since."""
    if kept:
        others = [each.id for each in fresh.list(collection) if each.id not in kept]
        fresh.delete_many(others, collection)


def _refuse_newer(path: Path) -> None:
    try:
        schema.check(path, read_only=False)
    except DamagedIndex as damage:
        if damage.remedy != schema.REMEDY:
            raise
        log.warning("rebuilding what can be read: %s", damage)


def _collections(path: Path) -> list[tuple[int, str]]:
    """Return the keys and names of the collections; the default one where they cannot be read."""
    try:
        connection = schema.connect(path, read_only=False)
        try:
            return connection.execute("SELECT key, name FROM collections ORDER BY key").fetchall()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        log.warning("the names of the collections are lost (%s)", error)
        return [(1, DEFAULT)]


def _salvage(path: Path, collection: int, lost: dict[str, None]) -> Iterator[Document]:
    try:
        connection = schema.connect(path, read_only=False)
    except sqlite3.DatabaseError as error:
        log.warning("nothing of the catalogue can be read (%s)", error)
        lost["all"] = None
        return
    try:
        # key by key, since a damaged page ends a walk through the whole table
        for key in range(1, _last_key(connection, lost) + 1):
            try:
                document = _read(connection, collection, key)
            except (sqlite3.DatabaseError, DamagedIndex, ValueError) as error:
                log.warning("document number %d is lost: %s", key, error)
                lost[str(key)] = None
                continue
            if document is not None:
                yield document
    finally:
        connection.close()


def _last_key(connection: sqlite3.Connection, lost: dict[str, None]) -> int:
    try:
        return int(connection.execute("SELECT max(key) FROM documents").fetchone()[0] or 0)
    except sqlite3.DatabaseError as error:
        log.warning("the table of documents cannot be read (%s)", error)
        lost["all"] = None
        return 0


def _read(connection: sqlite3.Connection, collection: int, key: int) -> Document | None:
    query = f"SELECT {DOCUMENT} FROM documents WHERE key = ? AND collection = ?"  # noqa: S608 columns are constants
    row = connection.execute(query, (key, collection)).fetchone()
    if row is None:
        return None
    texts = connection.execute("SELECT text FROM texts WHERE document = ? ORDER BY start", (key,))
    return as_document(row, "".join(text for (text,) in texts))
