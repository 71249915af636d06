"""Opens SQLite files, and changes nothing of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def read_only(path: Path, *, unchanging: bool = False) -> closing[sqlite3.Connection]:
    """Open a SQLite file for the length of a `with`.

    Args:
        path: The file; it must exist.
        unchanging: Whether it never changes once it is in place, so that SQLite needs no lock and
            no journal.
    """
    how = "mode=ro&immutable=1" if unchanging else "mode=ro"
    return closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True))
