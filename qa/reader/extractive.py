"""The built-in reader: one joint pass over question and passage gives spans and a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import torch

from qa.read import Reading
from qa.reader.base import pair_tokenizer
from qa.reader.collate import Row, collate
from qa.reader.int8 import int8_is_native, to_int8
from qa.reader.model import ReaderModel, Scores
from qa.reader.spans import Logits, decode, merge
from qa.reader.weights import FOLDER, load_reader, read_manifest
from qa.reader.windows import Window, Windower

WINDOW = 256
"""Tokens of a window, question included: the longest that the reader was trained on."""

STRIDE = 64
"""Tokens that neighbouring windows share."""

LONGEST_ANSWER = 30
MOST_SPANS = 5
TOGETHER = 2
"""Windows of one question in one pass, sorted by length: little padding, and parts enough to share
out. Which windows stand together depends on the question alone, never on the threads."""

Precision = Literal["bf16", "int8", "fp32"]


class ExtractiveReader:
    """Reads with the shipped weights. Safe to call from several threads.

    A span's score is the mean logit of its ends above [CLS]; `no_answer` is the negative of the
    answerability logit. Their difference is a log-odds-like margin, alike in every passage.
    """

    def __init__(
        self, folder: Path = FOLDER, precision: Precision | None = None, threads: int = 1
    ) -> None:
        """Load the weights; `precision` None takes the processor's best.

        With `threads` > 1 each pass has a thread and a core of its own, and torch takes one thread
        a product in this process: threads inside a product wait for each other at its end, and
        lose the core that another process takes for a moment (eval/LOG.md, doors).
        Raises ReaderUnavailable.
        """
        self._pool = ThreadPoolExecutor(threads, "quoth-read") if threads > 1 else None
        if self._pool:
            torch.set_num_threads(1)
        self.name = f"quoth-{read_manifest(folder).sha256[:12]}"
        self.precision: Precision = precision or native_precision()
        self._model: ReaderModel = load_reader(folder)
        if self.precision == "bf16":
            self._model = self._model.bfloat16()
        elif self.precision == "int8":
            self._model = to_int8(self._model)
        self._windower = Windower(pair_tokenizer(WINDOW, STRIDE))

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Read each passage for the question; one Reading a passage, in order."""
        windows = self._windower.cut(question, passages)
        found: list[list[Reading]] = [[] for _ in passages]
        order = sorted(windows, key=lambda window: -len(window.encoding.ids))
        groups = [order[first : first + TOGETHER] for first in range(0, len(order), TOGETHER)]
        read = map(self._read, groups) if self._pool is None else self._pool.map(self._read, groups)
        for group, readings in zip(groups, read, strict=True):
            for window, reading in zip(group, readings, strict=True):
                found[window.passage].append(reading)
        return [merge(readings, MOST_SPANS) for readings in found]

    def _read(self, windows: Sequence[Window]) -> list[Reading]:
        scores = self._scores(windows)
        start, end = scores.start.float().numpy(), scores.end.float().numpy()
        verdicts = scores.answerable.float().tolist()
        return [
            decode(
                Logits(
                    start[i, : len(window.encoding.ids)],
                    end[i, : len(window.encoding.ids)],
                    window.offsets,
                    base=-0.5 * float(start[i, 0] + end[i, 0]),
                    scale=0.5,
                    verdict=-verdicts[i],
                ),
                MOST_SPANS,
                LONGEST_ANSWER,
            )
            for i, window in enumerate(windows)
        ]

    @torch.inference_mode()
    def _scores(self, windows: Sequence[Window]) -> Scores:
        batch = collate([Row(window.encoding, 0, 0, False) for window in windows])
        return self._model(batch.tokens, batch.segments, batch.padding)  # type: ignore[no-any-return]


def native_precision() -> Precision:
    """Return the fastest precision that this processor multiplies itself.

    AVX512-BF16 without AMX is half as fast as fp32, and AVX512-VNNI twice as fast, at the same
    F1 (eval/LOG.md, reader).
    """
    if torch.cpu._is_amx_tile_supported():
        return "bf16"
    return "int8" if int8_is_native() else "fp32"
