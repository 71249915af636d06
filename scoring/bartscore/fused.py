"""Two operations that are not matrix products, each as it is quick and exact enough on a device.

A GPU does each in one pass over its memory instead of several: there both are compiled from plain
torch to a kernel each, whose sums stay in fp32. What they save is memory traffic: torch takes the
logsumexp of bf16 logits in six passes over numbers of 2 and 4 bytes, and adds and normalises in
two. On a CPU they run as they stand; so they do on a GPU where torch cannot compile, for want of a
C compiler for instance, with the same values but for rounding.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import layer_norm

logger = logging.getLogger(__name__)

AddNorm = Callable[[Tensor, Tensor, Tensor, Tensor, float], Tensor]
LogProbs = Callable[[Tensor, Tensor], Tensor]


def add_norm(
    states: Tensor, update: Tensor, weight: Tensor, bias: Tensor, epsilon: float
) -> Tensor:
    """Return (tokens, d) residual sum, normalised: LayerNorm(states + update)."""
    return layer_norm(states + update, weight.shape, weight, bias, epsilon)


def add_norm_exact(
    states: Tensor, update: Tensor, weight: Tensor, bias: Tensor, epsilon: float
) -> Tensor:
    """Return the residual sum, normalised, in fp32 whatever `update` is in: the states that pass
    from layer to layer are then rounded nowhere.
    """
    total = states.float() + update.float()
    return layer_norm(total, weight.shape, weight.float(), bias.float(), epsilon)


def log_probs_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Return (tokens, words) logits, (tokens,) ids -> (tokens,) fp32 logit(label) -
    logsumexp(logits), at most 0.
    """
    chosen = logits.gather(1, labels.unsqueeze(1)).squeeze(1).float()
    return chosen - logits.float().logsumexp(1)


@dataclass(frozen=True)
class Fused:
    """The operations as they run on some device."""

    add_norm: AddNorm = add_norm
    log_probs_of: LogProbs = log_probs_of


@cache
def fused_for(device: torch.device, dtype: torch.dtype) -> Fused:
    """Return the quickest there for a model of `dtype`.

    Compiling takes some seconds, once a process for all its models.
    """
    if device.type == "cpu" and dtype == torch.bfloat16:
        # At no cost there, and scores lie less than half as far from those in fp32.
        return Fused(add_norm=add_norm_exact)
    if device.type != "cuda":
        return Fused()
    # Tried once with small tensors: whether it compiles shows only when it runs.
    labels = torch.zeros(8, device=device, dtype=torch.long)
    try:
        made = Fused(
            torch.compile(add_norm, dynamic=True), torch.compile(log_probs_of, dynamic=True)
        )
        with torch.inference_mode():
            # Tensors of their own: of one that is given twice the compiler makes a special case.
            states, update = (torch.zeros(8, 1_024, device=device, dtype=dtype) for _ in range(2))
            weight, bias = (torch.zeros(1_024, device=device, dtype=dtype) for _ in range(2))
            made.add_norm(states, update, weight, bias, 1e-5)
            made.log_probs_of(states, labels)
    except Exception as error:  # whatever the compiler lets through, values are the same without it
        reason = str(error).split("\n")[0]
        logger.warning("torch cannot compile here, which is slower: %s", reason)
        return Fused()
    return made
