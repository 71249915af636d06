"""Which models each benchmark is scored with now, and the record of them.

The maintainer says it in `scoring.toml`; the record in the database says which models the scores on
the board are of. The record changes when a run asks for a model's metrics, whether anything of them
is pending or not: going back to a model that everything was scored with leaves nothing to do but to
say so.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scoring.bartscore.settings import BartSettings
from scoring.errors import CheckpointError, ScoringError
from scoring.instrument_settings import InstrumentSettings
from scoring.instruments import Instrument, Instruments, titled
from scoring.judging.values import JUDGE, Judging
from scoring.metric import Metric
from scoring.metrics import metrics_of_judges
from scoring.tasks import TasksById
from submissions.declarations.settings import NO_MODEL, SettingsError, board_settings
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import PinnedModel, Run, pin_model, pinned_models


@dataclass(frozen=True)
class Models:
    """The models of each benchmark that has explanations, and why some cannot be had.

    Attributes:
        by_benchmark: Benchmark -> those whose files are here.
        absent: Benchmark -> kinds of which it is to have none.
        troubles: Why others cannot be had.
    """

    by_benchmark: Mapping[str, tuple[Instrument, ...]]
    absent: Mapping[str, tuple[str, ...]]
    troubles: tuple[str, ...]

    @property
    def instruments(self) -> dict[str, Instruments]:
        """Benchmark -> what it is measured with."""
        return {name: Instruments(*models) for name, models in self.by_benchmark.items()}

    def loaded(self, folder: DataFolder, kinds: Iterable[str]) -> Models:
        """Return those models that can be used: of the ones that are not recorded yet each is
        loaded, since one that cannot be must never be recorded as a benchmark's.

        Args:
            folder: The data.
            kinds: Which kinds of model are asked for.
        """
        models = self
        for record in self.unpinned(folder, kinds):
            if not record.checkpoint:
                continue
            try:
                self.instruments[record.benchmark].usable(record.kind).scorer()
            except Exception as error:  # of whatever kind: other models go on without it
                models = models.without(record, error)
        return models

    def without(self, record: PinnedModel, error: Exception) -> Models:
        """Return the models less one, and why."""
        left = {
            name: tuple(
                model for model in models if (name, model.kind) != (record.benchmark, record.kind)
            )
            for name, models in self.by_benchmark.items()
        }
        trouble = _trouble(record.benchmark, record.kind, error)
        return replace(self, by_benchmark=left, troubles=(*self.troubles, trouble))

    def unpinned(self, folder: DataFolder, kinds: Iterable[str]) -> tuple[PinnedModel, ...]:
        """Return the records that are to be made: of models that differ from the recorded ones.

        Args:
            folder: The data.
            kinds: Which kinds of model are asked for.
        """
        return tuple(_changed(folder, self._records(), frozenset(kinds)))

    def _records(self) -> Iterator[PinnedModel]:
        for name, models in self.by_benchmark.items():
            yield from (_record(name, model) for model in models)
            yield from (
                PinnedModel(name, kind, "", "", 0, "", demonstration=False)
                for kind in self.absent[name]
            )


def _changed(
    folder: DataFolder, records: Iterable[PinnedModel], kinds: frozenset[str]
) -> Iterator[PinnedModel]:
    for record in records:
        recorded = pinned_models(folder, record.benchmark).get(record.kind)
        # Of what there never was nothing has to be recorded.
        if recorded is None and not record.checkpoint:
            continue
        if record.kind in kinds and recorded != record:
            yield record


def find_models(
    folder: DataFolder,
    benchmarks: Iterable[str],
    tasks: TasksById,
    checkpoint: str | None = None,
    weights: Path | None = None,
    kinds: Container[str] | None = None,
) -> Models:
    """Find the files of each benchmark's models; nothing is loaded.

    Args:
        folder: The data: it may have a `scoring.toml` of its own.
        benchmarks: For which.
        tasks: The declared tasks.
        kinds: Which kinds of model are asked for; None for all.
        checkpoint: Of BARTScore, instead of the one in `scoring.toml`.
        weights: To load over `checkpoint`.
    """
    explained = {task.benchmark for task in tasks.values() if task.explained}
    by_name: dict[str, tuple[Instrument, ...]] = {}
    absent: dict[str, tuple[str, ...]] = {}
    troubles: list[str] = []
    for name in dict.fromkeys(benchmarks):
        # A benchmark without explanations needs no model, and none has to be had for it.
        if name not in explained:
            continue
        try:
            settings = board_settings(name, folder.path)
        except SettingsError as error:
            # Said and not raised: all that needs no model can be scored all the same.
            troubles.append(f"{name}: what models have not scored yet stays blank. {error}")
            continue
        chosen = [
            _chosen(each, checkpoint, weights)
            for each in settings.values()
            if kinds is None or each.kind in kinds
        ]
        unnamed = pinned_models(folder, name).keys() - settings.keys()
        without = [each.kind for each in chosen if each.checkpoint == NO_MODEL]
        # A table that was taken out again says the same as one that says "none".
        absent[name] = (*without, *sorted(unnamed))
        by_name[name] = tuple(
            model
            for each in chosen
            if each.checkpoint != NO_MODEL
            for model in _here(each, name, troubles)
        )
    return Models(by_name, absent, tuple(troubles))


def _chosen(
    settings: InstrumentSettings, checkpoint: str | None, weights: Path | None
) -> InstrumentSettings:
    if isinstance(settings, BartSettings):
        return settings.with_checkpoint(checkpoint, weights)
    return settings


def _here(
    settings: InstrumentSettings, benchmark: str, troubles: list[str]
) -> Iterator[Instrument]:
    """Yield the model if its files are here; else why it cannot be had is added to `troubles`."""
    try:
        model = settings.instrument()
        model.fingerprint  # noqa: B018  (finds the checkpoint's files, or says why they cannot be had)
    except (CheckpointError, ScoringError, OSError, ValueError) as error:
        troubles.append(_trouble(benchmark, settings.kind, error))
    else:
        yield model


def _trouble(benchmark: str, kind: str, error: Exception) -> str:
    return f"{benchmark}: what {titled(kind)} has not scored yet stays blank. {error}"


def board_kinds(folder: DataFolder, benchmarks: Iterable[str]) -> frozenset[str]:
    """Return the kinds of model that some benchmarks are to be scored with, or were; settings with
    faults name none.
    """
    kinds = set[str]()
    for name in benchmarks:
        kinds |= pinned_models(folder, name).keys() | _settings(folder, name).keys()
    return frozenset(kinds)


def board_metrics(folder: DataFolder, benchmarks: Iterable[str]) -> Mapping[str, Metric]:
    """Return name -> metric of some benchmarks: all, and those of their judges' rubrics."""
    judges: list[Judging | None] = []
    for name in benchmarks:
        judges += [model.judging for model in pinned_models(folder, name).values()]
        judges += [_judging(each) for each in _settings(folder, name).values()]
    return metrics_of_judges(filter(None, judges))


def _judging(settings: InstrumentSettings) -> Judging | None:
    if not settings.kind.startswith(JUDGE) or settings.checkpoint == NO_MODEL:
        return None
    try:
        return settings.instrument().judging
    except CheckpointError:  # a run says why
        return None


def _settings(folder: DataFolder, benchmark: str) -> dict[str, InstrumentSettings]:
    """Return what a benchmark is to be scored with; nothing where the settings have faults."""
    try:
        return board_settings(benchmark, folder.path)
    except SettingsError:
        return {}


def announced(folder: DataFolder, benchmark: str) -> str:
    """Return what `scoring.toml` says where the record says otherwise: "checkpoint, dtype", of each
    kind that differs.

    "" where they agree.

    By name only, so that looking fetches no checkpoint: other weights under the same name are found
    by a run. Settings with faults say nothing.
    """
    pinned = pinned_models(folder, benchmark)
    settings = _settings(folder, benchmark)
    if not settings:
        return ""
    wanted = {kind: _wanted(kind, settings.get(kind)) for kind in pinned}
    return "; ".join(name for kind, name in wanted.items() if name and name != _named(pinned[kind]))


def unrecorded(folder: DataFolder, benchmark: str) -> tuple[str, ...]:
    """Return the kinds of model that `scoring.toml` names and that nothing was scored with yet.

    Settings with faults name none.
    """
    pinned = pinned_models(folder, benchmark)
    return tuple(
        kind
        for kind, each in _settings(folder, benchmark).items()
        if kind not in pinned and each.checkpoint != NO_MODEL
    )


def _wanted(kind: str, settings: InstrumentSettings | None) -> str:
    """Return which model is wanted; "" where that cannot be told."""
    if settings is None or settings.checkpoint == NO_MODEL:
        return f"no {titled(kind)}"
    try:
        model = settings.instrument()
        named = f"{model.public_name}, {model.dtype_name}"
    except (CheckpointError, ScoringError, OSError, ValueError):  # a run says why
        return ""
    return named


def _named(pinned: PinnedModel) -> str:
    if not pinned.checkpoint:
        return f"no {titled(pinned.kind)}"
    return f"{pinned.checkpoint}, {pinned.dtype_name}"


def pin(folder: DataFolder, records: Iterable[PinnedModel], under: Run) -> None:
    """Record the models that the scores on the board are of from now on."""
    for record in records:
        pin_model(folder, record, under)


def _record(benchmark: str, model: Instrument) -> PinnedModel:
    return PinnedModel(
        benchmark,
        model.kind,
        model.public_name,
        model.fingerprint,
        model.max_tokens,
        model.dtype_name,
        model.demonstration,
        model.judging,
    )
