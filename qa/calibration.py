"""A fitted calibration: plain numbers from a JSON file, with a digest as its name."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import ReaderUnavailable
from qa.evidence import FEATURES

SHIPPED = Path(__file__).parent / "reader" / "weights" / "calibration.json"
"""The calibration of the built-in reader."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A row of the threshold table: from `threshold` on, at most `max_error` answers are wrong."""

    max_error: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A linear score over `FEATURES`, and a rising table from it to a probability.

    `risks` has falling thresholds for rising errors; `relevant_dense` is the cosine under which
    a best passage counts as not about the question; `best_f1` is the threshold for SQuAD's F1.
    """

    id: str
    reader: str
    weights: tuple[float, ...]
    intercept: float
    logits: tuple[float, ...]
    probabilities: tuple[float, ...]
    risks: tuple[Risk, ...]
    relevant_dense: float
    best_f1: float

    def logit(self, values: Sequence[float]) -> float:
        """Weigh feature values; higher is likelier right."""
        return self.intercept + sum(w * v for w, v in zip(self.weights, values, strict=True))

    def probability(self, logit: float) -> float:
        """Read the table between its rows; flat outside of it."""
        knots, heights = self.logits, self.probabilities
        if logit <= knots[0]:
            return heights[0]
        for left in range(len(knots) - 1):
            if logit <= knots[left + 1]:
                share = (logit - knots[left]) / (knots[left + 1] - knots[left])
                return heights[left] + share * (heights[left + 1] - heights[left])
        return heights[-1]

    def risk(self, max_error: float) -> Risk:
        """Return the most generous row that keeps the error, or else the most careful row."""
        kept = [row for row in self.risks if row.max_error <= max_error + 1e-9]
        return max(kept, key=lambda row: row.max_error) if kept else self.risks[0]


def _plain() -> Calibration:
    """Weigh the margin alone, so that a reader without a calibration can be tried."""
    steps = [step / 4 for step in range(-24, 25)]
    weights = tuple(1.0 if name == "margin" else 0.0 for name in FEATURES)
    heights = tuple(1.0 / (1.0 + math.exp(-step)) for step in steps)
    return Calibration(
        "uncalibrated", "", weights, 0.0, tuple(steps), heights, (Risk(1.0, 0.5),), 0.0, 0.5
    )


UNCALIBRATED = _plain()


def load_calibration(path: Path, reader: str, setting: str = "corpus") -> Calibration:
    """Read one setting ("corpus" or "given") of a calibration file.

    Raises ReaderUnavailable when the file is missing, damaged, or fitted for another reader.
    """
    try:
        raw = path.read_bytes()
        card = json.loads(raw)
        fitted = _calibration(card[setting], card["reader"], digest(card))
        features = tuple(map(str, card["features"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderUnavailable(
            f"calibration {path}: {error!r}. Fit one with `quoth calibrate`."
        ) from error
    if card["reader"] != reader:
        raise ReaderUnavailable(
            f"calibration {path} was fitted for the reader {card['reader']!r}, not {reader!r}. "
            "Fit one with `quoth calibrate`."
        )
    if features != FEATURES:
        raise ReaderUnavailable(
            f"calibration {path} weighs {', '.join(features)}; this version of Quoth "
            f"weighs {', '.join(FEATURES)}. Fit one with `quoth calibrate`."
        )
    return fitted


def digest(card: dict[str, Any]) -> str:
    """Name a calibration by the first digits of a digest over its numbers."""
    body = json.dumps({k: v for k, v in card.items() if k not in {"about", "id"}}, sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def _calibration(fitted: dict[str, Any], reader: str, id_: str) -> Calibration:
    return Calibration(
        id_,
        reader,
        tuple(map(float, fitted["weights"])),
        float(fitted["intercept"]),
        tuple(map(float, fitted["logits"])),
        tuple(map(float, fitted["probabilities"])),
        tuple(Risk(float(row[0]), float(row[1])) for row in fitted["risks"]),
        float(fitted["relevant_dense"]),
        float(fitted["best_f1"]),
    )
