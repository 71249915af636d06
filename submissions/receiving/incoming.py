"""Uploads that a crash cut short are dropped by the next server, but not those that another one is
receiving.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from submissions.store.folder import DataFolder

_held: list[int] = []
"""Descriptors whose locks last as long as this process."""


def drop_left_over(folder: DataFolder) -> bool:
    """Drop what lies in `incoming/` unless another server is up on this folder; whether it was
    dropped.

    Every server holds a shared lock, and the system lets go of it however the process ends. Whoever
    gets the lock for itself alone is the only one.
    """
    folder.incoming.mkdir(parents=True, exist_ok=True)
    lock = os.open(_lock_file(folder), os.O_RDWR | os.O_CREAT, 0o600)
    _held.append(lock)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        alone = False
    else:
        alone = True
        for left_over in folder.incoming.iterdir():
            shutil.rmtree(left_over, ignore_errors=True)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return alone


def _lock_file(folder: DataFolder) -> Path:
    return folder.path / "serving.lock"
