"""A rebuilt corpus takes the place of the old one, whole or not at all."""

import shutil
from pathlib import Path

from index import schema
from index.storage import sync_folder, write_whole

REBUILDING = "rebuilding"  # where the new corpus grows
MARKER = "swapping"  # it is complete, and takes its place
DAMAGED = f"{schema.FILE}.damaged"


def begin_swap(folder: Path, keep_old: bool) -> None:
    """Let the corpus in `rebuilding` replace the one in the folder, which may be kept aside."""
    if keep_old:
        shutil.copy2(folder / schema.FILE, folder / DAMAGED)
    write_whole(folder / MARKER, b"")
    finish_swap(folder)


def is_swapping(folder: Path) -> bool:
    """Say whether a swap has begun and has not ended."""
    return (folder / MARKER).exists()


def finish_swap(folder: Path) -> None:
    """End a swap that has begun, also one that a crash broke off. For holders of the lock."""
    if not is_swapping(folder):
        return
    fresh = folder / REBUILDING
    if (fresh / schema.FILE).exists():
        for suffix in ("", "-wal", "-shm"):
            (folder / f"{schema.FILE}{suffix}").unlink(missing_ok=True)
        for old in folder.glob("collection-*"):
            shutil.rmtree(old)
        for new in fresh.glob("collection-*"):
            new.rename(folder / new.name)
        (fresh / schema.FILE).rename(folder / schema.FILE)  # last: from here on it is the corpus
        sync_folder(folder)
    shutil.rmtree(fresh, ignore_errors=True)
    (folder / MARKER).unlink()
    sync_folder(folder)
