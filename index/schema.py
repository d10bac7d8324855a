"""The tables of the catalogue, and how its file is opened and checked."""

import os
import sqlite3
from pathlib import Path

from index.errors import DamagedIndex
from index.storage import storing

FILE = "catalog.sqlite"
APPLICATION = 0x51756F74  # "Quot"
VERSION = 1
REMEDY = "Rebuild it with: quoth index --rebuild"
MAPPED = 1 << 30  # bytes of the file that are read without a copy
CHECKED_WHOLE = 64 << 20  # bytes of a catalogue whose pages and indexes are checked at open
CHECKED_PAGES = 512 << 20  # whose pages are; a larger one is checked row by row as it is read

TABLES = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE collections(
    key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    generation INTEGER NOT NULL,      -- counts up with every commit
    fingerprint TEXT NOT NULL,        -- of the content: equal documents, equal fingerprint
    pruned INTEGER NOT NULL,          -- removals up to this generation are forgotten
    documents INTEGER NOT NULL, passages INTEGER NOT NULL, words INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;

CREATE TABLE documents(
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL REFERENCES collections(key),
    id TEXT NOT NULL, uri TEXT NOT NULL, title TEXT NOT NULL, sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL, date TEXT, author TEXT, language TEXT, metadata TEXT NOT NULL,
    version INTEGER NOT NULL, characters INTEGER NOT NULL,
    passages INTEGER NOT NULL, words INTEGER NOT NULL, fingerprint TEXT NOT NULL,
    checksum INTEGER NOT NULL, pages TEXT NOT NULL, blocks TEXT NOT NULL,
    UNIQUE (collection, id)
) STRICT;
CREATE INDEX documents_by_date ON documents(collection, date);

-- a text is kept in pieces, so that a slice of a long document reads only its neighbourhood
CREATE TABLE texts(
    document INTEGER NOT NULL REFERENCES documents(key) ON DELETE CASCADE,
    start INTEGER NOT NULL, text TEXT NOT NULL,
    UNIQUE (document, start)
) STRICT;

CREATE TABLE versions(
    document INTEGER NOT NULL REFERENCES documents(key) ON DELETE CASCADE,
    version INTEGER NOT NULL, sha256 TEXT NOT NULL, added_at TEXT NOT NULL,
    PRIMARY KEY (document, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE passages(
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL REFERENCES collections(key),
    document INTEGER NOT NULL REFERENCES documents(key) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    id TEXT NOT NULL, kind TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    context_start INTEGER NOT NULL, context_stop INTEGER NOT NULL,
    words INTEGER NOT NULL, checksum INTEGER NOT NULL, vector BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_document ON passages(document);
CREATE INDEX passages_by_generation ON passages(collection, generation);

CREATE TABLE removals(
    collection INTEGER NOT NULL, generation INTEGER NOT NULL, passage INTEGER NOT NULL,
    PRIMARY KEY (collection, generation, passage)
) STRICT, WITHOUT ROWID;
"""


def connect(path: Path, read_only: bool, new: bool = False) -> sqlite3.Connection:
    """Connect to a catalogue; every thread needs a connection of its own."""
    place = address(path, read_only)
    if new:
        place = place.replace("?mode=rw", "?mode=rwc")
    connection = sqlite3.connect(
        place, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA mmap_size={MAPPED}")
    return connection


def create(path: Path) -> None:
    """Create an empty catalogue where there is none. For holders of the writer's lock."""
    if path.exists() and check(path, read_only=False):
        return
    with storing(path.parent):
        connection = connect(path, read_only=False, new=True)
        try:
            connection.execute("PRAGMA page_size=8192")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(
                f"BEGIN EXCLUSIVE; {TABLES} PRAGMA application_id={APPLICATION};"
                f"PRAGMA user_version={VERSION}; COMMIT;"
            )
        finally:
            connection.close()


def check(path: Path, read_only: bool) -> bool:
    """Check that a file is a whole catalogue of this program; False where it is still empty.

    Raises DamagedIndex for a torn, foreign or newer one.
    """
    try:
        connection = connect(path, read_only)
        try:
            return _check(connection, path)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
            with storing(path.parent):
                raise
        raise DamagedIndex(path.name, f"it cannot be read ({error})", REMEDY) from error


def _check(connection: sqlite3.Connection, path: Path) -> bool:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if not version and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return False
    if application != APPLICATION:
        raise DamagedIndex(path.name, "it is not a catalogue of Quoth", REMEDY)
    if version > VERSION:
        reason = f"it has schema version {version}, this program reads up to {VERSION}"
        raise DamagedIndex(path.name, reason, "Use the newer Quoth that wrote it.")
    size = path.stat().st_size
    if size <= CHECKED_PAGES:
        how = "integrity_check" if size <= CHECKED_WHOLE else "quick_check"
        found = connection.execute(f"PRAGMA {how}(1)").fetchone()[0]
        if found != "ok":
            raise DamagedIndex(path.name, f"its pages are damaged ({found})", REMEDY)
    return True


def address(path: Path, read_only: bool) -> str:
    """Return the SQLite address of a catalogue, immutable in a folder that nobody writes to."""
    if not read_only:
        return f"{path.resolve().as_uri()}?mode=rw"
    still = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    return f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if still else ''}"
