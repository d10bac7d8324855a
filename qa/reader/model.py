"""The reader's network: a small BERT encoder with span and answerability outputs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

MASKED = -1e4
"""Logit of a position that cannot hold a span; finite, so that softmax stays defined."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the encoder; the defaults are those of all-MiniLM-L6-v2."""

    layers: int = 6
    width: int = 384
    heads: int = 12
    inner: int = 1536
    positions: int = 512
    vocabulary: int = 30522
    types: int = 2

    def as_json(self) -> dict[str, Any]:
        """Return the sizes as a plain mapping for the weights' configuration file."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Scores:
    """Logits of one batch.

    start, end: (batch, tokens), over the passage's tokens and [CLS], the place of "no answer".
    answerable: (batch,), positive where the passage answers the question.
    """

    start: Tensor
    end: Tensor
    answerable: Tensor


class Embeddings(nn.Module):
    """Word, position and segment vectors, summed and normalised; frozen in training."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.word = nn.Embedding(shape.vocabulary, shape.width)
        self.position = nn.Embedding(shape.positions, shape.width)
        self.segment = nn.Embedding(shape.types, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=1e-12)

    def forward(self, tokens: Tensor, segments: Tensor) -> Tensor:
        """Map token ids and segment ids (batch, tokens) to vectors (batch, tokens, width)."""
        places = self.position.weight[: tokens.shape[1]]
        vectors: Tensor = self.norm(self.word(tokens) + places + self.segment(segments))
        return vectors


class Layer(nn.Module):
    """One post-norm transformer layer with its three attention projections in one product."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.heads = shape.heads
        self.attend = nn.Linear(shape.width, 3 * shape.width)
        self.attended = nn.Linear(shape.width, shape.width)
        self.attended_norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.inner = nn.Linear(shape.width, shape.inner)
        self.outer = nn.Linear(shape.inner, shape.width)
        self.outer_norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.dropped = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Map (batch, tokens, width) to the same shape; mask is (batch, 1, 1, tokens)."""
        batch, tokens, width = hidden.shape
        split = (batch, tokens, self.heads, width // self.heads)
        parts = self.attend(hidden).split(width, -1)
        query, key, value = (part.view(split).transpose(1, 2) for part in parts)
        mixed = _mix(query, key, value, mask)
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, width)
        hidden = self.attended_norm(hidden + self.dropped(self.attended(mixed)))
        inner = functional.gelu(self.inner(hidden))
        result: Tensor = self.outer_norm(hidden + self.dropped(self.outer(inner)))
        return result


class ReaderModel(nn.Module):
    """Read a question and a passage jointly: where the answer stands, and whether it does.

    The answerability output sees [CLS] and the states at the likeliest start and end, as the
    answer class of XLNet does (Yang et al. 2019), so that it judges the span that would be quoted.
    """

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        """`dropout` is the share of each branch's values that training drops."""
        super().__init__()
        self.shape = shape
        self.embeddings = Embeddings(shape)
        self.dropped = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.layers))
        self.span = nn.Linear(shape.width, 2)
        self.judge = nn.Linear(3 * shape.width, shape.width)
        self.answerable = nn.Linear(shape.width, 1)

    def forward(self, tokens: Tensor, segments: Tensor, padding: Tensor) -> Scores:
        """Score a batch; all inputs are (batch, tokens), padding is True on real tokens."""
        hidden = self.dropped(self.embeddings(tokens, segments))
        mask = torch.zeros_like(padding, dtype=hidden.dtype)
        mask = mask.masked_fill(~padding, MASKED)[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, mask)
        start, end = self.span(hidden).unbind(-1)
        passage = (segments == 1) & padding
        states = [hidden[:, 0], _expected(hidden, start, passage), _expected(hidden, end, passage)]
        verdict = self.answerable(functional.gelu(self.judge(torch.cat(states, -1)))).squeeze(-1)
        allowed = passage.clone()
        allowed[:, 0] = True
        blocked = ~allowed
        return Scores(start.masked_fill(blocked, MASKED), end.masked_fill(blocked, MASKED), verdict)


def _mix(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Attend; while bf16 is trained by plain products, whose gradient is 3 times as fast on CPU."""
    if query.requires_grad and query.dtype is torch.bfloat16 and query.device.type == "cpu":
        weights = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2) + mask
        mixed: Tensor = weights.to(query.dtype).softmax(-1) @ value
        return mixed
    return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def _expected(hidden: Tensor, logits: Tensor, allowed: Tensor) -> Tensor:
    """Return the mean state under softmax(logits) over allowed positions, (batch, width)."""
    weights = logits.detach().masked_fill(~allowed, MASKED).softmax(-1)
    return torch.einsum("bt,btw->bw", weights, hidden)


def load_encoder(model: ReaderModel, bert: dict[str, Tensor]) -> None:
    """Copy the weights of a Hugging Face BertModel into the embeddings and layers of `model`.

    Raises KeyError when the checkpoint lacks a tensor, RuntimeError when one has another shape.
    """
    model.embeddings.load_state_dict(embedding_weights(bert))
    for number, layer in enumerate(model.layers):
        layer.load_state_dict(_layer_weights(bert, f"encoder.layer.{number}."))


def embedding_weights(bert: dict[str, Tensor]) -> dict[str, Tensor]:
    """Name a BertModel's embedding tensors as `Embeddings` does."""
    names = {
        "word.weight": "word_embeddings.weight",
        "position.weight": "position_embeddings.weight",
        "segment.weight": "token_type_embeddings.weight",
        "norm.weight": "LayerNorm.weight",
        "norm.bias": "LayerNorm.bias",
    }
    return {ours: bert["embeddings." + theirs].float() for ours, theirs in names.items()}


def _layer_weights(bert: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    names = {
        "attended": "attention.output.dense",
        "attended_norm": "attention.output.LayerNorm",
        "inner": "intermediate.dense",
        "outer": "output.dense",
        "outer_norm": "output.LayerNorm",
    }
    weights = {}
    for kind in ("weight", "bias"):
        projections = (
            bert[f"{prefix}attention.self.{p}.{kind}"] for p in ("query", "key", "value")
        )
        weights[f"attend.{kind}"] = torch.cat([p.float() for p in projections])
        for ours, theirs in names.items():
            weights[f"{ours}.{kind}"] = bert[f"{prefix}{theirs}.{kind}"].float()
    return weights
