"""Encoded pairs as padded batches, in training as in reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Encoding
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """One padded batch.

    tokens, segments, padding: (batch, longest); start, end: (batch,), token indices, 0 where
    the passage does not state the answer; answerable: (batch,), 0.0 or 1.0; wording: (batch,), the
    log-odds of "answerable" that the question's wording alone gives.
    """

    tokens: Tensor
    segments: Tensor
    padding: Tensor
    start: Tensor
    end: Tensor
    answerable: Tensor
    wording: Tensor


@dataclass(frozen=True, slots=True)
class Row:
    """An encoded example and its answer's first and last token; 0, 0 is "not stated".

    `wording` is what the question alone says of `answerable`, as log-odds; 0.0 is nothing.
    """

    encoding: Encoding
    start: int
    end: int
    answerable: bool
    wording: float = 0.0


def collate(rows: Sequence[Row]) -> Batch:
    """Pad rows to the longest of them."""
    longest = max(len(row.encoding.ids) for row in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    segments = torch.zeros_like(tokens)
    padding = torch.zeros(len(rows), longest, dtype=torch.bool)
    for number, row in enumerate(rows):
        length = len(row.encoding.ids)
        tokens[number, :length] = torch.tensor(row.encoding.ids)
        segments[number, :length] = torch.tensor(row.encoding.type_ids)
        padding[number, :length] = True
    return Batch(
        tokens,
        segments,
        padding,
        torch.tensor([row.start for row in rows]),
        torch.tensor([row.end for row in rows]),
        torch.tensor([float(row.answerable) for row in rows]),
        torch.tensor([row.wording for row in rows]),
    )
