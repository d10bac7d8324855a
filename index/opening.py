"""A corpus folder from the outside in: is it whole, is it ours, and is it of this embedder."""

import logging
import os
import time
from pathlib import Path

from index import schema
from index.catalog import Catalogue
from index.errors import DamagedIndex
from index.lock import WriterLock
from index.storage import storing
from index.swap import finish_swap, is_swapping

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds to wait for a rebuild that is just taking its place
PAUSE = 0.01


def open_catalogue(folder: Path, lock: WriterLock, embedder: str, read_only: bool) -> Catalogue:
    """Open the catalogue of a folder, making an empty one where that is allowed.

    Raises DamagedIndex by name for a missing, torn, foreign or newer catalogue, and for vectors
    of another embedder.
    """
    path = folder / schema.FILE
    if read_only:
        _wait(folder)
        if not path.exists():
            raise DamagedIndex(str(path), "it is missing", "Build it with: quoth index PATH")
        schema.check(path, read_only=True)
    else:
        with storing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with lock.hold():
                finish_swap(folder)
                schema.create(path)
    catalogue = Catalogue(path, read_only)
    try:
        _settle_embedder(catalogue, lock, embedder, read_only)
    except BaseException:
        catalogue.close()
        raise
    return catalogue


def may_only_be_read(folder: Path) -> bool:
    """Say whether there is a corpus in a folder that this process cannot write to."""
    read_only = (folder / schema.FILE).exists() and not os.access(folder, os.W_OK)
    if read_only:
        log.warning("%s may only be read: serving it as it is", folder)
    return read_only


def _wait(folder: Path) -> None:
    limit = time.monotonic() + PATIENCE
    while is_swapping(folder):
        if time.monotonic() > limit:
            raise DamagedIndex(str(folder), "a rebuild did not finish", schema.REMEDY)
        time.sleep(PAUSE)


def _settle_embedder(
    catalogue: Catalogue, lock: WriterLock, embedder: str, read_only: bool
) -> None:
    noted = catalogue.note("embedder")
    if noted is None and not read_only:
        with lock.hold():
            catalogue.set_note("embedder", embedder)
    elif noted != embedder:
        reason = f"they were made by the embedder {noted}, and this one is {embedder}"
        raise DamagedIndex("vectors", reason, schema.REMEDY)
