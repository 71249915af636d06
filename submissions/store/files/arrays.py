"""Per-item statistics on disk: content-addressed, immutable, shared by releases.

An array is written before the row that refers to it is committed, so a row never points at nothing;
an array without a row is harmless. The confusion-cell metrics have equal arrays and therefore share
one file.

Where a metric says something of parts of what a system wrote (`SpanMetric.spans`), a second array
follows in the same file: so whatever keeps, checks, copies or takes down a score's array does so
with its parts. Readers of the first alone, as NumPy's own, need not know of it.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
from contextlib import suppress
from pathlib import Path

import numpy as np

from scoring.statistics.bootstrap import Floats
from submissions.store.files.damage import REPAIR, DamagedFile, check_content, check_daily, damaged
from submissions.store.folder import DataFolder, replace_file, sha256_of


def save_array(folder: DataFolder, items: Floats, spans: Floats | None = None) -> str:
    """Store (repetitions, n, k) statistics; counts below 256 take a byte each.

    Args:
        folder: Where to.
        items: The statistics.
        spans: (repetitions, n, parts, fields) what is known of parts of texts, NaN for none; None
            where the metric knows no parts.

    Returns:
        sha256 of the file: its name.
    """
    # Most are small counts, or 0 and 1: an eighth of the room, and of the time to read it.
    small = items.astype(np.uint8)
    buffer = io.BytesIO()
    np.save(buffer, small if np.array_equal(small, items) else items, allow_pickle=False)
    if spans is not None:
        # Probabilities, and places in a text: seven digits are enough for either.
        np.save(buffer, spans.astype(np.float32), allow_pickle=False)
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    path = array_path(folder, digest)
    if not (path.exists() and path.read_bytes() == content):  # a damaged one is put right
        replace_file(path, content)
    return digest


def load_array(folder: DataFolder, digest: str) -> Floats:
    """Return the statistics stored under `digest`, as float64.

    Raises:
        DamagedFile: The file is missing, or is not what was stored.
    """
    return _load(folder, digest)[0]


def load_spans(folder: DataFolder, digest: str) -> Floats | None:
    """Return (repetitions, n, parts, fields) what is kept of parts of texts beside the statistics.

    None where nothing is.

    Raises:
        DamagedFile: The file is missing, or is not what was stored.
    """
    _, *spans = _load(folder, digest)
    return spans[0] if spans else None


def _load(folder: DataFolder, digest: str) -> list[Floats]:
    """Return the arrays in a file, as float64."""
    path = array_path(folder, digest)
    stored: list[Floats] = []
    try:
        content = path.read_bytes()
        # What was read is what is checked: the file may be replaced in between.
        check_content(path, content, digest, REPAIR)
        file = io.BytesIO(content)
        while not stored or file.tell() < len(content):
            stored.append(np.load(file, allow_pickle=False).astype(np.float64))
    except FileNotFoundError:
        raise damaged(path, "is missing", REPAIR) from None
    except (ValueError, EOFError) as error:
        raise damaged(path, f"is damaged: {error}", REPAIR) from error
    return stored


def check_array(folder: DataFolder, digest: str) -> None:
    """Hold an array's file against its digest: size and header each time, all of it once a day.

    Raises:
        DamagedFile: It is missing, or is not what was stored.
    """
    path = array_path(folder, digest)
    if fault := array_fault(folder, digest):
        raise damaged(path, fault, REPAIR)
    check_daily(path, lambda: sha256_of(path) == digest, REPAIR)


def is_damaged(folder: DataFolder, digest: str) -> bool:
    """Return whether the statistics stored under `digest` cannot be used."""
    try:
        check_array(folder, digest)
    except DamagedFile:
        return True
    return False


def array_fault(folder: DataFolder, digest: str) -> str:
    """Return what is wrong with an array, by its size and header; "" where nothing is.

    No value is read.
    """
    path = array_path(folder, digest)
    try:
        with path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0 or not file.tell():
                np.lib.format.read_magic(file)
                shape, _, kind = np.lib.format.read_array_header_1_0(file)
                # A header says how much must follow: what was cut off is found without reading it.
                held = os.fstat(file.fileno()).st_size - file.tell()
                wanted = math.prod(shape) * kind.itemsize
                if held < wanted:
                    return f"is damaged: it holds {held:,} of {wanted:,} bytes"
                file.seek(wanted, os.SEEK_CUR)
                left = held - wanted
    except FileNotFoundError:
        return "is missing"
    except (OSError, ValueError) as error:
        return f"is damaged: {error}"
    return ""


def array_path(folder: DataFolder, digest: str) -> Path:
    """Return the file that holds `digest`."""
    return folder.arrays / f"{digest}.npy"


def save_partial(folder: DataFolder, key: str, values: Floats) -> None:
    """Keep what a unit under way has computed so far; NaN where it has not got to yet."""
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    replace_file(folder.partial / f"{key}.npy", buffer.getvalue())


def load_partial(folder: DataFolder, key: str, shape: tuple[int, int]) -> Floats:
    """Return (pairs, outputs) what an interrupted run left, else NaN throughout."""
    path = folder.partial / f"{key}.npy"
    if path.exists():
        with suppress(ValueError, EOFError):  # a damaged one is computed again
            values = np.load(path, allow_pickle=False)
            # The unit may have had other texts when it was interrupted.
            if values.shape == shape:
                return np.asarray(values, dtype=np.float64)
    return np.full(shape, np.nan)


def drop_partial(folder: DataFolder, key: str) -> None:
    """Forget a unit's partial values, once they are committed."""
    (folder.partial / f"{key}.npy").unlink(missing_ok=True)


def drop_partials(folder: DataFolder, prefix: str) -> None:
    """Forget all partial values whose name begins with `prefix`."""
    for path in folder.partial.glob(f"{prefix}*.npy"):
        path.unlink(missing_ok=True)
