"""Make a trained run the reader that is shipped: `python -m qa.reader.export RUN [FOLDER]`.

Readers that began from the same weights can be averaged tensor by tensor, and read better
together than apart (Wortsman et al. 2022, model soups): `--with reader.safetensors 0.5`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from safetensors.torch import load, load_file
from torch import Tensor

from qa.reader.model import Shape
from qa.reader.weights import FOLDER, Manifest, save_reader


def export(
    run: Path,
    folder: Path = FOLDER,
    which: Literal["averaged", "last"] = "averaged",
    others: Sequence[tuple[Path, float]] = (),
) -> Manifest:
    """Write a run's weights in fp16 with their manifest, and its configuration beside them.

    `others` are weight files to average with, each with its share; the run has the rest.
    Raises ValueError when their shares are negative or leave the run nothing, KeyError when a
    file lacks one of the run's tensors.
    """
    card = json.loads((run / "run.json").read_text(encoding="utf-8"))
    raw = [(path.read_bytes(), share) for path, share in others]
    card["averaged_with"] = [
        {"sha256": hashlib.sha256(file).hexdigest(), "share": share} for file, share in raw
    ]
    own = load_file(run / f"{which}.safetensors")
    manifest = save_reader(_average(own, raw), Shape(), folder)
    (folder / "run.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return manifest


def _average(own: dict[str, Tensor], others: Sequence[tuple[bytes, float]]) -> dict[str, Tensor]:
    rest = 1.0 - sum(share for _, share in others)
    if rest <= 0.0 or any(share < 0.0 for _, share in others):
        raise ValueError(
            f"shares {[share for _, share in others]}: give 0 or more, less than 1 in all"
        )
    mixed = {name: rest * tensor.float() for name, tensor in own.items()}
    for file, share in others:
        theirs = load(file)
        mixed = {name: tensor + share * theirs[name].float() for name, tensor in mixed.items()}
    return mixed


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(prog="export-reader", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--which", choices=("averaged", "last"), default="averaged")
    parser.add_argument(
        "--with",
        dest="others",
        nargs=2,
        action="append",
        default=[],
        metavar=("WEIGHTS", "SHARE"),
        help="average with these weights; may be given again",
    )
    given = parser.parse_args()
    others = [(Path(path), float(share)) for path, share in given.others]
    export(given.run, given.folder, given.which, others)


if __name__ == "__main__":
    main()
