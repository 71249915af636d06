"""The release that commands read, with what has to be said of it."""

from __future__ import annotations

from app.cli.options import notes
from submissions.store import serving
from submissions.store.folder import DataFolder
from submissions.store.release import ReleaseReader


def current_release(folder: DataFolder) -> ReleaseReader:
    """A reader of the release that is served; that it stands in for a damaged one is said on standard error."""
    reader = serving.current_release(folder)
    if reader.notice:
        notes.print(f"WARNING: {reader.notice}", style="yellow", markup=False)
    return reader
