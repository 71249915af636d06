"""How whatever takes long says how far it is: one form, so that whoever watches needs to know
nothing of the work.
"""

from __future__ import annotations

from typing import Protocol


class Report(Protocol):
    """Takes note of how far a piece of work is."""

    def __call__(self, stage: str, done: int, total: int, detail: str = "") -> None:
        """Note it.

        Args:
            stage: What is being done, such as "scoring"; another stage counts anew.
            done: How many of its steps are done.
            total: How many it has; 0 where nobody knows.
            detail: What of it is being done just now.
        """


def unseen(stage: str, done: int, total: int, detail: str = "") -> None:
    """Do nothing: nobody watches."""
