"""Which BARTScore model each benchmark is scored with now, and the record of it.

The maintainer says it in `scoring.toml`; the record in the database says which model the scores on
the board are of. The record changes when a run asks for the model's metrics, whether anything of
them is pending or not: going back to a model that everything was scored with leaves nothing to do
but to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scoring.bartscore import BartModel
from scoring.errors import CheckpointError
from scoring.metric import Instruments
from scoring.tasks import TasksById
from submissions.declarations.settings import SettingsError, board_settings
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import PinnedBart, Run, pin_bart, pinned_bart


@dataclass(frozen=True)
class Models:
    """The model of each benchmark that has explanations, and why one cannot be had."""

    by_benchmark: Mapping[str, BartModel]
    troubles: tuple[str, ...]

    @property
    def instruments(self) -> dict[str, Instruments]:
        """Benchmark -> what it is measured with."""
        return {name: Instruments(model) for name, model in self.by_benchmark.items()}

    def load(self, benchmarks: Iterable[str]) -> None:
        """Load the models of `benchmarks`: one that cannot be loaded must never be recorded as
        theirs.

        Raises:
            CheckpointError: Why it cannot be.
        """
        for benchmark in benchmarks:
            self.by_benchmark[benchmark].scorer()

    def unpinned(self, folder: DataFolder) -> tuple[PinnedBart, ...]:
        """Return the records that are to be made: of models that differ from the recorded ones."""
        records = (_record(name, model) for name, model in self.by_benchmark.items())
        return tuple(
            record for record in records if pinned_bart(folder, record.benchmark) != record
        )


def find_models(
    folder: DataFolder,
    benchmarks: Iterable[str],
    tasks: TasksById,
    checkpoint: str | None = None,
    weights: Path | None = None,
) -> Models:
    """Find the files of each benchmark's model; nothing is loaded.

    Args:
        folder: The data: it may have a `scoring.toml` of its own.
        benchmarks: For which.
        tasks: The declared tasks.
        checkpoint: Instead of the one in `scoring.toml`.
        weights: To load over `checkpoint`.
    """
    explained = {task.benchmark for task in tasks.values() if task.explained}
    by_name, troubles = {}, []
    for name in dict.fromkeys(benchmarks):
        # A benchmark without explanations needs no model, and none has to be had for it.
        if name not in explained:
            continue
        try:
            model = board_settings(name, folder.path).with_checkpoint(checkpoint, weights).model()
            model.fingerprint  # noqa: B018  (finds the checkpoint's files, or says why they cannot be had)
        except (CheckpointError, SettingsError) as error:
            # Said and not raised: all that needs no model can be scored all the same.
            troubles.append(f"{name}: what BARTScore has not scored yet stays blank. {error}")
        else:
            by_name[name] = model
    return Models(by_name, tuple(troubles))


def announced(folder: DataFolder, benchmark: str) -> str:
    """Return what `scoring.toml` says where the record says otherwise: "checkpoint, dtype".

    "" where they agree.

    By name only, so that looking fetches no checkpoint: other weights under the same name are found
    by a run. Settings with faults say nothing.
    """
    pinned = pinned_bart(folder, benchmark)
    try:
        model = board_settings(benchmark, folder.path).model()
    except SettingsError:
        return ""
    wanted = (_public_name(model), model.dtype_name)
    if pinned is None or wanted == (pinned.checkpoint, pinned.dtype_name):
        return ""
    return ", ".join(wanted)


def pin(folder: DataFolder, records: Iterable[PinnedBart], under: Run) -> None:
    """Record the models that the scores on the board are of from now on."""
    for record in records:
        pin_bart(folder, record, under)


def _record(benchmark: str, model: BartModel) -> PinnedBart:
    return PinnedBart(
        benchmark,
        _public_name(model),
        model.fingerprint,
        model.max_tokens,
        model.dtype_name,
        model.demonstration,
    )


def _public_name(model: BartModel) -> str:
    """Return a checkpoint's name without the folders of this machine."""
    # A release names it, and a path would tell of the machine.
    name = Path(model.checkpoint).name if Path(model.checkpoint).is_dir() else model.checkpoint
    return name if model.weights is None else f"{name}+{model.weights.name}"
