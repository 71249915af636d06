"""A clean stop: what a process supervisor sends is what Ctrl-C is."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """The process was asked to end: no error, so that nothing that handles errors holds it up."""


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Raise `Stopped` where the main thread is when SIGTERM comes, once.

    What it holds is given back on the way out. Raised rather than noted, because the model may be
    at a batch for longer than a supervisor waits.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        # Once: a second signal would interrupt the giving back.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
