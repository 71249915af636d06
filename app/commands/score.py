"""`reasonboard score`: plan, progress, run."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from scoring.bartscore import BartModel
from scoring.errors import CheckpointError, ReasonBoardError
from scoring.metric import Instruments
from scoring.tasks import Task
from submissions.engines import LocalEngine
from submissions.rescore import Progress as Done
from submissions.rescore import Unit, Workplace, plan, run
from submissions.settings import load_settings
from submissions.store.folder import DataFolder
from submissions.store.scores import PinnedBart, Run, finish_run, pin_bart, start_run
from submissions.store.submissions import submissions

LIBRARIES = ("torch", "transformers", "numpy", "scikit-learn", "rouge-score", "sacrebleu")


def score_pending(
    folder: DataFolder, tasks: Mapping[str, Task], console: Console, author: str, reason: str,
    benchmark: str | None = None, checkpoint: str | None = None, weights: Path | None = None,
) -> None:  # fmt: skip
    """Score whatever is pending, with progress; what needs a model that cannot be had is left and reported last.

    Raises:
        ReasonBoardError: After everything that could be scored was: which model or which units failed, and why.
    """
    present = dict.fromkeys(s.benchmark for s in submissions(folder, benchmark))
    models, troubles = _models(present, tasks, checkpoint, weights)
    workplace = Workplace(folder, tasks, {name: Instruments(model) for name, model in models.items()})
    units = plan(workplace, benchmark)
    if units:
        under = start_run(folder, author, reason, _provenance())
        _pin(folder, models, units, under)
        stored = _run_with_progress(workplace, units, under, console)
        finish_run(folder, under)
        console.print(f"{stored} scores stored for {len(units)} units.")
    elif not troubles:
        console.print("Nothing is pending: every submission has its scores.")
    if troubles:
        raise ReasonBoardError("\n".join(troubles))


def _models(
    benchmarks: Mapping[str, None], tasks: Mapping[str, Task], checkpoint: str | None, weights: Path | None
) -> tuple[dict[str, BartModel], list[str]]:
    """The model of each benchmark that has explanations, and why one cannot be had."""
    explained = {task.benchmark for task in tasks.values() if task.explained}
    models, troubles = {}, []
    for name in benchmarks:
        if name not in explained:
            continue
        settings = load_settings(name).with_checkpoint(checkpoint, weights)
        model = settings.model()
        try:
            model.fingerprint  # noqa: B018  (finds the checkpoint's files, or says why they cannot be had)
        except CheckpointError as error:
            troubles.append(f"{name}: its BARTScore columns stay blank. {error}")
        else:
            models[name] = model
    return models, troubles


def _pin(folder: DataFolder, models: Mapping[str, BartModel], units: Sequence[Unit], under: Run) -> None:
    """Record which model each benchmark's scores are now made with: releases show those scores and no others."""
    for name in dict.fromkeys(unit.submission.benchmark for unit in units):
        if name in models:
            model = models[name]
            record = PinnedBart(
                name,
                _public_name(model),
                model.fingerprint,
                model.max_tokens,
                model.dtype_name,
                model.demonstration,
            )
            pin_bart(folder, record, under)


def _public_name(model: BartModel) -> str:
    """A checkpoint's name without the folders of this machine."""
    name = Path(model.checkpoint).name if Path(model.checkpoint).is_dir() else model.checkpoint
    return name if model.weights is None else f"{name}+{model.weights.name}"


def _provenance() -> dict[str, str]:
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        **versions,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def _run_with_progress(workplace: Workplace, units: Sequence[Unit], under: Run, console: Console) -> int:
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
            bar.update(shown, completed=done.done, description=str(done.unit), rate=rate)

        return run(workplace, units, LocalEngine(), under, report)
