"""What comparing pairs will cost, from the files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scoring.bartscore.tokens import Tokens


def layers_of(config: Mapping[str, Any]) -> int | None:
    """Return how many layers a configuration says that there are; None if it does not."""
    return _said(config, ("num_hidden_layers", "n_layers", "n_layer", "num_layers"))


def width_of(config: Mapping[str, Any]) -> int:
    """Return the length of a token's vector; 0 where a configuration does not say it."""
    return _said(config, ("hidden_size", "dim", "d_model")) or 0


def operations_of(
    config: Mapping[str, Any], layers: int, texts: Sequence[Tokens]
) -> tuple[float, float]:
    """Return tokens and floating-point operations of encoding texts, each once.

    Counted are the matrix products of a plain Transformer's layers: four of d x d and two of
    d x inner a token, and attention's two of d a pair of tokens. What an architecture does besides
    (DeBERTa's relative positions) comes on top.

    Args:
        config: The checkpoint's.
        layers: That are computed.
        texts: Distinct ones.
    """
    width = width_of(config)
    inner = float(_said(config, ("intermediate_size", "hidden_dim", "d_inner")) or 4 * width)
    lengths = np.array([len(text) for text in texts], dtype=float)
    a_token = 2 * (4 * width * width + 2 * width * inner)
    total = layers * (a_token * lengths.sum() + 4 * width * (lengths**2).sum())
    return float(lengths.sum()), float(total)


def _said(config: Mapping[str, Any], names: Sequence[str]) -> int | None:
    """Return the first of some fields that is a number: architectures call them differently."""
    values = (config.get(name) for name in names)
    return next((value for value in values if isinstance(value, int)), None)
