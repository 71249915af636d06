"""Errors of the operating system and of SQLite in plain words, for commands and the worker."""

from __future__ import annotations

import sqlite3

from submissions.store.sqlite.trouble import advice


def plainly(error: Exception) -> str:
    """Return what happened, where, and what to do about it."""
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        # The advice is empty for errors that there is none for.
        return f"{where}{error.strerror or error}. {advice(error)}".rstrip(". ") + "."
    if isinstance(error, sqlite3.Error):
        return (
            f"a database beside working.db cannot be used: {error}. "
            "`reasonboard verify` says which."
        )
    return str(error)
