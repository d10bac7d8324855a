"""Fit the calibration of a reader on held-out questions: `python -m qa.reader.calibrate`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index.chunk import chunk
from index.embedded import EmbeddedCorpus
from index.load import load_bytes
from qa.bootstrap import build_embedder, build_reader
from qa.calibration import digest
from qa.evidence import FEATURES
from qa.read import Reader
from qa.reader.data import Split, load_splits
from qa.reader.fit import fit
from qa.reader.trials import Mix, Trial, corpus_trials, given_trials, pick
from qa.retrieve import CANDIDATES
from qa.service import READ_DEPTH
from qa.settings import Settings, load_settings

GIVEN = ("squad2-dev-partB",)
CORPUS = (
    *GIVEN,
    "squad2-train-10art",
    "squad1-train-44art",
    "squad1-train-800par",
    "squadshifts-new_wiki",
)
DISTRACTORS = 120
"""Training contexts of each source that stand in the corpus beside the held-out ones."""

SEED = 11


def calibrate(data: Path, out: Path, settings: Settings, most: int = 1500) -> dict[str, Any]:
    """Ask held-out questions with the settings' reader, fit both settings, write `out`.

    Raises FileNotFoundError when `data` holds no source.
    """
    splits = load_splits(data)
    reader = build_reader(settings)
    alone = pick(splits, GIVEN, most, SEED, Mix(0.0, 1.0))
    sections = {
        "given": fit(list(given_trials(reader, alone))),
        "corpus": fit(_corpus_trials(splits, reader, settings, most)),
    }
    card: dict[str, Any] = {"reader": reader.name, "features": FEATURES, "seed": SEED}
    card["about"] = {name: section.pop("about") for name, section in sections.items()}
    card.update(sections)
    card["id"] = digest(card)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return card


def _corpus_trials(
    splits: Sequence[Split], reader: Reader, settings: Settings, most: int
) -> list[Trial]:
    asked = pick(splits, CORPUS, most, SEED, Mix(0.5, 0.2))
    with TemporaryDirectory() as folder:
        corpus = EmbeddedCorpus(Path(folder), build_embedder(settings), chunk)
        texts = enumerate(_texts(splits))
        list(corpus.add_many(load_bytes(t.encode(), f"{n}.txt") for n, t in texts))
        return list(
            corpus_trials(reader, lambda q: corpus.search([q], CANDIDATES)[0], READ_DEPTH, asked)
        )


def _texts(splits: Sequence[Split]) -> list[str]:
    """List the held-out contexts of the corpus sources and some training ones, each once."""
    texts: dict[str, None] = {}
    for part in splits:
        if part.source.name in CORPUS:
            first = min(question.context for question in part.held_out)
            contexts = part.source.contexts
            texts |= dict.fromkeys(contexts[first:])
            texts |= dict.fromkeys(contexts[: first : max(1, first // DISTRACTORS)])
    return list(texts)


def main() -> None:
    """Parse the command line and calibrate."""
    parser = argparse.ArgumentParser(prog="calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=1500, help="questions in each setting")
    given = parser.parse_args()
    card = calibrate(given.data, given.out, load_settings(), given.most)
    sys.stdout.write(json.dumps(card["about"], indent=1) + "\n")


if __name__ == "__main__":
    main()
