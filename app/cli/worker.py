"""`reasonboard worker`: scores what comes in, for ever, until it is asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app import logs
from app.cli.engine import Address, ChosenEngine, Devices, EngineName, chosen_engine
from app.cli.options import Benchmark, ChosenBoard, Reason, author, board_command, notes
from app.cli.plain_errors import plainly
from app.cli.stopping import Stopped, stopped_by_sigterm
from scoring.errors import ReasonBoardError
from scoring.libraries import require_scoring
from submissions.wording import counted

if TYPE_CHECKING:
    from rich.console import Console

    from submissions.operating.shift import Shift

commands = typer.Typer()

Result = TypeVar("Result")

AGAIN_SECONDS = 60.0
"""After which the same trouble is said again."""


@board_command(commands)
def worker(
    board: ChosenBoard,
    publishing: Annotated[
        bool, typer.Option("--publish", help="Publish releases that only add to what is served.")
    ] = False,
    poll: Annotated[float, typer.Option(help="Seconds to wait when there is nothing to do.")] = 5.0,
    lease: Annotated[
        float, typer.Option(help="Seconds after which a silent worker is held for dead.")
    ] = 60.0,
    benchmark: Benchmark = None,
    reason: Reason = "scored as it came in",
    engine: ChosenEngine = EngineName.local,
    address: Address = None,
    devices: Devices = None,
) -> None:
    """Score what comes in, for ever. Several workers may run at once; SIGTERM or Ctrl-C stops one
    cleanly.
    """
    from submissions.operating.shift import Shift
    from submissions.rescoring.selection import Selection

    logs.set_up(logs.Level.info)
    require_scoring()
    selection = Selection(benchmark)
    selection.check(board.folder, board.tasks)
    with chosen_engine(engine, devices, address) as chosen:
        shift = Shift(board.folder, board.tasks, chosen, author(), reason, lease, selection)
        _work_for_ever(shift, poll, publishing)


def _work_for_ever(shift: Shift, poll_seconds: float, publishing: bool) -> None:
    """Score what is pending, and what becomes so, until SIGTERM or Ctrl-C.

    A stop ends the model's work where it is: the values so far are kept, the lease is given back,
    and nothing is published half-done.

    Args:
        shift: What to do.
        poll_seconds: How long to wait when there is nothing to do.
        publishing: Whether to publish releases that only add to what is served.
    """
    from app.server.verifying import DailyLook, ending_with
    from submissions.store.database import StoreTrouble

    patience = _Patience(notes)
    troubles = set[str]()
    try:
        with (
            stopped_by_sigterm(),
            _at_work(shift, patience, poll_seconds),
            ending_with(DailyLook(shift.folder)) as look,
        ):
            notes.print(
                f"Waiting for work under {shift.folder.path}; SIGTERM or Ctrl-C stops it.",
                markup=False,
            )
            while True:
                # Asked each time: the board may be migrated while the worker waits.
                _stop_if_outdated(shift)
                done = _step(shift, patience)
                _say_new(shift, troubles)
                if done:
                    notes.print(f"{counted(done, 'unit')} done.")
                    continue
                # None means that the work could not be looked at: then nothing may be published
                # as complete.
                if publishing and done is not None:
                    _publish(shift, patience)
                look.ask()
                time.sleep(poll_seconds)
    except (Stopped, KeyboardInterrupt):
        with suppress(*StoreTrouble):  # then its run has no end, and its lease expires
            shift.end()
        notes.print("Stopped. Values so far are kept, the lease is given back.")


def _step(shift: Shift, patience: _Patience) -> int | None:
    """Do one piece of work; return how many units are done, None where it cannot be done now."""
    from app.cli.watching import watched

    with watched(patience.console) as report:
        return patience.ask(partial(shift.step, report))


def _publish(shift: Shift, patience: _Patience) -> None:
    """Publish what only adds, and say what moved."""
    from app.cli.publish import print_published
    from app.cli.watching import watched

    with watched(patience.console) as report:
        published = patience.ask(partial(shift.publish, report))
    if published:
        print_published(published)


def _stop_if_outdated(shift: Shift) -> None:
    """End a worker whose data a newer version took over.

    Whether the database answers is not asked here.

    Raises:
        ProgramTooOld: It did.
    """
    from submissions.store.database import StoreTrouble, refuse_newer

    with suppress(*StoreTrouble):
        refuse_newer(shift.folder)


@contextmanager
def _at_work(shift: Shift, patience: _Patience, poll_seconds: float) -> Iterator[None]:
    """Give signs of life as long as it lasts, once the first of them can be written."""
    # The sign of life is entered late, and given back by the same `with`.
    with ExitStack() as duty:
        # A worker that nobody can see would be taken for dead, and its units given to others.
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
        """Return what `act` returns; None where it cannot be done now."""
        from submissions.store.database import StoreTrouble

        try:
            return act()
        except StoreTrouble as error:
            self._say(f"Waiting, and trying again: {plainly(error)}")
        except ReasonBoardError as error:
            self._say(f"{type(error).__name__}: {error}")
        return None

    def _say(self, trouble: str) -> None:
        now = time.monotonic()
        if now - self._said.get(trouble, -AGAIN_SECONDS) >= AGAIN_SECONDS:
            self._said[trouble] = now
            self.console.print(trouble, style="red", markup=False)


def _say_new(shift: Shift, said: set[str]) -> None:
    """Say troubles that are not in `said` yet, and add them."""
    for trouble in shift.troubles():
        if trouble not in said:
            notes.print(trouble, style="red", markup=False)
            said.add(trouble)
