"""Something done again and again beside the work, for as long as the work takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from submissions.store.database import StoreTrouble

BEATS = 3
"""In a term, so that one may come late, or be lost to a long write by someone else."""


@contextmanager
def heartbeat(name: str, term: float, beat: Callable[[], object]) -> Iterator[None]:
    """Beat from a thread of its own: scoring may be busy in the model for longer than a term.

    Args:
        name: Of the thread.
        term: Seconds after which silence counts as death.
        beat: What tells that this process lives.
    """
    over = Event()

    def go_on() -> None:
        while not over.wait(term / BEATS):
            try:
                beat()
            except StoreTrouble:  # a long write by someone else; the next beat comes in time
                continue

    thread = Thread(target=go_on, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
