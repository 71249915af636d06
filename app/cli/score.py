"""`reasonboard score` and `rescore`: the plan, then the run with progress.

They do the same. Scoring again is scoring what is pending under other identities, and what is
pending is found the same way whoever asks. `score` is for the daily case, where the reason goes
without saying; `rescore` is what a maintainer says who has changed something: it asks for the
reason, and can be narrowed and tried dry.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.cli.engine import Address, ChosenEngine, Devices, EngineName, chosen_engine
from app.cli.options import Benchmark, ChosenBoard, Reason, author, board_command, notes
from app.cli.stopping import stopped_by_sigterm
from scoring.errors import ReasonBoardError
from scoring.libraries import require_scoring
from submissions.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from submissions.progress import Report
    from submissions.rescoring.engines.local import Engine
    from submissions.rescoring.instruments import Models
    from submissions.rescoring.pending import Unit, Workplace
    from submissions.rescoring.selection import Selection
    from submissions.store.folder import DataFolder

commands = typer.Typer()

Checkpoint = Annotated[
    str | None,
    typer.Option(help="BARTScore model instead of scoring.toml's: a hub name or a folder."),
]
Weights = Annotated[
    Path | None, typer.Option(help="ParaBank2 weights (.pth) to load over the checkpoint.")
]


@dataclass(frozen=True)
class ScoringRequest:
    """What is to be scored, and for the record who wants it and why.

    Attributes:
        board: Whose submissions.
        author: Who.
        reason: Why.
        selection: What.
        checkpoint: BARTScore model instead of the benchmark's.
        weights: To load over `checkpoint`.
    """

    board: ChosenBoard
    author: str
    reason: str
    selection: Selection
    checkpoint: str | None = None
    weights: Path | None = None

    def on_duty(self) -> AbstractContextManager[None]:
        """Give signs of life while it is carried out."""
        from submissions.rescoring.presence import on_duty
        from submissions.store.scored.workers import RESCORE, SCORE

        # A narrowed run leaves work undone, so that nobody may rely on it as on a worker.
        narrowed = self.selection.metric is not None or self.selection.system is not None
        return on_duty(self.board.folder, RESCORE if narrowed else SCORE, self.selection.benchmark)


@board_command(commands)
def score(
    board: ChosenBoard,
    benchmark: Benchmark = None,
    checkpoint: Checkpoint = None,
    weights: Weights = None,
    reason: Reason = "score what is pending",
    engine: ChosenEngine = EngineName.local,
    address: Address = None,
    devices: Devices = None,
) -> None:
    """Score whatever is pending. Can be stopped, or killed, at any point and started again."""
    from submissions.rescoring.selection import Selection

    require_scoring()
    order = ScoringRequest(board, author(), reason, Selection(benchmark), checkpoint, weights)
    with chosen_engine(engine, devices, address) as chosen:
        score_pending(order, chosen)


@board_command(commands)
def rescore(
    board: ChosenBoard,
    reason: Reason,
    metric: Annotated[
        str | None, typer.Option(help="Only this metric, e.g. bartscore_src_to_hyp.")
    ] = None,
    benchmark: Benchmark = None,
    system: Annotated[str | None, typer.Option(help="Only this system, all its versions.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and do nothing.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed every try.")
    ] = False,
    checkpoint: Checkpoint = None,
    weights: Weights = None,
    engine: ChosenEngine = EngineName.local,
    address: Address = None,
    devices: Devices = None,
) -> None:
    """Score again what a changed metric, model or task made pending: the plan first, then the run.

    Nothing that is scored under the current identity is computed again, and nothing on the board
    changes before `publish`.
    """
    from submissions.rescoring.selection import Selection

    require_scoring()
    selection = Selection(benchmark, metric, system)
    order = ScoringRequest(board, author(), reason, selection, checkpoint, weights)
    if dry_run:
        _print_dry_run(order, engine.value)
        return
    if retry_failed:
        notes.print(f"Tried again: {counted(_retry(order), 'failed score')}.")
    with chosen_engine(engine, devices, address) as chosen:
        score_pending(order, chosen)


def score_pending(order: ScoringRequest, engine: Engine) -> None:
    """Score whatever is pending, with progress.

    What needs a model that cannot be had is left, and reported last.

    Raises:
        ReasonBoardError: After everything that could be scored was: which model or which units
            failed, and why.
    """
    from app.cli.watching import watched

    # Before it is said that somebody scores: of what there is not, nobody does.
    order.selection.check(order.board.folder, order.board.tasks)
    with order.on_duty(), watched(notes) as report:
        _score_pending(order, engine, report)


def _score_pending(order: ScoringRequest, engine: Engine, report: Report) -> None:
    from app.cli.plan import print_plan
    from submissions.rescoring.instruments import pin
    from submissions.rescoring.pending import outstanding
    from submissions.rescoring.provenance import provenance
    from submissions.rescoring.worker import UnitsFailed, drop_left_overs, raise_failed, run
    from submissions.store.scored.scores import finish_run, start_run

    report("reading what is pending", 0, 0)
    folder = order.board.folder
    workplace, models = _place(order)
    kinds = order.selection.kinds(folder)
    if to_pin := models.unpinned(folder, kinds):
        names = ", ".join(record.checkpoint for record in to_pin if record.checkpoint)
        report("loading the models", 0, 0, names)
        known, models = models.troubles, models.loaded(folder, kinds)
        # What somebody names in the command is not passed over.
        named = order.checkpoint is not None or order.weights is not None
        if named and (fresh := models.troubles[len(known) :]):
            raise ReasonBoardError("\n".join(fresh))
        to_pin = models.unpinned(folder, kinds)
        workplace = replace(workplace, instruments=models.instruments)
    planned = order.selection.plan(workplace)
    units = outstanding(folder, planned)
    if units:
        print_plan(folder, units, engine.name, notes)
    if units or to_pin:
        under = start_run(folder, order.author, order.reason, provenance(engine.name))
        pin(folder, to_pin, under)
        # Units that fail are named below, with those that failed before.
        with stopped_by_sigterm(), suppress(UnitsFailed):
            run(workplace, units, engine, under, report)
        finish_run(folder, under)
        notes.print(_stored(folder, units))
    elif not models.troubles and not planned:
        notes.print(_nothing_pending(order), markup=False)
    # What a killed worker has left of units that nobody comes back for.
    drop_left_overs(workplace)
    _measure_rated(workplace, engine, report)
    _stress_metrics(workplace, order.selection, engine, report)
    # Last, so that one failure keeps nothing else from being scored.
    raise_failed(folder, planned)
    _require(models)


def _stored(folder: DataFolder, units: Sequence[Unit]) -> str:
    from submissions.store.scored.scores import scored_keys

    stored = scored_keys(folder).intersection(key for unit in units for key in unit.keys)
    return f"{counted(len(stored), 'score')} stored for {counted(len(units), 'unit')}."


def _measure_rated(workplace: Workplace, engine: Engine, report: Report) -> None:
    """Measure the rated texts with what is pending, and compare it with people.

    It is done here so that publishing need not.
    """
    from submissions.rating.rated_values import rated_sets, score_ratings
    from submissions.rating.rubrics import usable_rubrics
    from submissions.rating.validity import COMPARING, find_validity

    folder, tasks = workplace.folder, workplace.tasks
    sets = list(rated_sets(folder, tasks, usable_rubrics(folder.path)))
    if not sets:
        return
    stored = score_ratings(folder, sets, workplace.instruments, engine, report)
    find_validity(folder, tasks, advance=partial(report, COMPARING))
    if stored:
        notes.print(f"{counted(stored, 'metric')} measured on the texts that people rated.")


def _stress_metrics(
    workplace: Workplace, selection: Selection, engine: Engine, report: Report
) -> None:
    """Try metrics on what is spoilt on purpose, as far as it is not done yet; the next release
    states it.
    """
    from submissions.rating.board_stress import stress_boards
    from submissions.rescoring.selection import Selection

    def sees_to(benchmark: str) -> bool:
        return selection.benchmark in (None, benchmark)

    if selection != Selection(selection.benchmark):
        return
    folder, tasks = workplace.folder, workplace.tasks
    tried = sum(stress_boards(folder, tasks, workplace.instruments, sees_to, engine, report))
    if tried:
        notes.print(f"{counted(tried, 'stress test')} of metrics run.")


def _print_dry_run(order: ScoringRequest, engine: str) -> None:
    """Print the plan to standard output and do nothing.

    Raises:
        ReasonBoardError: A benchmark's model cannot be had.
    """
    from app.cli.plan import print_plan
    from scoring.instruments import titled
    from submissions.rescoring.pending import outstanding

    console = Console(highlight=False, soft_wrap=True)
    folder = order.board.folder
    workplace, models = _place(order)
    units = outstanding(folder, order.selection.plan(workplace))
    if units:
        print_plan(folder, units, engine, console)
    elif not models.troubles:
        console.print(_nothing_pending(order), markup=False)
    for record in models.unpinned(folder, order.selection.kinds(folder)):
        named = record.checkpoint or "no model"
        console.print(
            f"{record.benchmark}: {titled(record.kind)} will be of {named} from now on.",
            markup=False,
        )
    _require(models)


def _require(models: Models) -> None:
    if models.troubles:
        raise ReasonBoardError("\n".join(models.troubles))


def _retry(order: ScoringRequest) -> int:
    """Forget that the selected units failed; return how many scores that makes pending."""
    from submissions.store.scored.failures import retry_failures

    workplace, _ = _place(order)
    keys = [key for unit in order.selection.plan(workplace) for key in unit.keys]
    return retry_failures(order.board.folder, keys, order.author, order.reason)


def _place(order: ScoringRequest) -> tuple[Workplace, Models]:
    """Return the workplace, with the models that can be had."""
    from submissions.rescoring.instruments import find_models
    from submissions.rescoring.pending import Workplace

    folder, tasks = order.board.folder, order.board.tasks
    order.selection.check(folder, tasks)
    kinds = order.selection.kinds(folder)
    asked = order.selection.benchmarks(folder) if kinds else ()
    models = find_models(folder, asked, tasks, order.checkpoint, order.weights, kinds)
    return Workplace(folder, tasks, models.instruments), models


def _nothing_pending(order: ScoringRequest) -> str:
    """Say what is true where the plan is empty: of what was asked for, if there is any of it."""
    from submissions.store.submitted.submissions import submissions

    selection = order.selection
    asked = [
        submission
        for submission in submissions(order.board.folder, selection.benchmark)
        if selection.system in (None, submission.system) and not submission.withdrawn_at
    ]
    of = f" of {selection.benchmark}" if selection.benchmark else ""
    of += f" by {selection.system}" if selection.system else ""
    if not asked:
        return f"Nothing is pending: there is no submission{of} yet."
    what = f"its scores of {selection.metric}" if selection.metric else "its scores"
    return f"Nothing is pending: every submission{of} has {what}."
