"""Transformers' models from a folder: quietly, from this disk alone, and without running code of theirs.

What a checkpoint lacks Transformers fills with random numbers and goes on: whoever loads one looks at the
report. What the files provoke is in `UNREADABLE`, to be said in the caller's words.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from scoring.bartscore.loading_noise import quiet_transformers

UNREADABLE = (
    OSError,
    RuntimeError,
    ValueError,
    EOFError,
    KeyError,
    ImportError,
    pickle.UnpicklingError,
    SafetensorError,
)
"""What files of a checkpoint that are damaged, missing or of another kind make Transformers raise."""


def load_pretrained(kind: Any, folder: Path, dtype: Any) -> tuple[Any, Mapping[str, Any]]:
    """Return the model in a folder, and the report on its tensors (`missing_keys`, ...).

    Args:
        kind: A model's class, or one of Transformers' `AutoModelFor...`.
        folder: Holds `config.json` and the weights.
        dtype: Of torch.
    """
    with quiet_transformers():
        model, report = kind.from_pretrained(
            folder,
            dtype=dtype,
            output_loading_info=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    return model, report


def load_beside(kind: Any, folder: Path, **options: Any) -> Any:
    """Return what stands beside the weights: a tokenizer or a configuration.

    Args:
        kind: Transformers' `AutoTokenizer` or `AutoConfig`.
        folder: Holds it.
        options: Others that its class takes.
    """
    with quiet_transformers():
        return kind.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, **options
        )
