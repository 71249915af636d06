"""`reasonboard worker`: scores what comes in, for ever, until it is asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from rich.console import Console

from app.commands.publish import print_published
from app.commands.stopping import Stopped, stopped_by_sigterm
from app.commands.watching import watched
from scoring.errors import ReasonBoardError
from submissions.shift import Shift
from submissions.store.database import StoreTrouble
from submissions.wording import counted

Result = TypeVar("Result")


def work_for_ever(shift: Shift, console: Console, poll_seconds: float, publishing: bool) -> None:
    """Score what is pending, and what becomes so, until SIGTERM or Ctrl-C.

    A stop ends the model's work where it is: the values so far are kept, the lease is given back, and nothing is
    published half-done.

    Args:
        shift: What to do.
        console: Where to say what was done.
        poll_seconds: How long to wait when there is nothing to do.
        publishing: Whether to publish releases that only add to what is served.
    """
    said = set[str]()
    try:
        with stopped_by_sigterm(), shift.on_duty():
            console.print(
                f"Waiting for work under {shift.folder.path}; SIGTERM or Ctrl-C stops it.",
                markup=False,
            )
            while True:
                with watched(console) as report:
                    done = _patiently(partial(shift.step, report), console)
                _say_once(shift, console, said)
                if done:
                    console.print(f"{counted(done, 'unit')} done.")
                    continue
                if publishing:
                    with watched(console) as report:
                        published = _patiently(partial(shift.publish, report), console)
                    if published:
                        print_published(published)
                time.sleep(poll_seconds)
    except (Stopped, KeyboardInterrupt):
        shift.end()
        console.print("Stopped. Values so far are kept, the lease is given back.")


def _patiently(act: Callable[[], Result], console: Console) -> Result | None:
    """Go on whatever happens: a full disk or a locked database may pass."""
    try:
        return act()
    except (ReasonBoardError, *StoreTrouble) as error:
        console.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        return None


def _say_once(shift: Shift, console: Console, said: set[str]) -> None:
    for trouble in shift.troubles():
        if trouble not in said:
            console.print(trouble, style="red", markup=False)
            said.add(trouble)
