"""Holds outputs that were looked at earlier against what was taken down since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from submissions.receiving.validate import redacted_in
from submissions.store.files.outputs import read_outputs, rewrite_outputs, without_texts
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import remembered


@dataclass(frozen=True)
class Left:
    """What is left of outputs.

    Attributes:
        known: How much was remembered of takedowns when they were held against it.
        lost: How many outputs went.
    """

    known: int
    lost: int


def leave_out(folder: DataFolder, outputs: Path) -> Left:
    """Put a file of outputs in its own place that lacks what may not be kept any more."""
    redacted = remembered(folder)
    gone = PostStore(folder.posts).taken_down(redacted.hashes)
    runs, lost = [], 0
    for run in read_outputs(outputs).runs:
        standing = set(run.example_ids) - gone.get(run.task, frozenset())
        names = list(redacted_in(run, standing, redacted))
        runs.append(without_texts(run, names))
        lost += len(names)
    # A file that loses nothing keeps its digest.
    if lost:
        rewrite_outputs(outputs, runs)
    return Left(len(redacted), lost)
