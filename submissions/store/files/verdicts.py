"""Verdicts of paired tests, kept from one release to the next: with hundreds of systems nearly all
of them stand.

A cache, one small file a column of a board. It may be deleted at any time; the next release then
takes longer.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from submissions.store.folder import DataFolder, replace_file

UNKNOWN = -1


def load_verdicts(folder: DataFolder, column: str, systems: Sequence[str]) -> NDArray[np.int8]:
    """Return what is known of a column's pairs.

    Args:
        folder: The data.
        column: Hash of all that a verdict depends on but the two systems.
        systems: Hash of each system's values.

    Returns:
        (N, N): 1 significant, 0 not, UNKNOWN.
    """
    verdicts = np.full((len(systems), len(systems)), UNKNOWN, dtype=np.int8)
    try:
        content = io.BytesIO((folder.verdicts / f"{column}.npz").read_bytes())
        with np.load(content, allow_pickle=False) as stored:
            places = {name: place for place, name in enumerate(stored["systems"].tolist())}
            significant = stored["significant"]
    # A cache: whatever is wrong with it, it is computed again.
    except (FileNotFoundError, KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile):
        return verdicts
    # Systems come and go between releases; a pair stands as long as both have the same values.
    here = [place for place, name in enumerate(systems) if name in places]
    columns = [places[systems[place]] for place in here]
    verdicts[np.ix_(here, here)] = significant[np.ix_(columns, columns)]
    return verdicts


def save_verdicts(
    folder: DataFolder, column: str, systems: Sequence[str], significant: NDArray[np.bool_]
) -> None:
    """Keep a column's verdicts, (N, N), instead of those that were kept before."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, systems=np.array(systems), significant=significant)
    replace_file(folder.verdicts / f"{column}.npz", buffer.getvalue())
