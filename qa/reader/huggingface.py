"""Any Hugging Face extractive question-answering checkpoint as a reader."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from qa.errors import ReaderUnavailable
from qa.read import Reading
from qa.reader.extractive import LONGEST_ANSWER, MOST_SPANS, TOGETHER
from qa.reader.spans import Logits, decode, merge
from qa.reader.windows import Window, Windower

WINDOW = 384
STRIDE = 128


class HuggingFaceReader:
    """Reads with a checkpoint of SQuAD 2.0's kind, where "no answer" is a span on [CLS].

    A span's score is its start and end logits' sum, `no_answer` that of the [CLS] token.
    """

    def __init__(self, checkpoint: str) -> None:
        """Load a name on the hub or a folder. Raises ReaderUnavailable."""
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(checkpoint, use_fast=True)
            self._model: Any = AutoModelForQuestionAnswering.from_pretrained(checkpoint).eval()
        except (OSError, ValueError) as error:
            raise ReaderUnavailable(
                f"QUOTH_READER={checkpoint!r}: {error}. Name `quoth`, a folder, or a question-"
                "answering checkpoint of the Hugging Face hub."
            ) from error
        if not getattr(tokenizer, "is_fast", False):
            raise ReaderUnavailable(
                f"QUOTH_READER={checkpoint!r}: its tokenizer gives no offsets; it needs a fast one."
            )
        core = _windowing(tokenizer, self._model.config.max_position_embeddings)
        self._windower = Windower(core)
        self._cls = tokenizer.cls_token_id
        self._segments = "token_type_ids" in tokenizer.model_input_names
        self.name = f"hf-{_digest(self._model)}"

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Read each passage for the question; one Reading a passage, in order."""
        windows = self._windower.cut(question, passages)
        order = sorted(windows, key=lambda window: len(window.encoding.ids))
        found: list[list[Reading]] = [[] for _ in passages]
        for first in range(0, len(order), TOGETHER):
            group = order[first : first + TOGETHER]
            for window, reading in zip(group, self._read(group), strict=True):
                found[window.passage].append(reading)
        return [merge(readings, MOST_SPANS) for readings in found]

    @torch.inference_mode()
    def _read(self, windows: Sequence[Window]) -> list[Reading]:
        output = self._model(**self._batch(windows))
        start = output.start_logits.float().numpy()
        end = output.end_logits.float().numpy()
        readings = []
        for i, window in enumerate(windows):
            ids = window.encoding.ids
            null = ids.index(self._cls) if self._cls in ids else 0
            verdict = float(start[i, null] + end[i, null])
            logits = Logits(
                start[i, : len(ids)], end[i, : len(ids)], window.offsets, 0.0, 1.0, verdict
            )
            readings.append(decode(logits, MOST_SPANS, LONGEST_ANSWER))
        return readings

    def _batch(self, windows: Sequence[Window]) -> dict[str, torch.Tensor]:
        longest = max(len(window.encoding.ids) for window in windows)
        shape = (len(windows), longest)
        filler = self._model.config.pad_token_id or 0
        tokens = torch.full(shape, filler, dtype=torch.long)
        real = torch.zeros(shape, dtype=torch.long)
        segments = torch.zeros(shape, dtype=torch.long)
        for i, window in enumerate(windows):
            length = len(window.encoding.ids)
            tokens[i, :length] = torch.tensor(window.encoding.ids)
            segments[i, :length] = torch.tensor(window.encoding.type_ids)
            real[i, :length] = 1
        batch = {"input_ids": tokens, "attention_mask": real}
        return {**batch, "token_type_ids": segments} if self._segments else batch


def _windowing(tokenizer: Any, positions: int) -> Tokenizer:
    """Copy the fast tokenizer's core, with windows that fit the model's positions."""
    core = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    core.no_padding()
    longest = min(WINDOW, positions - 4)
    core.enable_truncation(longest, stride=min(STRIDE, longest // 4), strategy="only_second")
    return core


def _digest(model: Any) -> str:
    """Return the first digits of a digest over the model's weights."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().float().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
