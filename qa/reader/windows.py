"""Long passages as overlapping windows of tokens that still know their code points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

QUESTION_TOKENS = 64
"""Tokens of a question that are read; the rest of a longer one is left out."""


@dataclass(frozen=True, slots=True)
class Window:
    """One window over a passage: the passage's number, and the encoded pair."""

    passage: int
    encoding: Encoding

    @property
    def offsets(self) -> NDArray[np.int64]:
        """(tokens, 2) half-open code points of the passage; (-1, -1) for other tokens."""
        offsets = np.array(self.encoding.offsets, dtype=np.int64)
        sides = [side == 1 for side in self.encoding.sequence_ids]
        offsets[~np.array(sides)] = -1
        return offsets


class Windower:
    """Cuts passages into windows with a tokenizer whose truncation and stride are set."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """`tokenizer` truncates the second text of a pair only."""
        self._tokenizer = tokenizer
        self._whole = Tokenizer.from_str(tokenizer.to_str())
        self._whole.no_truncation()
        window = (tokenizer.truncation or {}).get("max_length", 2 * QUESTION_TOKENS)
        self._most = min(QUESTION_TOKENS, int(window) // 2)

    def cut(self, question: str, passages: Sequence[str]) -> list[Window]:
        """Encode each passage with the question, in as many windows as it needs."""
        question = self._shortened(question)
        pairs = [(question, passage) for passage in passages]
        encodings = self._tokenizer.encode_batch(pairs)
        return [
            Window(number, part)
            for number, encoding in enumerate(encodings)
            for part in (encoding, *encoding.overflowing)
        ]

    def _shortened(self, question: str) -> str:
        most = self._most
        offsets = self._whole.encode(question, add_special_tokens=False).offsets
        return question if len(offsets) <= most else question[: offsets[most - 1][1]]
