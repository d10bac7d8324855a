"""Bytes on the disk that are whole or absent: atomic files, checksums, and full disks by name."""

import errno
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import StorageFull

BLOCK = 1 << 20
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}
FULL_SQLITE = {"SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR_WRITE"}
FULL_WORDS = ("space left", "too large", "read-only", "permission denied", "quota")


@contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Turn the failures of a folder that takes no bytes into StorageFull; let others pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise _full(folder, error) from error
    except sqlite3.Error as error:
        if not _is_full(error):
            raise
        raise _full(folder, error) from error
    except (ValueError, RuntimeError) as error:
        # tantivy and FAISS report the system's message inside errors of their own
        if not any(words in str(error).lower() for words in FULL_WORDS):
            raise
        raise _full(folder, error) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a crash leaves the old content or the new, never a mixture."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a small JSON file whole, with a checksum of its own content inside."""
    body = json.dumps(content, sort_keys=True)
    whole = {"content": content, "checksum": zlib.crc32(body.encode())}
    write_whole(path, json.dumps(whole, sort_keys=True).encode())


def read_json(path: Path) -> dict[str, Any] | None:
    """Read what `write_json` wrote; None where it is missing, torn or changed."""
    try:
        whole = json.loads(path.read_bytes())
        body = json.dumps(whole["content"], sort_keys=True)
        return dict(whole["content"]) if zlib.crc32(body.encode()) == whole["checksum"] else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def sync_folder(folder: Path) -> None:
    """Make a folder's renames last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_checksum(path: Path) -> int:
    """Return the CRC-32 of a file, reading a block at a time."""
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _is_full(error: sqlite3.Error) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return any(name.startswith(known) for known in FULL_SQLITE)


def _full(folder: Path, error: Exception) -> StorageFull:
    return StorageFull(
        f"{folder} takes no more bytes ({error}). Free some space or make the folder writable; "
        "nothing that was stored before is lost."
    )
