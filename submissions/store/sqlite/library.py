"""sqlite_utils, loaded alone.

Where pandas and numpy are installed, sqlite_utils loads them to know their types as those of
columns. Every table here names the types of its columns itself, and loading pandas takes half of
the time that most commands take.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder

__all__ = ["Migrations", "sqlite_utils"]


class _NotFound(MetaPathFinder):
    """Finds some modules not to be installed, for one thread: others may load them meanwhile."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._thread = threading.get_ident()

    def find_spec(self, name: str, *_: object) -> None:
        """Raise ModuleNotFoundError for the names; leave others to the finders that come next."""
        if name in self._names and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(name, name=name)


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """Import as if the modules `names` were not installed, unless they are loaded already."""
    finder = _NotFound(*names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


with _without("numpy", "pandas"):
    import sqlite_utils
    from sqlite_utils.migrations import Migrations
