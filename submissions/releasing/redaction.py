"""Redacted examples count for no system: whichever was scored before the redaction, and whichever
came after.

A score is never changed, and one that was made before a post was taken down includes it. What came
later could not be asked about it. So that all numbers of a column are of the same examples, a
release states each score without them: its statistics with their rows emptied, put together anew,
and a signature that says so.

Where one item is of several posts, whoever came before a redaction was asked about others than
whoever came after, and which those were nobody can tell any more: of such a metric nothing is said on
that task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scoring.metric import Metric
from scoring.metrics.correctness import CorrectnessMetric
from scoring.metrics.margins import Margins
from scoring.score import assemble
from scoring.segments import Example, Reading, Segments
from scoring.statistics.bootstrap import Bools
from scoring.tasks import Task
from submissions.releasing.named_alike import named_alike
from submissions.store.files.arrays import load_array, load_spans, save_array
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import FEWEST, Score

UNTOLD = "a post was taken down: which others were like it cannot be told any more"


def redacted(examples: Sequence[Example]) -> Bools:
    """Return (n,) which examples were taken down."""
    return np.array([example.redacted for example in examples], dtype=np.bool_)


def large_enough(examples: Sequence[Example]) -> bool:
    """Return whether a task has examples enough, of those that stand, for any system to have a
    value on it.
    """
    return int((~redacted(examples)).sum()) >= FEWEST


def suffix(hidden: Bools) -> str:
    """Return what a signature says of them."""
    return f"|redacted:{int(hidden.sum())}" if hidden.any() else ""


def without_redacted(
    folder: DataFolder, task: Task, examples: Sequence[Example], score: Score, metric: Metric
) -> Score:
    """Return `score` of the examples that stand; itself where all of them do.

    Args:
        folder: Where the statistics are, and where those without the redacted examples go.
        task: The task.
        examples: All of the task's.
        score: Of one metric of one submission.
        metric: The metric.
    """
    hidden = redacted(examples)
    if not hidden.any():
        return score
    items = load_array(folder, score.array)
    # A row of zeros is an item without a value, to every metric.
    items[:, hidden] = 0
    if metric.of_several_posts:
        items[:] = 0
    spans = load_spans(folder, score.array)
    if spans is not None:
        spans[:, hidden] = np.nan
    standing = tuple(example for example, gone in zip(examples, hidden, strict=True) if not gone)
    standing_score = assemble(
        metric, [unread(task, standing)] * len(items), list(items[:, ~hidden])
    )
    # Which of them were unparsed is told by the table of answers, where the metric has one.
    unparsed = min(score.n_unparsed, len(standing))
    if isinstance(metric, CorrectnessMetric):
        margins = Margins.read(items.sum(axis=1), task)
        unparsed = round(float((margins.total - margins.parsed).max()))
    stated = named_alike(standing_score, Score) | {
        "n_unparsed": unparsed,
        "n_refused": _at_most(score.n_refused, unparsed),
        "n_cut_off": _at_most(score.n_cut_off, unparsed),
        "n_truncated": score.n_truncated,  # nobody counts again which texts were cut
        "array": save_array(folder, items, spans),
        "signature": score.signature + suffix(hidden),
    }
    if metric.of_several_posts:
        stated["interval"] = UNTOLD
    return replace(score, **stated)


def _at_most(count: int | None, most: int) -> int | None:
    return None if count is None else min(count, most)


def unread(task: Task, examples: tuple[Example, ...]) -> Segments:
    """Return examples without outputs: all that putting stored statistics together needs."""
    nothing = Reading(label=None, rule=None, reason="not read", explanation=None)
    return Segments(task, examples, (None,) * len(examples), (nothing,) * len(examples))
