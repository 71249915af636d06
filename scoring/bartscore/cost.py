"""What scoring pairs costs, from the checkpoint's files alone: no weights are loaded.

Per pair with S source and T target tokens, two operations a multiply-add: the encoder's layers over
S, the decoder's over T with cross-attention's keys and values over S, attention (not halved for
causality), and the LM head over T. For BART-large this is 0.3523e9 S + 0.4553e9 T + 49152 (S^2 +
T^2 + S T), which was checked against a FLOP counter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scoring.bartscore.checkpoint import ARITHMETIC
from scoring.statistics.bootstrap import Floats


def pair_flops(config: dict[str, Any], source: Floats, target: Floats) -> Floats:
    """Return FLOPs of pairs under a BART of `config` (the fields of its `config.json`,
    Transformers' defaults for others).

    Args:
        config: The model's configuration.
        source: (n,) source tokens.
        target: (n,) target tokens.
    """
    c = {name: config.get(name, default) for name, default in ARITHMETIC.items()}
    width, encoder, decoder = c["d_model"], c["encoder_layers"], c["decoder_layers"]
    projection = 2 * width * width
    a_source = (
        encoder * (4 * projection + 4 * width * c["encoder_ffn_dim"]) + decoder * 2 * projection
    )
    a_target = (
        decoder * (6 * projection + 4 * width * c["decoder_ffn_dim"]) + 2 * width * c["vocab_size"]
    )
    attention = 4 * width * (encoder * source**2 + decoder * target * (target + source))
    return np.asarray(a_source * source + a_target * target + attention)
