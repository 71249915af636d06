"""How many floating-point operations pairs take, by the configuration alone.

Counted is what any implementation must do: products of matrices, and of relative positions one
product an entry of the attention's scores. Held against a FLOP counter of torch in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pair_operations(config: Mapping[str, Any], lengths: NDArray[np.float64]) -> float:
    """Return the operations of pairs, each by itself.

    Args:
        config: The model's `config.json`.
        lengths: (n,) tokens of each pair, special ones included.
    """
    width, inner = int(config["hidden_size"]), int(config["intermediate_size"])
    linear = 2 * (4 * width**2 + 2 * width * inner)
    # Scores and their sums of values; each kind of relative position is one more of scores.
    kinds = config.get("pos_att_type") or ""
    terms = 2 + sum(kind in kinds for kind in ("c2p", "p2c"))
    attention = 2 * terms * width
    layers = int(config["num_hidden_layers"])
    return float((layers * (linear * lengths + attention * lengths**2)).sum())
