"""Texts through an encoder in batches: long ones together, so that little is padded.

Texts are cut at what the model takes. A batch has at most `TOKENS` tokens, its padding included.
Which texts share a batch changes a number by rounding alone (fp32).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from scoring.statistics.bootstrap import Floats

TOKENS = 8192


def encoded(
    texts: Sequence[str], tokenizer: Any, longest: int, run: Callable[[Any], Any], width: int
) -> Floats:
    """Return one row a text.

    Args:
        texts: None of them empty.
        tokenizer: Of the model.
        longest: Tokens that are kept of a text.
        run: Takes a batch's tensors (texts x tokens) and returns texts x `width`.
        width: Numbers a text.

    Returns:
        Texts x `width`, float64, in the order of the texts.
    """
    import torch

    rows = np.empty((len(texts), width))
    if not texts:
        return rows
    ids = tokenizer(list(texts), truncation=True, max_length=longest)["input_ids"]
    with torch.inference_mode():
        for batch in _batches([len(row) for row in ids]):
            padded = tokenizer.pad(
                {"input_ids": [ids[place] for place in batch]}, return_tensors="pt"
            )
            rows[batch] = run(padded).double().cpu().numpy()
    return rows


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield places of texts, the longest first."""
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    start = 0
    while start < len(order):
        size = max(1, TOKENS // lengths[order[start]])
        yield order[start : start + size]
        start += size
