"""Make a trained run the reader that is shipped: `python -m qa.reader.export RUN [FOLDER]`."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Literal

from safetensors.torch import load_file

from qa.reader.model import Shape
from qa.reader.weights import FOLDER, Manifest, save_reader


def export(
    run: Path, folder: Path = FOLDER, which: Literal["averaged", "last"] = "averaged"
) -> Manifest:
    """Write a run's weights in fp16 with their manifest, and its configuration beside them."""
    manifest = save_reader(load_file(run / f"{which}.safetensors"), Shape(), folder)
    shutil.copyfile(run / "run.json", folder / "run.json")
    return manifest


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(prog="export-reader", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--which", choices=("averaged", "last"), default="averaged")
    given = parser.parse_args()
    export(given.run, given.folder, given.which)


if __name__ == "__main__":
    main()
