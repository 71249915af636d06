"""`reasonboard score` and `rescore`: the plan, then the run with progress.

They are one function. Scoring again is scoring what is pending under other identities, and what is pending is found
the same way whoever asks. `score` is for the daily case, where the reason goes without saying; `rescore` is what a
maintainer says who has changed something: it asks for the reason, and can be narrowed and tried dry.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from app.commands.plan import print_plan
from app.commands.stopping import stopped_by_sigterm
from app.commands.validity import measure_rated
from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.rescoring.engines.local import Engine, LocalEngine
from submissions.rescoring.instruments import Models, find_models, pin
from submissions.rescoring.pending import Unit, Workplace, outstanding
from submissions.rescoring.provenance import provenance
from submissions.rescoring.selection import Selection
from submissions.rescoring.worker import Progress as Done
from submissions.rescoring.worker import UnitsFailed, drop_left_overs, raise_failed, run
from submissions.store.failures import retry_failures
from submissions.store.folder import DataFolder
from submissions.store.scores import Run, finish_run, scored_keys, start_run
from submissions.wording import counted

SAY_SECONDS = 30.0


@dataclass(frozen=True)
class Order:
    """What is to be scored, and for the record who wants it and why.

    Attributes:
        author: Who.
        reason: Why.
        selection: What.
        checkpoint: BARTScore model instead of the benchmark's.
        weights: To load over `checkpoint`.
    """

    author: str
    reason: str
    selection: Selection = field(default_factory=Selection)
    checkpoint: str | None = None
    weights: Path | None = None


def score_pending(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    console: Console,
    order: Order,
    engine: Engine | None = None,
) -> None:
    """Score whatever is pending, with progress; what needs a model that cannot be had is left and reported last.

    Raises:
        ReasonBoardError: After everything that could be scored was: which model or which units failed, and why.
    """
    engine = engine or LocalEngine()
    workplace, models = _place(folder, tasks, order)
    planned = order.selection.plan(workplace)
    units = outstanding(folder, planned)
    to_pin = models.unpinned(folder) if order.selection.needs_model else ()
    models.load([record.benchmark for record in to_pin])
    if units:
        print_plan(folder, units, engine.name, console)
    if units or to_pin:
        under = start_run(folder, order.author, order.reason, provenance(engine.name))
        pin(folder, to_pin, under)
        with (
            stopped_by_sigterm(),
            suppress(UnitsFailed),
        ):  # which is said below, with those that failed before
            _run_with_progress(workplace, units, engine, under, console)
        finish_run(folder, under)
        stored = scored_keys(folder).intersection(key for unit in units for key in unit.keys)
        console.print(f"{counted(len(stored), 'score')} stored for {counted(len(units), 'unit')}.")
    elif not models.troubles and not planned:
        console.print("Nothing is pending: every submission has its scores.")
    drop_left_overs(workplace)
    measure_rated(workplace, engine, console)
    raise_failed(folder, planned)
    if models.troubles:
        raise ReasonBoardError("\n".join(models.troubles))


def print_dry_run(
    folder: DataFolder, tasks: Mapping[str, Task], console: Console, order: Order, engine: str
) -> None:
    """Print the plan and do nothing.

    Raises:
        ReasonBoardError: A benchmark's model cannot be had.
    """
    workplace, models = _place(folder, tasks, order)
    units = outstanding(folder, order.selection.plan(workplace))
    if units:
        print_plan(folder, units, engine, console)
    elif not models.troubles:
        console.print("Nothing is pending: every submission has its scores.")
    for record in models.unpinned(folder) if order.selection.needs_model else ():
        console.print(
            f"{record.benchmark}: BARTScore will be of {record.checkpoint} from now on.",
            markup=False,
        )
    if models.troubles:
        raise ReasonBoardError("\n".join(models.troubles))


def retry(folder: DataFolder, tasks: Mapping[str, Task], order: Order) -> int:
    """Forget that the selected units failed, so that they are tried again; how many scores that makes pending."""
    workplace, _ = _place(folder, tasks, order)
    keys = [key for unit in order.selection.plan(workplace) for key in unit.keys]
    return retry_failures(folder, keys, order.author, order.reason)


def _place(folder: DataFolder, tasks: Mapping[str, Task], order: Order) -> tuple[Workplace, Models]:
    """The workplace, with the models that can be had."""
    order.selection.check(folder, tasks)
    asked = order.selection.benchmarks(folder) if order.selection.needs_model else ()
    models = find_models(asked, tasks, order.checkpoint, order.weights)
    return Workplace(folder, tasks, models.instruments), models


def _run_with_progress(
    workplace: Workplace, units: Sequence[Unit], engine: Engine, under: Run, console: Console
) -> None:
    if console.is_terminal:
        _run_with_a_bar(workplace, units, engine, under, console)
    else:
        run(workplace, units, engine, under, _Lines(console))


@dataclass
class _Lines:
    """Progress where there is no terminal to draw a bar on: a line every SAY_SECONDS, for a log."""

    console: Console
    said_at: float = field(default_factory=time.monotonic)

    def __call__(self, done: Done) -> None:
        if time.monotonic() - self.said_at > SAY_SECONDS:
            share = done.done / max(done.total, 1)
            self.console.print(
                f"{share:4.0%} of {counted(done.total, 'item')}, at {done.group}", markup=False
            )
            self.said_at = time.monotonic()


def _run_with_a_bar(
    workplace: Workplace, units: Sequence[Unit], engine: Engine, under: Run, console: Console
) -> None:
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(show_speed=True),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        total = sum(unit.steps for unit in units)
        shown = bar.add_task("scoring", total=total, rate="")

        def report(done: Done) -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:,.0f} items/s" if speed else ""
            bar.update(
                shown,
                completed=done.done,
                description=str(done.group).replace("[", "\\["),
                rate=rate,
            )

        run(workplace, units, engine, under, report)
