"""Linear layers for processors that multiply bfloat16 in matrix units (AMX).

Such a unit reads weights in an order of its own. torch puts them into it anew at each call, which
takes up to a third of the call; here it is done once. The operations are those that torch's own
compiler emits for inference on a CPU.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

_OPERATIONS = ("_is_mkldnn_bf16_supported", "_linear_pointwise", "_reorder_linear_weight")
ROWS = 1_024
"""Rows of the products that the order of the weights is chosen for."""


def can_prepack(model: Any) -> bool:
    """Return whether a model's weights can be put in order here: bfloat16 on a CPU with oneDNN."""
    on_cpu = model.device.type == "cpu" and model.dtype == torch.bfloat16
    # No public interface: where a later torch has it no more, its plain products do the same.
    operations = torch.ops.mkldnn
    return (
        on_cpu
        and all(hasattr(operations, name) for name in _OPERATIONS)
        and bool(operations._is_mkldnn_bf16_supported())  # noqa: SLF001
    )


class PrepackedLinear(nn.Module):
    """A linear layer: (rows, in) -> (rows, out), bfloat16; for inference."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """Put weights in order.

        Args:
            weight: (out, in) bfloat16.
            bias: (out,) bfloat16.
        """
        super().__init__()
        self._weight = torch.ops.mkldnn._reorder_linear_weight(  # noqa: SLF001 (see `can_prepack`)
            weight.detach().contiguous(), ROWS
        )
        self._bias = bias.detach().contiguous()

    def forward(self, states: Tensor) -> Tensor:
        """Return states @ weight.T + bias."""
        product = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001
        return torch.as_tensor(product(states, self._weight, self._bias, "none", [], ""))


def prepack(blocks: Iterable[nn.Module]) -> None:
    """Replace the linear layers of a model's blocks."""
    for block in blocks:
        for module in list(block.modules()):
            for name, layer in list(module.named_children()):
                if isinstance(layer, nn.Linear) and layer.bias is not None:
                    setattr(module, name, PrepackedLinear(layer.weight, layer.bias))
