"""When a system counts on a task: releases and the site's own means go by the same rule.

Coverage is about what a system gave: the outputs, answers or explanations that are there, and not
what a metric could say of them. An explanation that names no label is there, though
label-explanation agreement has no value for it; what even the fullest system of the board lacks
cannot be had. A system that explains two posts of forty, and those well, is not covered, whatever
it scores; nor is one that leaves half of its answers unparsed by a metric that takes these out. What
may be sent and need not be, a confidence or evidence (`Metric.optional`), can be had of every
example: there a system is held against all of the task's, or who sends it for the rows that suit
alone, and is alone in sending it, would lead. How few examples with a value are too few is
`submissions.store.scored.scores.FEWEST`, for every metric.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from scoring.metric import Metric
from scoring.metrics import METRICS
from scoring.tasks import Task
from submissions.store.released.scored_rows import CellRow
from submissions.store.scored.scores import Score

Place = tuple[str, str]
"""A system and a task."""
CurrentScores = Mapping[tuple[str, str, str], Score]
"""(system, task, metric) -> its score under the current identity."""

ENOUGH = 0.95
"""The share of the fullest system's examples, or by an optional metric of all, from which on a task
counts as covered.
"""
OPTIONAL = frozenset(metric.name for metric in METRICS if metric.optional)
"""Metrics of what may be sent and need not be."""


def concerns(metric: Metric, task: Task, valued: Collection[str]) -> bool:
    """Return whether a metric means anything on a task of a board.

    Args:
        metric: Which.
        task: Which.
        valued: Ids of the tasks on which some system has a value of it.
    """
    return metric.applies_to(task) and (not metric.of_some_tasks or task.id in valued)


def given(scores: CurrentScores, score: Score, counted_by: str) -> int:
    """Count the examples on which a system gave what a metric reads.

    Args:
        scores: All of the board's.
        score: Of the metric.
        counted_by: The metric's; see `scoring.metric.Metric`.
    """
    # The metric that counts may not be scored yet; its own count is the next best.
    counting = scores.get((score.submission, score.task, counted_by), score)
    return counting.n


def enough(fullest: float) -> float:
    """Return the least number of examples that covers a task.

    Args:
        fullest: How many the system with the most has; by an optional metric, how many there are.
    """
    return ENOUGH * fullest


def thin(counts: Mapping[Place, int], examples: Mapping[str, int] = {}) -> frozenset[Place]:
    """Return the places where too little is there.

    Args:
        counts: On how many examples a system gave what the metric reads, wherever it was scored.
        examples: Of an optional metric, task -> how many it has; of any other nothing, since there
            a task has as many as the fullest system.
    """
    fullest = dict(examples)
    for (_, task), n in counts.items():
        fullest[task] = max(fullest.get(task, 0), n)
    return frozenset(place for place, n in counts.items() if n < enough(fullest[place[1]]))


def thin_cells(cells: Iterable[CellRow]) -> frozenset[Place]:
    """Return the places of one metric's cells in a release where too little is there."""
    cells = list(cells)
    counts = {(cell.system, cell.task): cell.covered_by for cell in cells}
    return thin(counts, examples_of(cell for cell in cells if cell.metric in OPTIONAL))


def examples_of(scores: Iterable[Score | CellRow]) -> dict[str, int]:
    """Return how many examples each task has, those that were redacted not counted."""
    examples: dict[str, int] = {}
    for score in scores:
        examples[score.task] = max(examples.get(score.task, 0), score.n + score.n_absent)
    return examples
