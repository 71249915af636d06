"""Per-item statistics on disk: content-addressed, immutable, shared by releases.

An array is written before the row that refers to it is committed, so a row never points at nothing; an array
without a row is harmless. The confusion-cell metrics have equal arrays and therefore share one file.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np

from scoring.metric import Floats
from submissions.store.folder import DataFolder, replace_file


def save_array(folder: DataFolder, items: Floats) -> str:
    """Store (repetitions, n, k) statistics; counts below 256 take a byte each.

    Returns:
        sha256 of the file: its name.
    """
    small = items.astype(np.uint8)
    buffer = io.BytesIO()
    np.save(buffer, small if np.array_equal(small, items) else items, allow_pickle=False)
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    path = array_path(folder, digest)
    if not path.exists():
        replace_file(path, content)
    return digest


def load_array(folder: DataFolder, digest: str) -> Floats:
    """The statistics stored under `digest`, as float64."""
    return np.load(array_path(folder, digest), allow_pickle=False).astype(np.float64)  # type: ignore[no-any-return]


def array_path(folder: DataFolder, digest: str) -> Path:
    """The file that holds `digest`."""
    return folder.arrays / f"{digest}.npy"


def save_partial(folder: DataFolder, key: str, values: Floats) -> None:
    """Keep what a unit under way has computed so far; NaN where it has not got to yet."""
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    replace_file(folder.partial / f"{key}.npy", buffer.getvalue())


def load_partial(folder: DataFolder, key: str, length: int) -> Floats:
    """(length,) what an interrupted run left, else NaN throughout."""
    path = folder.partial / f"{key}.npy"
    if path.exists():
        values = np.load(path, allow_pickle=False)
        if values.shape == (length,):
            return np.asarray(values, dtype=np.float64)
    return np.full(length, np.nan)


def drop_partial(folder: DataFolder, key: str) -> None:
    """Forget a unit's partial values, once they are committed."""
    (folder.partial / f"{key}.npy").unlink(missing_ok=True)


def drop_partials(folder: DataFolder, prefix: str) -> None:
    """Forget all partial values whose name begins with `prefix`."""
    for path in folder.partial.glob(f"{prefix}*.npy"):
        path.unlink(missing_ok=True)
