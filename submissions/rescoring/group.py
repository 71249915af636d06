"""Scores one group: all its units' pairs in one call of the engine, then unit by unit.

The values that an engine hands back on its way are kept for each unit by itself, under a key made
from the unit's own pairs. So whoever goes on after a crash, with whatever systems beside it in the
group, finds them.

A unit that cannot be read or scored fails alone. Where the engine refuses the group's pairs, each
unit is scored by itself, so that the blame falls where it belongs. A full disk or a locked database
is no unit's fault and is not held against it.
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.bartscore.runtime import OutOfMemoryError
from scoring.extraction import with_references_cut
from scoring.metric import (
    BartIdentity,
    Floats,
    Instruments,
    Metric,
    Pair,
    PairMetric,
    mean_of_pairs,
    model_key,
    pairs_of,
    with_presence,
)
from scoring.score import assemble
from scoring.segments import Example, Segments
from scoring.statistics.bootstrap import Indices
from submissions.rescoring.cost import cost_of, truncated
from submissions.rescoring.engines.local import Engine
from submissions.rescoring.pending import Group, Unit
from submissions.rescoring.reuse import known_values
from submissions.store.database import StoreTrouble
from submissions.store.files.arrays import drop_partial, load_partial, save_array, save_partial
from submissions.store.files.damage import DamagedFile
from submissions.store.files.outputs import segments as stored_segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import MEMORY
from submissions.store.scored.rates import Rate, record_rate
from submissions.store.scored.scores import Run, Score, score_of

Advance = Callable[[str, float], None]
"""Told what is being done, and the share of the group's work that is."""


@dataclass(frozen=True)
class Outcome:
    """What became of one unit: its scores, or why there are none.

    Attributes:
        unit: Which.
        scores: To be committed together; empty where it failed.
        reason: Why it failed, in one line; empty where it did not.
        traceback: Where it failed.
        partial: Name of the partial values to drop once the scores are committed.
    """

    unit: Unit
    scores: tuple[Score, ...] = ()
    reason: str = ""
    traceback: str = ""
    partial: str = ""

    def forget_partial(self, folder: DataFolder) -> None:
        """Drop the partial values."""
        # Without a model's metrics there are none.
        if self.partial:
            drop_partial(folder, self.partial)


@dataclass
class _Meter:
    """How much of a group's work is done: what the model does, and measuring with intervals after
    it.
    """

    group: Group
    advance: Advance
    assembled: int = 0
    modelled: float = 0.0

    def model(self, share: float) -> None:
        """Tell that the model has done that share of its pairs."""
        # Scoring a unit alone after a refusal begins anew, and progress never runs back.
        self.modelled = max(self.modelled, share)
        self._tell("BARTScore")

    def assemble(self, unit: Unit, metric: Metric) -> None:
        """Tell that a unit is being measured by a metric."""
        self._tell(f"{metric.title} with its interval, {unit}")
        self.assembled += unit.task_size

    def _tell(self, doing: str) -> None:
        model = sum(unit.model_steps for unit in self.group.units)
        done = self.assembled + self.modelled * model
        self.advance(doing, min(1.0, done / max(1, self.group.steps)))


@dataclass(frozen=True)
class _Read:
    """A unit with its outputs and its distinct pairs."""

    unit: Unit
    runs: tuple[Segments, ...]
    pairs: tuple[Pair, ...]

    @cached_property
    def partial(self) -> str:
        """The name of its partial values: the submission, and a hash of the model and the pairs."""
        model = self.unit.instruments.bart
        if model is None or not self.pairs:
            return ""
        digest = hashlib.sha256(repr(model_key(model)).encode())
        for pair in self.pairs:
            digest.update(repr(pair).encode())
        return f"{self.unit.submission.id}.{digest.hexdigest()[:32]}"


def score_group(
    folder: DataFolder, group: Group, engine: Engine, under: Run, advance: Advance
) -> Iterator[Outcome]:
    """Score a group's units.

    Args:
        folder: The data.
        group: What to score.
        engine: What runs the model.
        under: The run that the scores will name.
        advance: Called as work is done.

    Yields:
        Every unit once, as it is done. Nothing is committed.
    """
    ready: list[_Read] = []
    meter = _Meter(group, advance)
    advance("reading the outputs", 0.0)
    try:
        examples = with_references_cut(group.task, PostStore(folder.posts).examples(group.task))
    except DamagedFile as error:  # others' units are of other tasks
        yield from (_failed(unit, error) for unit in group.units)
        return
    for unit in group.units:
        try:
            ready.append(_read(folder, unit, examples))
        except Exception as error:
            yield _failed(unit, error)
    yield from _score_read(folder, ready, engine, under, meter)


def _score_read(
    folder: DataFolder, ready: Sequence[_Read], engine: Engine, under: Run, meter: _Meter
) -> Iterator[Outcome]:
    try:
        known = _model_values(folder, ready, engine, under, meter)
    except StoreTrouble:
        raise
    except Exception as error:
        # Alone it is to blame; together any of them may be.
        if len(ready) == 1:
            yield _failed(ready[0].unit, error)
        else:
            for alone in ready:
                yield from _score_read(folder, [alone], engine, under, meter)
        return
    for read in ready:
        try:
            yield Outcome(
                read.unit, tuple(_scores(folder, read, known, under, meter)), partial=read.partial
            )
        except StoreTrouble:
            raise
        except Exception as error:
            yield _failed(read.unit, error)


def _failed(unit: Unit, error: Exception) -> Outcome:
    # Another machine may have the memory, so it is tried again there, after a while.
    short = isinstance(error, (MemoryError, OutOfMemoryError))
    kind = f"{MEMORY} on the worker's machine" if short else type(error).__name__
    reason = f"{kind}: {error}".splitlines()[0]
    return Outcome(unit, reason=reason, traceback="".join(traceback.format_exception(error)))


def _read(folder: DataFolder, unit: Unit, examples: Sequence[Example]) -> _Read:
    path = folder.outputs(unit.submission.outputs)
    runs = tuple(stored_segments(path, unit.task, examples))
    return _Read(unit, runs, tuple(pairs_of(unit.pair_metrics, runs)))


def _model_values(
    folder: DataFolder, ready: Sequence[_Read], engine: Engine, under: Run, meter: _Meter
) -> dict[Pair, float]:
    """Return the value of every distinct pair.

    What was kept, or scored for another submission, is not computed again.
    """
    place = {
        pair: i
        for i, pair in enumerate(dict.fromkeys(pair for read in ready for pair in read.pairs))
    }
    model = ready[0].unit.instruments.bart if ready else None
    if model is None or not place:
        return {}
    spots = {
        read.partial: np.array([place[pair] for pair in read.pairs]) for read in ready if read.pairs
    }
    values = np.full(len(place), np.nan)
    for partial, spot in spots.items():
        kept = load_partial(folder, partial, len(spot))
        values[spot[~np.isnan(kept)]] = kept[~np.isnan(kept)]
    pairs = list(place)
    # What an interrupted run left is not looked for elsewhere.
    wanted = {pairs[i] for i in np.flatnonzero(np.isnan(values))}
    unit, runs = ready[0].unit, [segments for read in ready for segments in read.runs]
    for pair, value in known_values(folder, unit.task, unit.instruments, runs, wanted).items():
        values[place[pair]] = value

    def keep(so_far: Floats) -> None:
        for partial, spot in spots.items():
            save_partial(folder, partial, so_far[spot])

    values = _timed(folder, engine, model, pairs, values, keep, meter.model, under)
    return dict(zip(pairs, values.tolist(), strict=True))


def _timed(
    folder: DataFolder,
    engine: Engine,
    model: BartIdentity,
    pairs: Sequence[Pair],
    known: Floats,
    keep: Callable[[Floats], None],
    advance: Callable[[float], None],
    under: Run,
) -> Floats:
    """Return all values; how long it took is kept for the next plan."""
    todo: Indices = np.flatnonzero(np.isnan(known))
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        advance(done / len(pairs))

    if len(todo):
        engine.prepare(model)
    begun = time.monotonic()
    values = engine.score(model, pairs, known, keep, count)
    seconds = time.monotonic() - begun
    if len(todo):
        # Of what was computed alone, else a reuse would look like a fast machine.
        flops = cost_of(model, [pairs[i] for i in todo]).flops
        record_rate(
            folder, Rate(under.id, model.fingerprint, engine.name, len(todo), flops, seconds)
        )
    return values


def _scores(
    folder: DataFolder, read: _Read, known: dict[Pair, float], under: Run, meter: _Meter
) -> Iterator[Score]:
    unit = read.unit
    for metric in unit.metrics:
        meter.assemble(unit, metric)
        items = [_items(metric, segments, unit.instruments, known) for segments in read.runs]
        scored = assemble(metric, read.runs, items, n_truncated=_n_truncated(metric, read))
        array = save_array(folder, scored.items)
        yield score_of(
            unit.submission.id,
            unit.task,
            metric.identity(unit.instruments),
            scored,
            array,
            under.id,
        )


def _items(
    metric: Metric, segments: Segments, instruments: Instruments, known: dict[Pair, float]
) -> Floats:
    if isinstance(metric, PairMetric):
        return with_presence(mean_of_pairs(metric.pairs(segments), known))
    return metric.measure(segments, instruments)


def _n_truncated(metric: Metric, read: _Read) -> int:
    """Return how many distinct texts of `metric` were cut to the model's length."""
    model = read.unit.instruments.bart
    if not isinstance(metric, PairMetric) or model is None:
        return 0
    texts = {text for pair in pairs_of([metric], read.runs) for text in pair}
    return truncated(model, sorted(texts))
