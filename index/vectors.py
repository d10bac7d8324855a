"""The vectors' side: nearest passages by cosine, in FAISS. Derived, never the truth."""

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


def set_search_threads(threads: int) -> None:
    """Set the number of threads of one FAISS search; entry points call it once."""
    faiss.omp_set_num_threads(threads)


class VectorIndex:
    """Unit vectors under integer keys, as an inverted file with half-precision codes.

    A small corpus has one list, which makes the search exact; removal costs what is removed.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.generation = 0
        self._lists = _one_list(dimension)

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
        name = f"vectors-{self.generation}.faiss"
        path = folder / name
        faiss.write_index(self._lists, str(path))
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        sync_folder(folder)
        content = {"file": name, "generation": self.generation, "embedder": embedder}
        write_json(folder / MANIFEST, {**content, "checksum": file_checksum(path)})
        for other in folder.glob("vectors-*.faiss"):
            if other.name != name:
                other.unlink(missing_ok=True)

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
        """Return the keys of the `top_k` nearest vectors, best first, limited to `among`."""
        if not len(self) or (among is not None and not len(among)):
            return np.empty(0, dtype=np.int64)
        parameters = faiss.SearchParametersIVF(nprobe=self._lists.nlist)
        if among is not None:
            mask = _bitmap(among)
            parameters = faiss.SearchParametersIVF(
                nprobe=self._lists.nlist, sel=faiss.IDSelectorBitmap(mask)
            )
        _, found = self._lists.search(query.reshape(1, -1), top_k, params=parameters)
        return np.asarray(found[0][found[0] >= 0], dtype=np.int64)


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


def _one_list(dimension: int) -> Any:
    quantizer = faiss.IndexFlatIP(dimension)
    quantizer.add(np.zeros((1, dimension), dtype=np.float32))  # one place for all
    kind = faiss.ScalarQuantizer.QT_fp16
    lists = faiss.IndexIVFScalarQuantizer(
        quantizer, dimension, 1, kind, faiss.METRIC_INNER_PRODUCT, False
    )
    lists.train(np.zeros((1, dimension), dtype=np.float32))
    lists.set_direct_map_type(faiss.DirectMap.Hashtable)
    return lists


def _bitmap(keys: Keys) -> npt.NDArray[np.uint8]:
    flags = np.zeros(int(keys.max()) + 1, dtype=bool)
    flags[keys] = True
    return np.packbits(flags, bitorder="little")
