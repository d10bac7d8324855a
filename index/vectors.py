"""The vectors' side: nearest passages by cosine, in FAISS. Derived, never the truth."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
import numpy.typing as npt

from index.storage import file_checksum, read_json, sync_folder, write_json

Floats = npt.NDArray[np.float32]
Keys = npt.NDArray[np.int64]

MANIFEST = "vectors.json"
EXACT_UP_TO = 120_000  # vectors; LOG 2026-11-22: one list costs 8 ms at 100,000, 16 at 200,000
PROBED = 1 / 6  # share of the lists that a search looks into; LOG 2026-11-22: recall@10 0.992
LEAST_PROBED = 32  # lists
CANDIDATES = 4  # a hit wanted, to be scored again exactly
SAMPLES = 64  # vectors a list to train on
BLOCK = 65_536  # vectors moved at once


def set_search_threads(threads: int) -> None:
    """Set the number of threads of one FAISS search; entry points call it once."""
    faiss.omp_set_num_threads(threads)


class VectorIndex:
    """Unit vectors under integer keys, in the lists of an inverted file.

    A small corpus has one list of half-precision codes, which makes the search exact; a large one
    has many lists of bytes, searched in part, and its candidates must be scored again exactly.
    Removal costs what is removed.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.generation = 0
        self._lists = _lists(dimension, 1)
        self._lists.train(np.zeros((1, dimension), dtype=np.float32))

    def __len__(self) -> int:
        return int(self._lists.ntotal)

    @classmethod
    def open(cls, folder: Path, dimension: int, embedder: str) -> Self | None:
        """Open the saved index; None where it is missing, torn or of another embedder."""
        manifest = read_json(folder / MANIFEST)
        if manifest is None or manifest["embedder"] != embedder:
            return None
        path = folder / str(manifest["file"])
        if not path.exists() or file_checksum(path) != manifest["checksum"]:
            return None
        index = cls(dimension)
        index._lists = faiss.read_index(str(path))
        index._lists.set_direct_map_type(faiss.DirectMap.Hashtable)
        index.generation = int(manifest["generation"])
        return index

    def save(self, folder: Path, embedder: str) -> None:
        """Save the index beside the older one, then name it in the manifest, then drop the old."""
        name = f"vectors-{self.generation}-{self.lists}.faiss"
        path = folder / name
        faiss.write_index(self._lists, str(path))
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        sync_folder(folder)
        content = {"file": name, "generation": self.generation, "embedder": embedder}
        content |= {"lists": self.lists, "checksum": file_checksum(path)}
        write_json(folder / MANIFEST, content)
        for other in folder.glob("vectors-*.faiss"):
            if other.name != name:
                other.unlink(missing_ok=True)

    @property
    def lists(self) -> int:
        """Return the number of lists; one means that the search is exact."""
        return int(self._lists.nlist)

    def has_outgrown(self, exact_up_to: int) -> bool:
        """Say whether there are too few lists for so many vectors."""
        return len(self) > exact_up_to and self.lists < np.sqrt(len(self)) / 2

    def divided(self, lists: int | None = None) -> "VectorIndex":
        """Return the same vectors in lists for their number, about its square root."""
        keys = self.keys()
        index = VectorIndex(self.dimension)
        count = lists or int(np.sqrt(len(keys)))
        index._lists = _lists(self.dimension, count)
        chosen = np.random.default_rng(0).permutation(keys)[: SAMPLES * count]
        index._lists.train(self._lists.reconstruct_batch(chosen))
        for first in range(0, len(keys), BLOCK):
            block = keys[first : first + BLOCK]
            index._lists.add_with_ids(self._lists.reconstruct_batch(block), block)
        index.generation = self.generation
        return index

    def keys(self) -> Keys:
        """Return all keys, ascending."""
        stored = self._lists.invlists
        parts = [
            faiss.rev_swig_ptr(stored.get_ids(each), stored.list_size(each)).copy()
            for each in range(self.lists)
            if stored.list_size(each)
        ]
        return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *parts]))

    def add(self, keys: Keys, vectors: Floats) -> None:
        """Add unit vectors, shape (n, d), under new keys."""
        if len(keys):
            self._lists.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), keys)

    def remove(self, keys: Keys) -> None:
        """Remove keys; unknown ones are passed over."""
        if len(keys):
            self._lists.remove_ids(faiss.IDSelectorArray(np.ascontiguousarray(keys)))

    def has(self, key: int) -> bool:
        """Say whether a vector is here."""
        try:
            self._lists.reconstruct(key)
        except RuntimeError:
            return False
        return True

    def search(self, query: Floats, top_k: int, among: Keys | None = None) -> Keys:
        """Return the keys of the nearest vectors, best first, limited to `among`.

        They are the `top_k` best where there is one list, and several times as many candidates
        where there are more.
        """
        if not len(self) or (among is not None and not len(among)):
            return np.empty(0, dtype=np.int64)
        share = 1.0 if among is None else min(1.0, len(among) / len(self))
        probed = max(LEAST_PROBED, self.lists * PROBED)
        probes = min(self.lists, math.ceil(probed / share))
        parameters = faiss.SearchParametersIVF(nprobe=probes)
        if among is not None:
            selector = faiss.IDSelectorBitmap(_bitmap(among))
            parameters = faiss.SearchParametersIVF(nprobe=probes, sel=selector)
        wanted = top_k if self.lists == 1 else top_k * CANDIDATES
        _, found = self._lists.search(query.reshape(1, -1), wanted, params=parameters)
        return np.asarray(found[0][found[0] >= 0], dtype=np.int64)


def saved_lists(folder: Path) -> int:
    """Return how many lists the saved index has, 0 where there is none."""
    manifest = read_json(folder / MANIFEST)
    return int(manifest["lists"]) if manifest else 0


def exact_cosines(query: Floats, vectors: Sequence[bytes]) -> list[float]:
    """Return the cosine of a unit query with stored unit vectors, one by one.

    Each is summed by itself, so a passage's cosine does not depend on its company.
    """
    if not vectors:
        return []
    stored = np.stack([unpack(vector) for vector in vectors])
    return [float(value) for value in (stored * query).sum(axis=1, dtype=np.float32)]


def pack(vector: Floats) -> bytes:
    """Store a vector as little-endian half precision (error below 0.0005 a component)."""
    return vector.astype("<f2").tobytes()


def unpack(stored: bytes) -> Floats:
    """Read what `pack` stored."""
    return np.frombuffer(stored, dtype="<f2").astype(np.float32)


def _lists(dimension: int, count: int) -> Any:
    quantizer = faiss.IndexFlatIP(dimension)
    kind = faiss.ScalarQuantizer.QT_fp16 if count == 1 else faiss.ScalarQuantizer.QT_8bit
    if count == 1:
        quantizer.add(np.zeros((1, dimension), dtype=np.float32))  # one place for all
    lists = faiss.IndexIVFScalarQuantizer(
        quantizer, dimension, count, kind, faiss.METRIC_INNER_PRODUCT, False
    )
    lists.set_direct_map_type(faiss.DirectMap.Hashtable)
    return lists


def _bitmap(keys: Keys) -> npt.NDArray[np.uint8]:
    flags = np.zeros(int(keys.max()) + 1, dtype=bool)
    flags[keys] = True
    return np.packbits(flags, bitorder="little")
