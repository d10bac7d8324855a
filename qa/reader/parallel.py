"""Gradients of one batch by several workers that share the model.

Two threads with one core each, taking small parts from one queue, beat one thread pool over both
cores: nobody waits at the end of every product when another process takes a core for a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from threading import Lock

import torch
from torch import Tensor

from qa.reader.collate import Batch


class Crew:
    """Workers that add a batch's gradients to the parameters' `grad`."""

    def __init__(self, workers: int, part: int) -> None:
        """`workers` threads take `part` examples at a time; torch then uses one core a thread."""
        self._pool = ThreadPoolExecutor(workers)
        self._part = part
        self._lock = Lock()

    def backward(
        self, loss: Callable[[Batch], Tensor], batch: Batch, parameters: Sequence[Tensor]
    ) -> float:
        """Set each parameter's gradient of the batch's mean loss; return that loss."""
        for parameter in parameters:
            parameter.grad = None
        parts = divide(batch, self._part)

        def work(part: Batch) -> float:
            value = loss(part) * (len(part.tokens) / len(batch.tokens))
            self._add(parameters, torch.autograd.grad(value, parameters))
            return float(value.detach())

        return sum(self._pool.map(work, parts))

    def _add(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        with self._lock:
            if parameters[0].grad is None:
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter.grad = gradient
            else:
                sums = [p.grad for p in parameters if p.grad is not None]
                torch._foreach_add_(sums, list(gradients))


def divide(batch: Batch, part: int) -> list[Batch]:
    """Cut a batch into parts of at most `part` examples, each as long as its longest row."""
    parts = []
    for first in range(0, len(batch.tokens), part):
        rows = {f.name: getattr(batch, f.name)[first : first + part] for f in fields(batch)}
        longest = int(rows["padding"].sum(-1).max())
        for name in ("tokens", "segments", "padding"):
            rows[name] = rows[name][:, :longest]
        parts.append(Batch(**rows))
    return parts
