"""The shipped weights: read with their digest checked, written with it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from qa.errors import ReaderUnavailable
from qa.reader.base import ENCODER_SHA256, encoder_folder
from qa.reader.model import ReaderModel, Shape, embedding_weights

FOLDER = Path(__file__).parent / "weights"
"""Where the shipped reader stands: reader.safetensors and reader.json."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What reader.json says: the digest of the weights, the encoder's, and the network's sizes."""

    sha256: str
    encoder_sha256: str
    shape: Shape


def load_reader(folder: Path = FOLDER) -> ReaderModel:
    """Load a reader in fp32, its embeddings from the installed encoder.

    Raises ReaderUnavailable when a file is missing or is not the one that reader.json names.
    """
    manifest = read_manifest(folder)
    encoder = encoder_folder() / "model.safetensors"
    bert = _checked(encoder, manifest.encoder_sha256)
    weights = _checked(folder / "reader.safetensors", manifest.sha256)
    model = ReaderModel(manifest.shape)
    model.embeddings.load_state_dict(embedding_weights(bert))
    missing, unknown = model.load_state_dict(
        {name: tensor.float() for name, tensor in weights.items()}, strict=False
    )
    lost = [name for name in missing if not name.startswith("embeddings.")]
    if lost or unknown:
        raise ReaderUnavailable(f"{folder}: tensors missing {lost}, unknown {unknown}")
    return model.eval()


def read_manifest(folder: Path = FOLDER) -> Manifest:
    """Read reader.json. Raises ReaderUnavailable when it is missing or damaged."""
    path = folder / "reader.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(raw["sha256"], raw["encoder_sha256"], Shape(**raw["shape"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderUnavailable(
            f"{path}: {error!r}. Train a reader with `make train-reader`, or reinstall Quoth."
        ) from error


def save_reader(weights: dict[str, Tensor], shape: Shape, folder: Path) -> Manifest:
    """Write trained weights (without the embeddings) in fp16, and the manifest last."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: tensor.detach().half().contiguous() for name, tensor in weights.items()}
    raw = save(kept)
    (folder / "reader.safetensors").write_bytes(raw)
    manifest = Manifest(hashlib.sha256(raw).hexdigest(), ENCODER_SHA256, shape)
    card = {
        "sha256": manifest.sha256,
        "encoder_sha256": manifest.encoder_sha256,
        "shape": shape.as_json(),
    }
    (folder / "reader.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return manifest


def _checked(path: Path, sha256: str) -> dict[str, Tensor]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ReaderUnavailable(f"{path}: {error}. Reinstall Quoth.") from error
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256:
        raise ReaderUnavailable(
            f"{path}: its SHA-256 is {found}, but reader.json names {sha256}. Reinstall Quoth."
        )
    try:
        return load(raw)
    except SafetensorError as error:
        raise ReaderUnavailable(f"{path}: {error}. Reinstall Quoth.") from error
