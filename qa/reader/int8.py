"""Linear layers in 8-bit integers, for processors that multiply bytes (AVX512-VNNI).

Weights have a scale a row; activations one a token, taken from the token itself, as in LLM.int8
(Dettmers et al. 2022), so that a token's result does not depend on its company in the batch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from qa.reader.model import ReaderModel

_TOP = 127.0
_ZERO = 128
"""oneDNN multiplies unsigned by signed bytes: zero stands at 128 in the activations."""


class Int8Linear(nn.Module):
    """A linear layer's stand-in: (..., inputs) float32 to (..., outputs) float32."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        self._scales = (weight.abs().amax(1) / _TOP).clamp_min(1e-12)
        rounded = (weight / self._scales[:, None]).round().to(torch.int8)
        self._packed = torch.ops.onednn.qlinear_prepack(rounded, None)
        self._zeros = torch.zeros(len(rounded), dtype=torch.int32)
        self._bias = linear.bias.detach().float()

    def forward(self, values: Tensor) -> Tensor:
        """Multiply in integers and add the bias in float."""
        rows = values.reshape(-1, values.shape[-1])
        scale = rows.abs().amax(1, keepdim=True).clamp_min(1e-12).div_(_TOP)
        bytes_ = (rows / scale).add_(_ZERO + 0.5).to(torch.uint8)
        product = torch.ops.onednn.qlinear_pointwise(
            bytes_, 1.0, _ZERO, self._packed, self._scales, self._zeros,
            None, 1.0, 0, torch.float32, "none", [], "",
        )  # fmt: skip
        result = torch.addcmul(self._bias, product, scale)
        return result.view(*values.shape[:-1], -1)


def to_int8(model: ReaderModel) -> ReaderModel:
    """Put the layers' four products into 8 bits, in place; norms and outputs stay in float."""
    for layer in model.layers:
        for name in ("attend", "attended", "inner", "outer"):
            setattr(layer, name, Int8Linear(getattr(layer, name)))
    return model


def int8_is_native() -> bool:
    """Say whether this processor and this build of torch multiply bytes fast and exactly."""
    return torch.cpu._is_vnni_supported() and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
