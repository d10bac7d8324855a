"""A run's scores without its words: small enough to commit, enough for a gate."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from eval.errors import FormatError
from eval.metrics import Table, tabulate
from eval.ranking import NAMES
from eval.run import load

_FLAGS = ("answerable", "answered", "crashed", "right")
_DIGITS = 6
"""Decimal places that are kept: the file stays small and no figure moves by one in a million."""


def save_baseline(table: Table, path: Path) -> None:
    """Write a table as JSON, one column a line; NaN becomes null."""
    lines = [
        f'"{column.name}": {_written(getattr(table, column.name))}' for column in fields(table)
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def load_baseline(path: Path) -> Table:
    """Read a table, or the table of a saved run. Raises FormatError, OSError without a file."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(body, dict) and "rows" in body:
            return tabulate(load(path))
        return _table(body)
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(str(path), f"is not a baseline: {error!r}") from error


def _written(column: Any) -> str:
    values = column.tolist() if isinstance(column, np.ndarray) else list(column)
    return json.dumps(_plain(values), separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return None if np.isnan(value) else round(value, _DIGITS)
    return value


def _table(body: dict[str, Any]) -> Table:
    ids = tuple(body["ids"])
    columns = {
        column.name: np.array(body[column.name], dtype=bool if column.name in _FLAGS else float)
        for column in fields(Table)
        if column.name not in ("ids", "groups", "ranks")
    }
    if any(len(column) != len(ids) for column in columns.values()):
        raise ValueError("its columns have different lengths")
    ranks = np.array(body["ranks"], dtype=float).reshape(len(ids), len(NAMES))
    return Table(ids=ids, groups=tuple(body["groups"]), ranks=ranks, **columns)
