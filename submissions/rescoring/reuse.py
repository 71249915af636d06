"""Values that were computed before: a resubmission that changes 1% of its outputs costs about 1%.

There is no second store. The arrays of scores hold a value an example; the file of outputs beside
each holds a hash a row. Where another submission's row of the same task has the same text, its
value under the same identity is the value: the task's own texts are pinned by its revision, the
model by its fingerprint.

A value that is simply all that a model says of a pair is that pair's for every metric
(`known_values`): BARTScore's F is found in the columns of its two directions. Of other metrics an
example's value is taken as it is (`known_items`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TypeVar

import numpy as np

from scoring.instruments import Instrument, Instruments, Pair
from scoring.metric import PairMetric
from scoring.metrics import metrics_with
from scoring.segments import Example, Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from submissions.store.files.arrays import load_array, load_spans
from submissions.store.files.damage import DamagedFile
from submissions.store.files.outputs import (
    HASHES,
    OutputsError,
    segments,
    stored_hashes,
    text_hash,
)
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import arrays_under
from submissions.store.submitted.submissions import Submission, submissions

Wanted = TypeVar("Wanted")
Unmeasured = tuple[Sequence[PairMetric], Sequence[Segments]]
Hashes = list[tuple[str, bytes | None]]
"""Of one run: each example's id, and the hash of what was written about it."""
Row = tuple[str, bytes]
"""An example's id and the hash of what was written about it."""


def known_values(
    folder: DataFolder,
    task: Task,
    model: Instrument,
    runs: Sequence[Segments],
    wanted: set[Pair],
) -> dict[Pair, Floats]:
    """Return what stored arrays hold of `wanted` pairs.

    Args:
        folder: The data.
        task: Whose.
        model: What the values must have been measured with.
        runs: The outputs that the pairs come from, of one or of many systems.
        wanted: The pairs.

    Returns:
        Pair -> (outputs,) of those of which all is held; the others are to be computed.
    """
    values = {pair: np.full(len(model.outputs), np.nan) for pair in wanted}
    store = _Store(folder, task)
    for metric in metrics_with(Instruments(model)) if wanted and runs else ():
        # Each of a model's metrics holds other pairs, or another of their numbers.
        if not isinstance(metric, PairMetric) or metric.needs != model.kind:
            continue
        if not metric.applies_to(task) or metric.output is None:
            continue
        lacking = {pair for pair, held in values.items() if np.isnan(held[metric.output])}
        rows = _rows(metric, runs, lacking)
        for pair, value in store.held(metric, model, runs, rows):
            values[pair][metric.output] = value
    return {pair: held for pair, held in values.items() if not np.isnan(held).any()}


def known_items(
    folder: DataFolder,
    task: Task,
    instruments: Instruments,
    units: Mapping[str, Unmeasured],
) -> dict[str, dict[str, list[Floats]]]:
    """Return what stored arrays hold of examples whose values do not say their pairs' numbers.

    Args:
        folder: The data.
        task: Whose.
        instruments: What the values must have been measured with.
        units: Submission -> metrics that it is to be measured with, and its outputs.

    Returns:
        Submission -> metric -> for each run (n,) values, NaN for those not held; nothing of metrics
        whose pairs' numbers are held (see `known_values`).
    """
    values: dict[str, dict[str, list[Floats]]] = {name: {} for name in units}
    metrics = {metric.name: metric for wanted, _ in units.values() for metric in wanted}
    store = _Store(folder, task)
    for metric in metrics.values():
        model = instruments.usable(metric.needs)
        if _tells_its_pairs(metric, model):
            continue
        rows: dict[Row, list[tuple[Floats, int]]] = {}
        for name, (wanted, runs) in units.items():
            if metric in wanted:
                own = values[name][metric.name] = [np.full(len(run), np.nan) for run in runs]
                _want(rows, metric, runs, own)
        # All units' together, or each would read what all systems before it have stored.
        all_runs = next(runs for wanted, runs in units.values() if metric in wanted)
        for places, value in store.held(metric, model, all_runs, rows):
            for own_values, place in places:
                own_values[place] = value
    return values


def _want(
    rows: dict[Row, list[tuple[Floats, int]]],
    metric: PairMetric,
    runs: Sequence[Segments],
    values: Sequence[Floats],
) -> None:
    """Add to `rows` what is to be looked for, with the places that it is for."""
    for run, own in zip(runs, values, strict=True):
        texts = metric.hypotheses(run)
        for place, (example, text) in enumerate(zip(run.examples, texts, strict=True)):
            if (hashed := text_hash(text)) is not None:
                rows.setdefault((example.example_id, hashed), []).append((own, place))


def _tells_its_pairs(metric: PairMetric, model: Instrument) -> bool:
    """Return whether a pair's value under the metric is all that the model says of it."""
    return metric.output is not None and len(model.outputs) == 1


def known_spans(
    folder: DataFolder,
    task: Task,
    metric: PairMetric,
    model: Instrument,
    runs: Sequence[Segments],
    wanted: Iterable[tuple[int, int]],
) -> dict[tuple[int, int], Floats]:
    """Return what stored arrays hold of parts of texts whose values were not computed again.

    Args:
        folder: The data.
        task: Whose.
        metric: Which.
        model: What the values must have been measured with.
        runs: The outputs.
        wanted: The repetition and place of each text.

    Returns:
        Repetition and place -> (parts, fields), of those that are held.
    """
    hypotheses = [metric.hypotheses(run) for run in runs]
    rows: dict[Row, list[tuple[int, int]]] = {}
    for repetition, place in wanted:
        hashed = text_hash(hypotheses[repetition][place])
        if hashed is not None:
            example = runs[repetition].examples[place].example_id
            rows.setdefault((example, hashed), []).append((repetition, place))
    held = _Store(folder, task).held(metric, model, runs, rows, _stored_spans)
    return {
        place: spans[~np.isnan(spans).all(axis=-1)] for places, spans in held for place in places
    }


def pairs_needed(
    metrics: Iterable[PairMetric], runs: Sequence[Segments], known: Mapping[str, Sequence[Floats]]
) -> list[Pair]:
    """Return the distinct pairs of examples whose values are not known without them, in order.

    Args:
        metrics: Of one kind of model.
        runs: The outputs.
        known: From `known_items`.
    """
    needed: dict[Pair, None] = {}
    for metric in metrics:
        held = known.get(metric.name)
        for repetition, run in enumerate(runs):
            for row, pairs in enumerate(metric.pairs(run)):
                if held is None or np.isnan(held[repetition][row]):
                    needed |= dict.fromkeys(pairs)
    return list(needed)


def _stored_values(folder: DataFolder, array: str) -> Floats:
    """Return (repetitions, n) values, NaN for none."""
    items = load_array(folder, array)
    return np.where(items[..., 1] > 0, items[..., 0], np.nan)


def _stored_spans(folder: DataFolder, array: str) -> Floats:
    """Return (repetitions, n, parts, fields) what is known of parts, NaN for none."""
    spans = load_spans(folder, array)
    return np.full((*load_array(folder, array).shape[:2], 1, 1), np.nan) if spans is None else spans


class _Store:
    """What a task's submissions have stored; the hashes of each file are read once."""

    def __init__(self, folder: DataFolder, task: Task) -> None:
        self._folder, self._task = folder, task
        self._hashes: dict[tuple[str, str], list[Hashes]] = {}

    @cached_property
    def _written(self) -> dict[str, Submission]:
        named = submissions(self._folder, self._task.benchmark)
        return {submission.id: submission for submission in named}

    def held(
        self,
        metric: PairMetric,
        model: Instrument,
        runs: Sequence[Segments],
        rows: dict[Row, Wanted],
        stored: Callable[[DataFolder, str], Floats] = _stored_values,
    ) -> Iterator[tuple[Wanted, Floats]]:
        """Yield what arrays of a metric hold of rows that are wanted; empties `rows` of them."""
        if not rows:
            return
        identity = metric.identity(Instruments(model))
        arrays = arrays_under(self._folder, self._task, identity)
        for submission, array in arrays.items():
            hashes = self._hashes_of(submission, runs[0].examples, metric, identity.text)
            for row, value in _values(partial(stored, self._folder, array), hashes, rows):
                # Held once is enough: equal texts have equal values.
                yield rows.pop(row), value
            if not rows:
                return

    def _hashes_of(
        self, submission: str, examples: Sequence[Example], metric: PairMetric, text: str
    ) -> list[Hashes]:
        key = (submission, text)
        if key not in self._hashes:
            self._hashes[key] = _hashes(
                self._folder, self._written[submission], self._task, examples, metric, text
            )
        return self._hashes[key]


def _rows(metric: PairMetric, runs: Sequence[Segments], wanted: set[Pair]) -> dict[Row, Pair]:
    """Return what to look for: the rows whose value under `metric` is that of one wanted pair."""
    rows = {}
    for run in runs if wanted else ():
        for example, text, pairs in zip(
            run.examples, metric.hypotheses(run), metric.pairs(run), strict=True
        ):
            hashed = text_hash(text)
            # A mean of two pairs cannot be taken apart.
            if len(pairs) == 1 and pairs[0] in wanted and hashed is not None:
                rows[example.example_id, hashed] = pairs[0]
    return rows


def _values(
    stored: Callable[[], Floats],
    hashes: Sequence[Sequence[tuple[str, bytes | None]]],
    rows: Mapping[Row, object],
) -> Iterator[tuple[Row, Floats]]:
    """Yield what an array holds of the rows that are looked for, each once."""
    hits = {
        (example_id, hashed): (repetition, place)
        for repetition, run in enumerate(hashes)
        for place, (example_id, hashed) in enumerate(run)
        if hashed is not None and (example_id, hashed) in rows
    }
    try:
        values = stored() if hits else np.empty((0, 0))
    except DamagedFile:  # another's: no reason to fail whoever looks here for values
        return
    for row, (repetition, place) in hits.items():
        value = values[repetition, place]
        if not np.isnan(value).all():
            yield row, value


def _hashes(
    folder: DataFolder,
    submission: Submission,
    task: Task,
    examples: Sequence[Example],
    metric: PairMetric,
    text: str,
) -> list[list[tuple[str, bytes | None]]]:
    """Return for each repetition the examples in the arrays' order with the hash of what was
    written.
    """
    path = folder.outputs(submission.outputs)
    try:
        stored = stored_hashes(path, task.id, text) if text in HASHES else None
        # Files from before hashes were kept beside the rows.
        if stored is None:
            stored = [_hashed(run, metric) for run in segments(path, task, examples)]
    except OutputsError:  # no reason to fail whoever looks here for values
        return []
    return [
        [(example.example_id, hashes.get(example.example_id)) for example in examples]
        for hashes in stored
    ]


def _hashed(run: Segments, metric: PairMetric) -> dict[str, bytes | None]:
    texts = metric.hypotheses(run)
    return {
        example.example_id: text_hash(text)
        for example, text in zip(run.examples, texts, strict=True)
    }
