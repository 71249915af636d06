"""Values that were computed before: a resubmission that changes 1% of its outputs costs about 1%.

There is no second store. The arrays of scores hold a value an example; the file of outputs beside
each holds a hash a row. Where another submission's row of the same task has the same text, its
value under the same identity is the value: the task's own texts are pinned by its revision, the
model by its fingerprint.

A value made of several pairs (`f`) cannot be taken apart; its pairs are found in the columns of the
directions it is made from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scoring.metric import Instruments, Pair, PairMetric
from scoring.metrics import METRICS
from scoring.segments import Example, Segments
from scoring.tasks import Task
from submissions.store.files.arrays import load_array
from submissions.store.files.damage import DamagedFile
from submissions.store.files.outputs import OutputsError, segments, stored_hashes, text_hash
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import arrays_under
from submissions.store.submitted.submissions import Submission, submissions

Row = tuple[str, bytes]
"""An example's id and the hash of what was written about it."""


def known_values(
    folder: DataFolder,
    task: Task,
    instruments: Instruments,
    runs: Sequence[Segments],
    wanted: set[Pair],
) -> dict[Pair, float]:
    """Return values of `wanted` pairs that stored arrays hold.

    Args:
        folder: The data.
        task: Whose.
        instruments: What the values must have been measured with.
        runs: The outputs that the pairs come from, of one or of many systems.
        wanted: The pairs.

    Returns:
        Those found; the others are to be computed.
    """
    values: dict[Pair, float] = {}
    if instruments.bart is None or not wanted or not runs:
        return values
    written = {submission.id: submission for submission in submissions(folder, task.benchmark)}
    for metric in METRICS:
        # Each of the model's metrics holds another direction's pairs.
        if isinstance(metric, PairMetric) and metric.applies_to(task):
            rows = _rows(metric, runs, wanted - values.keys())
            identity = metric.identity(instruments)
            for submission, array in arrays_under(folder, task, identity).items() if rows else ():
                hashes = _hashes(
                    folder, written[submission], task, runs[0].examples, metric, identity.text
                )
                for row, value in _values(folder, array, hashes, rows):
                    # Found once is enough: equal texts have equal values.
                    values[rows.pop(row)] = value
    return values


def _rows(metric: PairMetric, runs: Sequence[Segments], wanted: set[Pair]) -> dict[Row, Pair]:
    """Return what to look for: the rows whose value under `metric` is that of one wanted pair."""
    rows = {}
    for run in runs:
        for example, text, pairs in zip(
            run.examples, metric.hypotheses(run), metric.pairs(run), strict=True
        ):
            hashed = text_hash(text)
            # A mean of two pairs cannot be taken apart.
            if len(pairs) == 1 and pairs[0] in wanted and hashed is not None:
                rows[example.example_id, hashed] = pairs[0]
    return rows


def _values(
    folder: DataFolder,
    array: str,
    hashes: Sequence[Sequence[tuple[str, bytes | None]]],
    rows: dict[Row, Pair],
) -> Iterator[tuple[Row, float]]:
    """Yield what an array holds of the rows that are looked for, each once."""
    hits = {
        (example_id, hashed): (repetition, place)
        for repetition, run in enumerate(hashes)
        for place, (example_id, hashed) in enumerate(run)
        if hashed is not None and (example_id, hashed) in rows
    }
    try:
        items = load_array(folder, array) if hits else np.empty((0, 0, 2))
    except DamagedFile:  # another's: no reason to fail whoever looks here for values
        return
    for row, (repetition, place) in hits.items():
        value, present = items[repetition, place]
        if present:
            yield row, float(value)


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
        stored = stored_hashes(path, task.id, text)
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
