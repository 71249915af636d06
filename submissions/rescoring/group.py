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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from scoring.bartscore.runtime import OutOfMemoryError
from scoring.extraction import with_references_cut
from scoring.instruments import Instrument, Pair, model_key, titled
from scoring.metric import Metric, PairMetric, SpanMetric, combined, pairs_of, with_presence
from scoring.score import assemble
from scoring.segments import Example, Segments
from scoring.statistics.bootstrap import Floats, Indices
from submissions.rescoring.cost import cost_of
from submissions.rescoring.engines.local import Engine
from submissions.rescoring.pending import Group, Unit
from submissions.rescoring.reuse import known_items, known_spans, known_values, pairs_needed
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
        scores: To be committed together: all that it lacked, or where it failed those that do not
            depend on what failed.
        reason: Why it failed, in one line; empty where it did not.
        traceback: Where it failed.
        partials: Names of the partial values to drop once the scores are committed.
    """

    unit: Unit
    scores: tuple[Score, ...] = ()
    reason: str = ""
    traceback: str = ""
    partials: tuple[str, ...] = ()

    def forget_partial(self, folder: DataFolder) -> None:
        """Drop the partial values."""
        for name in self.partials:
            drop_partial(folder, name)


@dataclass
class _Meter:
    """How much of a group's work is done: what the model does, and measuring with intervals after
    it.
    """

    group: Group
    advance: Advance
    assembled: int = 0
    modelled: dict[str, float] = field(default_factory=dict)
    _steps: dict[str, int] = field(default_factory=dict)

    def model(self, kind: str, share: float) -> None:
        """Tell that a model has done that share of its pairs."""
        # Scoring a unit alone after a refusal begins anew, and progress never runs back.
        self.modelled[kind] = max(self.modelled.get(kind, 0.0), share)
        self._tell(titled(kind))

    def assemble(self, unit: Unit, metric: Metric) -> None:
        """Tell that a unit is being measured by a metric."""
        self._tell(f"{metric.title} with its interval, {unit}")
        self.assembled += unit.task_size

    def _to_model(self, kind: str) -> int:
        """Return the steps of all units that a model of a kind has to do."""
        if kind not in self._steps:
            sizes = (unit.task_size * len(unit.needing(kind)) for unit in self.group.units)
            self._steps[kind] = sum(sizes)
        return self._steps[kind]

    def _tell(self, doing: str) -> None:
        modelled = sum(share * self._to_model(kind) for kind, share in self.modelled.items())
        done = self.assembled + modelled
        self.advance(doing, min(1.0, done / max(1, self.group.steps)))


@dataclass(frozen=True)
class _Read:
    """A unit with its outputs, and for each kind of model its distinct pairs."""

    unit: Unit
    runs: tuple[Segments, ...]
    pairs: Mapping[str, tuple[Pair, ...]]

    @cached_property
    def partials(self) -> Mapping[str, str]:
        """Kind -> the name of its partial values: the submission, and a hash of the model and the
        pairs.
        """
        return {kind: self._partial(kind) for kind in self.pairs}

    def _partial(self, kind: str) -> str:
        model = self.unit.instruments.usable(kind)
        digest = hashlib.sha256(repr(model_key(model)).encode())
        for pair in self.pairs[kind]:
            digest.update(repr(pair).encode())
        return f"{self.unit.submission.id}.{digest.hexdigest()[:32]}"


@dataclass(frozen=True)
class _Known:
    """What models say of the pairs of some units.

    Attributes:
        outputs: Kind -> pair -> (outputs,).
        failed: Kind -> why its model could not say anything.
        items: Submission -> metric -> for each repetition (n,) values that are known without the
            examples' pairs, NaN elsewhere.
    """

    outputs: Mapping[str, Mapping[Pair, Floats]]
    failed: Mapping[str, Exception]
    items: Mapping[str, Mapping[str, Sequence[Floats]]]


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
    if not ready:
        return
    try:
        known = _known(folder, ready, engine, under, meter)
        refused = bool(known.failed)
    except StoreTrouble:
        raise
    except Exception as error:
        known, refused = _Known({}, dict.fromkeys(ready[0].unit.kinds, error), {}), True
    # Alone it is to blame; together any of them may be.
    if refused and len(ready) > 1:
        for alone in ready:
            yield from _score_read(folder, [alone], engine, under, meter)
        return
    for read in ready:
        try:
            yield _outcome(folder, read, known, under, meter)
        except StoreTrouble:
            raise
        except Exception as error:
            yield _failed(read.unit, error)


def _outcome(folder: DataFolder, read: _Read, known: _Known, under: Run, meter: _Meter) -> Outcome:
    """Return the scores of the metrics whose models, if they need one, did their work; and why
    others have none.
    """
    scores = tuple(_scores(folder, read, known, under, meter))
    done = tuple(name for kind, name in read.partials.items() if kind not in known.failed)
    for error in known.failed.values():
        return replace(_failed(read.unit, error), scores=scores, partials=done)
    return Outcome(read.unit, scores, partials=done)


def _failed(unit: Unit, error: Exception) -> Outcome:
    # Another machine may have the memory, so it is tried again there, after a while.
    short = isinstance(error, (MemoryError, OutOfMemoryError))
    kind = f"{MEMORY} on the worker's machine" if short else type(error).__name__
    reason = f"{kind}: {error}".splitlines()[0]
    return Outcome(unit, reason=reason, traceback="".join(traceback.format_exception(error)))


def _read(folder: DataFolder, unit: Unit, examples: Sequence[Example]) -> _Read:
    path = folder.outputs(unit.submission.outputs)
    runs = tuple(stored_segments(path, unit.task, examples))
    pairs = {kind: tuple(pairs_of(unit.needing(kind), runs)) for kind in unit.kinds}
    return _Read(unit, runs, {kind: each for kind, each in pairs.items() if each})


def _known(
    folder: DataFolder, ready: Sequence[_Read], engine: Engine, under: Run, meter: _Meter
) -> _Known:
    """Return what models say of all pairs that are needed."""
    items = known_items(
        folder,
        ready[0].unit.task,
        ready[0].unit.instruments,
        {read.unit.submission.id: (read.unit.pair_metrics, read.runs) for read in ready},
    )
    outputs: dict[str, dict[Pair, Floats]] = {}
    failed: dict[str, Exception] = {}
    for kind in dict.fromkeys(kind for read in ready for kind in read.pairs):
        try:
            outputs[kind] = _model_values(folder, kind, ready, items, engine, under, meter)
        except StoreTrouble:
            raise
        # One model's trouble withholds nothing of what needs another, or none.
        except Exception as error:
            failed[kind] = error
    return _Known(outputs, failed, items)


def _model_values(
    folder: DataFolder,
    kind: str,
    ready: Sequence[_Read],
    items: Mapping[str, Mapping[str, Sequence[Floats]]],
    engine: Engine,
    under: Run,
    meter: _Meter,
) -> dict[Pair, Floats]:
    """Return what a model says of every distinct pair that is needed.

    What was kept, or scored for another submission, is not computed again.
    """
    reads = [read for read in ready if kind in read.pairs]
    model = reads[0].unit.instruments.usable(kind)
    pairs = list(dict.fromkeys(pair for read in reads for pair in read.pairs[kind]))
    place = {pair: i for i, pair in enumerate(pairs)}
    spots = {
        read.partials[kind]: np.array([place[pair] for pair in read.pairs[kind]]) for read in reads
    }
    values = np.full((len(place), len(model.outputs)), np.nan)
    for name, spot in spots.items():
        kept = load_partial(folder, name, (len(spot), len(model.outputs)))
        whole = ~np.isnan(kept).any(axis=1)
        values[spot[whole]] = kept[whole]
    needed = np.zeros(len(pairs), dtype=bool)
    for read in reads:
        known = items[read.unit.submission.id]
        asked = pairs_needed(read.unit.needing(kind), read.runs, known)
        needed[[place[pair] for pair in asked]] = True
    # What an interrupted run left is not looked for elsewhere.
    wanted = {pairs[i] for i in np.flatnonzero(np.isnan(values).any(axis=1) & needed)}
    runs = [segments for read in reads for segments in read.runs]
    for pair, held in known_values(folder, reads[0].unit.task, model, runs, wanted).items():
        values[place[pair]] = held

    def keep(so_far: Floats) -> None:
        all_so_far = values.copy()
        all_so_far[needed] = so_far
        for name, spot in spots.items():
            save_partial(folder, name, all_so_far[spot])

    left = [pairs[i] for i in np.flatnonzero(needed)]
    if left:
        values[needed] = made = _timed(
            folder, engine, model, left, values[needed], keep, partial(meter.model, kind), under
        )
        # Other models' work is still to come, and may be interrupted.
        keep(made)
    return dict(zip(pairs, values, strict=True))


def _timed(
    folder: DataFolder,
    engine: Engine,
    model: Instrument,
    pairs: Sequence[Pair],
    known: Floats,
    keep: Callable[[Floats], None],
    advance: Callable[[float], None],
    under: Run,
) -> Floats:
    """Return all values; how long it took is kept for the next plan."""
    todo: Indices = np.flatnonzero(np.isnan(known).any(axis=1))
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
    folder: DataFolder, read: _Read, known: _Known, under: Run, meter: _Meter
) -> Iterator[Score]:
    unit = read.unit
    for metric in unit.metrics:
        if metric.needs in known.failed:
            continue
        meter.assemble(unit, metric)
        items = _items(metric, read, known)
        scored = assemble(metric, read.runs, items, n_truncated=_n_truncated(metric, read))
        array = save_array(folder, scored.items, _spans(folder, metric, read, known))
        yield score_of(
            unit.submission.id,
            unit.task,
            metric.identity(unit.instruments),
            scored,
            array,
            under.id,
            len(read.runs),
        )


def _items(metric: Metric, read: _Read, known: _Known) -> list[Floats]:
    if not isinstance(metric, PairMetric):
        return metric.measure_runs(read.runs, read.unit.instruments)
    return [
        _pair_items(metric, read.unit, repetition, segments, known)
        for repetition, segments in enumerate(read.runs)
    ]


def _pair_items(
    metric: PairMetric, unit: Unit, repetition: int, segments: Segments, known: _Known
) -> Floats:
    pairs = metric.pairs(segments)
    held = known.items.get(unit.submission.id, {}).get(metric.name)
    values = np.full(len(segments), np.nan) if held is None else held[repetition]
    left = [item if np.isnan(value) else () for item, value in zip(pairs, values, strict=True)]
    made = combined(metric, left, known.outputs.get(metric.needs, {}))
    return with_presence(np.where(np.isnan(made), values, made))


def _spans(folder: DataFolder, metric: Metric, read: _Read, known: _Known) -> Floats | None:
    """Return (repetitions, n, parts, fields) what a metric knows of parts of texts, NaN for none.

    None of a metric that knows no parts, or of texts that have none.
    """
    if not isinstance(metric, SpanMetric):
        return None
    outputs = known.outputs.get(metric.needs, {})
    parts: dict[tuple[int, int], Floats] = {}
    for repetition, segments in enumerate(read.runs):
        texts = zip(metric.hypotheses(segments), metric.pairs(segments), strict=True)
        for place, (text, pairs) in enumerate(texts):
            if pairs and text is not None:
                values = np.array([outputs[pair] for pair in pairs])
                parts[repetition, place] = metric.spans(text, pairs, values)
    unknown = [place for place, rows in parts.items() if np.isnan(rows).any()]
    model = read.unit.instruments.usable(metric.needs)
    parts |= known_spans(folder, read.unit.task, metric, model, read.runs, unknown)
    return _padded(parts, (len(read.runs), len(read.runs[0])))


def _padded(parts: Mapping[tuple[int, int], Floats], size: tuple[int, int]) -> Floats | None:
    most = max((len(rows) for rows in parts.values()), default=0)
    if not most:
        return None
    fields = max(rows.shape[1] for rows in parts.values())
    spans = np.full((*size, most, fields), np.nan)
    for place, rows in parts.items():
        spans[place][: len(rows)] = rows
    return spans


def _n_truncated(metric: Metric, read: _Read) -> int:
    """Return how many distinct texts of `metric` were cut to the model's length."""
    if not isinstance(metric, PairMetric):
        return 0
    pairs = pairs_of([metric], read.runs)
    return read.unit.instruments.usable(metric.needs).count_cut(pairs)
