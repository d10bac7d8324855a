"""Hold a run against limits that were written down beforehand.

A figure may be held in two ways. `at_least` or `at_most` bounds its value. `margin` compares it
with the baseline run: it *falls* when, at the stated confidence, it is worse by more than the
margin; it *holds* when at that confidence it is not (non-inferiority, one-sided, as in ICH E9);
else the questions are too few to tell, and `unclear` says what follows.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eval.baseline import load_baseline
from eval.errors import FormatError
from eval.metrics import METRICS, NAMED, Table, tabulate
from eval.run import Run
from eval.statistics import Difference, differences

_ROUNDING = 1e-9

Result = Literal["holds", "falls", "unclear"]


class Limit(BaseModel):
    """What one figure is held to. Shares are 0 to 1, times in milliseconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_least: float | None = None
    at_most: float | None = None
    margin: float | None = Field(None, ge=0)


class Gate(BaseModel):
    """A gate file. `baseline` is one, or a saved run, seen from the folder of the gate file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    baseline: Path | None = None
    confidence: float = Field(0.95, gt=0.5, lt=1)
    unclear: Literal["pass", "fail"] = "pass"
    metrics: Mapping[str, Limit]

    @model_validator(mode="after")
    def _known(self) -> "Gate":
        unknown = sorted(set(self.metrics) - set(NAMED))
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(NAMED)}")
        if self.baseline is None and any(one.margin is not None for one in self.metrics.values()):
            raise ValueError("a margin needs a baseline")
        return self


@dataclass(frozen=True, slots=True)
class Check:
    """One limit and what became of it."""

    metric: str
    result: Result
    words: str
    blocks: bool


def read_gate(path: Path) -> Gate:
    """Read a gate file. Raises FormatError, OSError without a file."""
    try:
        return Gate.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise FormatError(str(path), str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FormatError(str(path), f"{where}: {first['msg']}") from error


def hold(run: Run, gate: Gate, folder: Path) -> tuple[Check, ...]:
    """Check a run against every limit. Raises FormatError where the baseline cannot be used."""
    table = tabulate(run)
    return tuple(_bounds(table, gate)) + tuple(_margins(table, gate, folder))


def passes(checks: tuple[Check, ...]) -> bool:
    """Say whether nothing blocks."""
    return not any(check.blocks for check in checks)


def _bounds(table: Table, gate: Gate) -> Iterator[Check]:
    for name, limit in gate.metrics.items():
        value = NAMED[name].compute(table)
        if limit.at_least is not None:
            yield _bound(name, value >= limit.at_least, f"{value:.4f}, at least {limit.at_least}")
        if limit.at_most is not None:
            yield _bound(name, value <= limit.at_most, f"{value:.4f}, at most {limit.at_most}")


def _bound(name: str, kept: bool, words: str) -> Check:
    """Make the check of a bound; NaN keeps none."""
    return Check(name, "holds" if kept else "falls", words, not kept)


def _margins(table: Table, gate: Gate, folder: Path) -> Iterator[Check]:
    held = [metric for metric in METRICS if _margin(gate, metric.name) is not None]
    if not held or gate.baseline is None:
        return
    source = folder / gate.baseline
    # a one-sided bound at this confidence is an end of the two-sided interval at 2c - 1
    try:
        compared = differences(load_baseline(source), table, held, 2 * gate.confidence - 1)
    except ValueError as error:
        raise FormatError(str(source), f"{error} Save a new baseline.") from error
    for one in compared:
        yield _check(one, gate)


def _check(one: Difference, gate: Gate) -> Check:
    margin = _margin(gate, one.name) or 0.0
    better = NAMED[one.name].higher_is_better
    low, high = (one.low, one.high) if better else (-one.high, -one.low)
    result: Result = "unclear"
    if high < -margin - _ROUNDING:
        result = "falls"
    elif low >= -margin - _ROUNDING:
        result = "holds"
    words = (
        f"{one.before:.4f} to {one.after:.4f}, difference {one.low:+.4f} to {one.high:+.4f}, "
        f"margin {margin}"
    )
    blocks = result == "falls" or (result == "unclear" and gate.unclear == "fail")
    return Check(one.name, result, words, blocks)


def _margin(gate: Gate, name: str) -> float | None:
    limit = gate.metrics.get(name)
    return limit.margin if limit else None
