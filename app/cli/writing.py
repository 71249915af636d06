"""Files that a command writes for a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from scoring.errors import ReasonBoardError


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """Open a file to write, never one that exists, and for its owner alone: posts may be in it.

    Raises:
        ReasonBoardError: It does exist.
    """
    try:
        # Exclusively, so that nothing that somebody has filled in is written over, also by a
        # race. No newline translation: CSV has its own line ends.
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise ReasonBoardError(
            f"{path}: there already, and perhaps filled in; name another file, or move it"
        ) from error
    with path.open("w", encoding="utf-8", newline="") as stream:
        yield stream
