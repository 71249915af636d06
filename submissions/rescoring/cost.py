"""What scoring pairs costs, from the checkpoints' files alone: no weights are loaded.

A sample of the pairs stands for all of them: counting the tokens of every text takes longer than a
GPU takes to score it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from scoring.extraction import with_references_cut
from scoring.instruments import Instrument, Pair
from submissions.rescoring.pending import Unit
from submissions.rescoring.reuse import known_items, known_values, pairs_needed
from submissions.store.files.outputs import OutputsError
from submissions.store.files.outputs import segments as stored_segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder

T = TypeVar("T")

SAMPLED_PAIRS = 500
SAMPLED_UNITS = 5


@dataclass(frozen=True)
class Cost:
    """What models have to do.

    Attributes:
        pairs: Pairs to score: those that have a value under the same identity already are not among
            them.
        tokens: Of both sides, after the cut.
        flops: By the model's formula, a pair at a time: an engine that shares sources does with
            less.
    """

    pairs: float = 0.0
    tokens: float = 0.0
    flops: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.pairs + other.pairs, self.tokens + other.tokens, self.flops + other.flops)

    def times(self, factor: float) -> Cost:
        """Return `factor` times as much."""
        return Cost(self.pairs * factor, self.tokens * factor, self.flops * factor)


def cost_of(model: Instrument, pairs: Sequence[Pair]) -> Cost:
    """Return what scoring `pairs` costs, from an evenly spaced sample of them."""
    if not pairs:
        return Cost()
    # Evenly spaced, so that every part of the set is in it.
    sample = _spaced(pairs, SAMPLED_PAIRS)
    exact = Cost(len(sample), *model.operations(sample))
    return exact.times(len(pairs) / len(sample))


def cost_of_units(folder: DataFolder, units: Sequence[Unit], kind: str) -> Cost:
    """Return what `units` of one task and the same metrics cost a model of a kind together, from
    some examples of them.
    """
    sample = _spaced(units, SAMPLED_UNITS)
    costs = []
    for unit in sample:
        try:
            costs.append(_cost_of_unit(folder, unit, kind))
        except OutputsError:  # the run will say so
            continue
    return sum(costs, Cost()).times(len(units) / len(costs)) if costs else Cost()


def _cost_of_unit(folder: DataFolder, unit: Unit, kind: str) -> Cost:
    examples = with_references_cut(unit.task, PostStore(folder.posts).examples(unit.task))
    runs = stored_segments(folder.outputs(unit.submission.outputs), unit.task, examples)
    model, metrics = unit.instruments.usable(kind), unit.needing(kind)
    # What another submission has been scored with already costs nothing.
    own = unit.submission.id
    items = known_items(folder, unit.task, unit.instruments, {own: (metrics, runs)})
    pairs = pairs_needed(metrics, runs, items[own])
    known = known_values(folder, unit.task, model, runs, set(pairs))
    return cost_of(model, [pair for pair in pairs if pair not in known])


def _spaced(items: Sequence[T], most: int) -> list[T]:
    if len(items) <= most:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, most).astype(int)]
