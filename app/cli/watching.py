"""How far long work is: a bar in a terminal, and where there is none a line a minute, for a log.

The lines come from a thread with a clock of its own: a step that takes ten minutes is ten lines and
no silence.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from submissions.progress import Report

# Where nobody watches, a log of a night's run should stay readable.
SAY_SECONDS = 60.0


@contextmanager
def watched(console: Console, seconds: float = SAY_SECONDS) -> Iterator[Report]:
    """Provide what takes note of the work that is done meanwhile, and shows it.

    Args:
        console: Where to show it.
        seconds: Between two lines, where the console is no terminal.
    """
    if console.is_terminal:
        with _bar(console) as report:
            yield report
        return
    lines, over = _Lines(console), Event()

    def say() -> None:
        while not over.wait(seconds):
            lines.say()

    thread = Thread(target=say, name="progress", daemon=True)
    thread.start()
    try:
        yield lines
    finally:
        # The thread is woken and waited for, so that no line comes after the last word.
        over.set()
        thread.join()


@contextmanager
def _bar(console: Console) -> Iterator[Report]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        shown = bar.add_task("", total=None, visible=False, detail="")
        stages = list[str]()

        def report(stage: str, done: int, total: int, detail: str = "") -> None:
            # A new stage begins at 0 with an estimate of its own; the old one would mislead.
            if stages[-1:] != [stage]:
                stages.append(stage)
                bar.reset(shown, description=stage, total=total or None, visible=True)
            bar.update(
                # rich reads markup in it, and a detail may be a submission's name.
                shown,
                completed=done,
                total=total or None,
                detail=detail.replace("[", "\\["),
            )

        yield report


@dataclass
class _Lines:
    """What was noted last, as lines of a log."""

    console: Console
    begun_at: float = field(default_factory=time.monotonic)
    noted: str = ""

    def __call__(self, stage: str, done: int, total: int, detail: str = "") -> None:
        share = f": {done / total:.0%} of {total:,} steps" if total else ""
        where = f", at {detail}" if detail else ""
        self.noted = f"{stage}{share}{where}"

    def say(self) -> None:
        """Write it, with the time since it began."""
        if self.noted:
            minutes = (time.monotonic() - self.begun_at) / 60
            self.console.print(f"{self.noted} ({minutes:.0f} min)", markup=False, soft_wrap=True)
