"""How far the values of a system's repetitions are apart over its prompts, and over the seeds of a
prompt, where these name them.
"""

from __future__ import annotations

from dataclasses import replace

from scoring.metrics import stored_metric
from scoring.score import between, within
from scoring.tasks import Task
from submissions.store.files.arrays import load_array
from submissions.store.files.outputs import OutputsError, run_names
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import CellRow
from submissions.store.scored.scores import Score
from submissions.store.submitted.submissions import Submission


class Spreads:
    """Finds the spreads of one system's cells."""

    def __init__(self, folder: DataFolder, system: Submission) -> None:
        self._folder = folder
        several = any(repetitions > 1 for repetitions in system.tasks.values())
        self._names = _names(folder, system) if several else {}

    def added(self, cell: CellRow, score: Score, task: Task) -> CellRow:
        """Return the cell with its standard deviations over prompts and over the seeds of a prompt;
        itself where nothing names them.
        """
        names = [name for name in self._names.get(task.id, ()) if name is not None]
        metric = stored_metric(score.identity.metric)
        if cell.value is None or len(names) < 2 or len(names) != score.repetitions:
            return cell
        # One value of all runs is no further from itself.
        if metric.across_runs:
            return cell
        values = metric.aggregate(load_array(self._folder, score.array).sum(axis=1), task)
        prompts = [prompt for prompt, _ in names]
        return replace(cell, sd_prompts=between(values, prompts), sd_seeds=within(values, prompts))


def _names(folder: DataFolder, system: Submission) -> dict[str, list[tuple[str, str] | None]]:
    """Return what names the repetitions; nothing is known of that where the file of outputs is
    damaged.
    """
    try:
        return run_names(folder.outputs(system.outputs))
    except OutputsError:
        return {}
