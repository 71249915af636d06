"""`reasonboard worker`: scores what comes in, for ever, until it is asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from rich.console import Console

from app.cli.plain_errors import plainly
from app.cli.publish import print_published
from app.cli.stopping import Stopped, stopped_by_sigterm
from app.cli.watching import SAY_SECONDS, watched
from app.server.verifying import DailyLook, ending_with
from scoring.errors import ReasonBoardError
from submissions.shift import Shift
from submissions.store.database import StoreTrouble, refuse_newer
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
    said, patience = set[str](), _Patience(console)
    try:
        with (
            stopped_by_sigterm(),
            _at_work(shift, patience, poll_seconds),
            ending_with(DailyLook(shift.folder)) as look,
        ):
            console.print(
                f"Waiting for work under {shift.folder.path}; SIGTERM or Ctrl-C stops it.",
                markup=False,
            )
            while True:
                _stop_if_outdated(shift)
                with watched(console) as report:
                    done = patience.ask(partial(shift.step, report))
                _say_once(shift, console, said)
                if done:
                    console.print(f"{counted(done, 'unit')} done.")
                    continue
                if publishing and done is not None:
                    with watched(console) as report:
                        published = patience.ask(partial(shift.publish, report))
                    if published:
                        print_published(published)
                look.ask()
                time.sleep(poll_seconds)
    except (Stopped, KeyboardInterrupt):
        with suppress(*StoreTrouble):  # then its run has no end, and its lease expires
            shift.end()
        console.print("Stopped. Values so far are kept, the lease is given back.")


def _stop_if_outdated(shift: Shift) -> None:
    """End a worker whose data a newer version took over; whether the database answers is not asked here.

    Raises:
        ProgramTooOld: It did.
    """
    with suppress(*StoreTrouble):
        refuse_newer(shift.folder)


@contextmanager
def _at_work(shift: Shift, patience: _Patience, poll_seconds: float) -> Iterator[None]:
    """Give signs of life as long as it lasts, once the first of them can be written."""
    with ExitStack() as duty:
        while patience.ask(lambda: duty.enter_context(shift.on_duty()) or True) is None:
            time.sleep(poll_seconds)
        yield


@dataclass
class _Patience:
    """Goes on whatever happens: room may be made on a full disk, and a lock may be given back.

    What happens again and again is said once a minute.
    """

    console: Console
    _said: dict[str, float] = field(default_factory=dict)

    def ask(self, act: Callable[[], Result]) -> Result | None:
        """What `act` returns; None where it cannot be done now."""
        try:
            return act()
        except StoreTrouble as error:
            self._say(f"Waiting, and trying again: {plainly(error)}")
        except ReasonBoardError as error:
            self._say(f"{type(error).__name__}: {error}")
        return None

    def _say(self, told: str) -> None:
        now = time.monotonic()
        if now - self._said.get(told, -SAY_SECONDS) >= SAY_SECONDS:
            self._said[told] = now
            self.console.print(told, style="red", markup=False)


def _say_once(shift: Shift, console: Console, said: set[str]) -> None:
    for trouble in shift.troubles():
        if trouble not in said:
            console.print(trouble, style="red", markup=False)
            said.add(trouble)
