"""How each system's answers change with what they should not rest on: a task and its counterfactual,
paired by origin.

Of each system that answered both, over all pairs, each axis and each rule: the share of labels that
flip, the change of the share of right labels, and of every explanation metric that both were scored
by alike. Unparsed answers have no label to compare, and are counted as absent. Of several
repetitions the first ones' labels are compared, and values are means over all. Where there are several rules of one axis, these
are groups, and the group that loses most of the share of right labels is named
(`scoring.counterfactuals.changes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scoring.counterfactuals import (
    AXIS,
    FORM,
    RULE,
    WORST,
    MeanChange,
    Pair,
    changes,
    flips,
    origin_of,
    worst_gap,
)
from scoring.score import SEED
from scoring.segments import Example
from scoring.tasks import Task
from submissions.releasing.coverage import CurrentScores
from submissions.releasing.itemwise import RIGHTNESS, item_scores
from submissions.store.files.outputs import OutputsError, segments
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import CounterfactualRow
from submissions.store.scored.scores import FEWEST, too_few
from submissions.store.submitted.submissions import Submission

FLIPS = "counterfactual_flip_rate"
ALL = ""
"""The axis, and the change, of a row over all of them."""

Values = Sequence[float | None]


@dataclass(frozen=True)
class CounterfactualPair:
    """A counterfactual task beside its origin.

    Attributes:
        task: The counterfactual task.
        origin: The task that it was made from.
        examples: Its gold.
        origins: For each example the place of its origin; those without one are left out of both.
        before: The origin's gold.
    """

    task: Task
    origin: Task
    examples: tuple[Example, ...]
    origins: tuple[int | None, ...]
    before: tuple[Example, ...]

    @classmethod
    def of(
        cls, task: Task, origin: Task, examples: Sequence[Example], before: Sequence[Example]
    ) -> CounterfactualPair:
        """Pair a task with its origin."""
        places = {example.example_id: place for place, example in enumerate(before)}
        placed = (
            None if example.redacted else places.get(origin_of(example.example_id))
            for example in examples
        )
        return cls(task, origin, tuple(examples), tuple(placed), tuple(before))

    def pairs(self, before: Values, after: Values) -> list[Pair]:
        """Return a pair for each example that has an origin.

        Args:
            before: A value of each example of the origin.
            after: The same of the counterfactual task.
        """
        return [
            Pair(example.post_id, example.attributes.get(RULE, ""), before[place], value)
            for example, place, value in zip(self.examples, self.origins, after, strict=True)
            if place is not None
        ]

    @cached_property
    def axes(self) -> Mapping[str, str]:
        """The axis of each rule of the task."""
        return {
            example.attributes.get(RULE, ""): example.attributes.get(AXIS, "")
            for example in self.examples
        }


def counterfactual_rows(
    folder: DataFolder,
    pair: CounterfactualPair,
    systems: Sequence[Submission],
    metrics: Sequence[str],
    scores: CurrentScores,
) -> Iterator[CounterfactualRow]:
    """Yield what a counterfactual task shows of every system of its board.

    Args:
        folder: Where outputs and arrays are.
        pair: The two tasks.
        systems: The board's.
        metrics: Names of the explanation metrics.
        scores: The board's current ones.
    """
    for system in systems:
        yield from _System(folder, pair, system, scores).rows(metrics)


class _System:
    """One system's answers to both tasks."""

    def __init__(
        self,
        folder: DataFolder,
        pair: CounterfactualPair,
        system: Submission,
        scores: CurrentScores,
    ) -> None:
        self._folder, self._pair, self._system, self._scores = folder, pair, system, scores

    def rows(self, metrics: Sequence[str]) -> Iterator[CounterfactualRow]:
        """Yield its rows; one that says why, where it did not answer both."""
        missing = [
            task.id
            for task in (self._pair.origin, self._pair.task)
            if task.id not in self._system.tasks
        ]
        if missing:
            yield self._blank(FLIPS, f"did not answer {' and '.join(missing)}")
            return
        try:
            flipped = self._flips()
        except OutputsError:
            yield self._blank(FLIPS, "its outputs are damaged")
            return
        yield from self._parts(FLIPS, flipped, flips)
        for metric in (RIGHTNESS, *metrics):
            pairs = self._scored(metric)
            if isinstance(pairs, str):
                yield self._blank(metric, pairs)
                continue
            yield from self._parts(metric, pairs, changes)
            if metric == RIGHTNESS:
                yield from self._worst(pairs)

    def _flips(self) -> list[Pair]:
        """Return before 0, and after 1 where the label differs; None where either has none.

        Raises:
            OutputsError: The file of outputs is damaged.
        """
        before, after = self._labels(self._pair.origin), self._labels(self._pair.task)
        differs: list[float | None] = [
            None
            if label is None or place is None or before[place] is None
            else float(label != before[place])
            for label, place in zip(after, self._pair.origins, strict=True)
        ]
        return self._pair.pairs([0.0] * len(before), differs)

    def _labels(self, task: Task) -> list[str | None]:
        gold = self._pair.examples if task is self._pair.task else self._pair.before
        path = self._folder.outputs(self._system.outputs)
        return [reading.label for reading in segments(path, task, gold)[0].readings]

    def _scored(self, metric: str) -> list[Pair] | str:
        """Return a metric's pairs, or why there are none."""
        both = [
            self._scores.get((self._system.id, task.id, metric))
            for task in (self._pair.origin, self._pair.task)
        ]
        first, second = both
        if first is None or second is None:
            return "not scored on both tasks"
        # By two checkpoints it would be their difference.
        if first.identity.key != second.identity.key:
            return "not scored alike on both tasks"
        before, after = (
            _values(item_scores(self._folder, task, metric, score.array))
            for task, score in ((self._pair.origin, first), (self._pair.task, second))
        )
        return self._pair.pairs(before, after)

    def _parts(
        self,
        measure: str,
        pairs: Sequence[Pair],
        change: Callable[[Sequence[Pair], int], MeanChange],
    ) -> Iterator[CounterfactualRow]:
        """Yield a measure over all pairs, each axis and each rule."""
        yield self._row(measure, ALL, ALL, change(pairs, SEED))
        by_axis = self._by_axis(pairs)
        for axis, rules in by_axis.items():
            together = [pair for own in rules.values() for pair in own]
            # One axis alone is all pairs, and one rule of an axis is the axis.
            if len(by_axis) > 1 or len(rules) == 1:
                name = next(iter(rules)) if len(rules) == 1 else ALL
                yield self._row(measure, axis, name, change(together, SEED))
            if len(rules) > 1:
                for rule, own in rules.items():
                    yield self._row(measure, axis, rule, change(own, SEED))

    def _worst(self, pairs: Sequence[Pair]) -> Iterator[CounterfactualRow]:
        """Yield the group that loses most, of each axis with several groups of enough pairs."""
        for axis, rules in self._by_axis(pairs).items():
            large = {rule: own for rule, own in rules.items() if _valued(own) >= FEWEST}
            worst = worst_gap(large, SEED) if axis != FORM and len(large) > 1 else None
            if worst is not None:
                yield self._row(WORST, axis, *worst)

    def _by_axis(self, pairs: Sequence[Pair]) -> Mapping[str, Mapping[str, list[Pair]]]:
        parts: dict[str, dict[str, list[Pair]]] = {}
        for pair in pairs:
            axis = self._pair.axes[pair.rule]
            parts.setdefault(axis, {}).setdefault(pair.rule, []).append(pair)
        return parts

    def _row(self, measure: str, axis: str, rule: str, change: MeanChange) -> CounterfactualRow:
        few = change.n < FEWEST
        return CounterfactualRow(
            benchmark=self._pair.task.benchmark,
            task=self._pair.task.id,
            origin=self._pair.origin.id,
            system=self._system.id,
            measure=measure,
            axis=axis,
            change=rule,
            value=None if few else change.value,
            low=None if few else change.interval.low,
            high=None if few else change.interval.high,
            before=None if few or measure == FLIPS else change.before,
            after=None if few or measure == FLIPS else change.after,
            interval="" if few else change.interval.method,
            n=change.n,
            n_absent=change.n_absent,
            posts=change.posts,
            why_blank=_why_blank(change.n) if few else "",
        )

    def _blank(self, measure: str, why: str) -> CounterfactualRow:
        return replace(self._row(measure, ALL, ALL, changes((), SEED)), why_blank=why)


def _why_blank(n: int) -> str:
    return too_few(n) if n else "no pair has both values"


def _valued(pairs: Sequence[Pair]) -> int:
    return sum(pair.before is not None and pair.after is not None for pair in pairs)


def _values(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
