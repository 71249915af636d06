"""`reasonboard score` and `rescore`: the plan, then the run with progress.

They are one function. Scoring again is scoring what is pending under other identities, and what is pending is found
the same way whoever asks. `score` is for the daily case, where the reason goes without saying; `rescore` is what a
maintainer says who has changed something: it asks for the reason, and can be narrowed and tried dry.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from app.cli.plan import print_plan
from app.cli.stopping import stopped_by_sigterm
from app.cli.validity import measure_rated
from app.cli.watching import watched
from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.progress import Report
from submissions.rescoring.engines.local import Engine, LocalEngine
from submissions.rescoring.instruments import Models, find_models, pin
from submissions.rescoring.pending import Workplace, outstanding
from submissions.rescoring.presence import on_duty
from submissions.rescoring.provenance import provenance
from submissions.rescoring.selection import Selection
from submissions.rescoring.worker import UnitsFailed, drop_left_overs, raise_failed, run
from submissions.store.failures import retry_failures
from submissions.store.folder import DataFolder
from submissions.store.scores import finish_run, scored_keys, start_run
from submissions.store.submissions import submissions
from submissions.store.workers import RESCORE, SCORE
from submissions.wording import counted


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

    def on_duty(self, folder: DataFolder) -> AbstractContextManager[None]:
        """Give signs of life while it is carried out."""
        whole = self.selection == Selection(self.selection.benchmark)
        return on_duty(folder, SCORE if whole else RESCORE, self.selection.benchmark)


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
    order.selection.check(folder, tasks)
    with order.on_duty(folder), watched(console) as report:
        _score_pending(folder, tasks, console, order, engine or LocalEngine(), report)


def _score_pending(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    console: Console,
    order: Order,
    engine: Engine,
    report: Report,
) -> None:
    report("reading what is pending", 0, 0)
    workplace, models = _place(folder, tasks, order)
    planned = order.selection.plan(workplace)
    units = outstanding(folder, planned)
    to_pin = models.unpinned(folder) if order.selection.needs_model else ()
    if to_pin:
        report("loading the model", 0, 0, ", ".join(record.checkpoint for record in to_pin))
    models.load([record.benchmark for record in to_pin])
    if units:
        print_plan(folder, units, engine.name, console)
    if units or to_pin:
        under = start_run(folder, order.author, order.reason, provenance(engine.name))
        pin(folder, to_pin, under)
        # Units that fail are named below, with those that failed before.
        with stopped_by_sigterm(), suppress(UnitsFailed):
            run(workplace, units, engine, under, report)
        finish_run(folder, under)
        stored = scored_keys(folder).intersection(key for unit in units for key in unit.keys)
        console.print(f"{counted(len(stored), 'score')} stored for {counted(len(units), 'unit')}.")
    elif not models.troubles and not planned:
        console.print(_nothing_pending(folder, order), markup=False)
    drop_left_overs(workplace)
    measure_rated(workplace, engine, console, report)
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
        console.print(_nothing_pending(folder, order), markup=False)
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


def _nothing_pending(folder: DataFolder, order: Order) -> str:
    """What is true where the plan is empty: of what was asked for, and only where there is something to score."""
    chosen = order.selection
    found = submissions(folder, chosen.benchmark)
    asked = [one for one in found if chosen.system in (None, one.system) and not one.withdrawn_at]
    of = f" of {chosen.benchmark}" if chosen.benchmark else ""
    of += f" by {chosen.system}" if chosen.system else ""
    if not asked:
        return f"Nothing is pending: there is no submission{of} yet."
    what = f"its scores of {chosen.metric}" if chosen.metric else "its scores"
    return f"Nothing is pending: every submission{of} has {what}."
