"""What a release states, by the names under which the next one states it too.

Ids of submissions tell versions apart; a system is compared with its other versions, so it is found
by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from submissions.store.released.rated_rows import ValidityRow
from submissions.store.released.release_rows import ReleaseContent
from submissions.store.released.scored_rows import CellRow, OverallRow

K = TypeVar("K", bound=tuple[str, ...])
T = TypeVar("T")

TAG = "tag"
"""The attribute under which a release breaks results down by a maintainer's tags."""
BLANK = "blank"

SystemName = tuple[str, str]
"""A benchmark, and a system's name on it."""
CellName = tuple[str, str, str, str]
"""The same, a task and a metric."""
MeanName = tuple[str, str, str]
"""A benchmark, a system's name and a metric."""
Rated = tuple[str, str]
"""A set of ratings and a rated system, or "pooled"."""
Figure = tuple[str, str, str]
"""Aspect, metric and measure."""


class ByName:
    """A release's content by name.

    Args:
        content: The release's.
    """

    def __init__(self, content: ReleaseContent) -> None:
        self.content = content
        self.names = {system.id: system.system for system in content.systems}
        self.ids = {system.id: system for system in content.systems}
        self.systems = {(system.benchmark, system.system): system for system in content.systems}
        self.tasks = {task.id: task for task in content.tasks}
        self.metrics = {(metric.benchmark, metric.name): metric for metric in content.metrics}
        self.protocols = {protocol.id: protocol for protocol in content.protocols}
        self.rating_sets = {ratings.name: ratings for ratings in content.rating_sets}

    @cached_property
    def cells(self) -> Mapping[CellName, CellRow]:
        """Values, blanks among them."""
        return {
            (self.ids[cell.system].benchmark, self.names[cell.system], cell.task, cell.metric): cell
            for cell in self.content.cells
        }

    @cached_property
    def means(self) -> Mapping[MeanName, OverallRow]:
        """Means over tasks."""
        return {
            (row.benchmark, self.names[row.system], row.metric): row for row in self.content.overall
        }

    @cached_property
    def tagged(self) -> Mapping[tuple[str, str], int]:
        """(task, tag) -> on how many examples."""
        counts: dict[tuple[str, str], int] = {}
        for row in self.content.breakdowns:
            if row.attribute == TAG:
                key = (row.task, row.attribute_value)
                # A metric has no value on every example: the one with most tells how many are
                # tagged.
                counts[key] = max(counts.get(key, 0), row.n)
        return counts

    @cached_property
    def rated(self) -> Mapping[Rated, Mapping[Figure, ValidityRow]]:
        """Validity by what was rated."""
        figures: dict[Rated, dict[Figure, ValidityRow]] = {}
        for row in self.content.validity:
            figure = (row.aspect, row.metric, row.measure)
            figures.setdefault((row.ratings, row.system), {})[figure] = row
        return figures


def altered(old: Mapping[K, T], new: Mapping[K, T]) -> Iterator[tuple[K, T, T]]:
    """Yield what stands in both of two releases and differs, by name: the name, what it was and
    what it is.
    """
    for key in sorted(old.keys() & new.keys()):
        if old[key] != new[key]:
            yield key, old[key], new[key]


def told_number(value: float | None) -> str:
    """Return a value as changes quote it: with more digits than are shown, so that what moved is
    seen to.
    """
    return BLANK if value is None else f"{value:.6f}"
