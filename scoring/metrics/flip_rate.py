"""Flip rate: how often a system contradicts itself, asked the same again.

A value of all runs together, and not the mean of theirs: of one run there is none. It needs no gold.
Where names tell runs apart by prompt and by seed, variants look at one of the two with the other
held: how often the label changes with the wording alone, and with the seed alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scoring.extraction import EXTRACTION
from scoring.instruments import Instruments
from scoring.metric import Identity
from scoring.metrics.proportion import Proportion
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task

PROMPTS, SEEDS = "prompts", "seeds"
_AXES = (PROMPTS, SEEDS)
"""In the order in which a run is named."""


class Flips(Proportion):
    """A share of flips, out of (n, 2) rows (flips, stays) that sum to 1, or are zeros where nothing
    can be held against each other.
    """

    group = "stability"
    version = "1"
    higher_is_better = False

    def aggregate(self, sums: Floats, task: Task) -> Floats:  # noqa: ARG002
        """Return the share."""
        total = sums.sum(axis=-1)
        with np.errstate(invalid="ignore"):
            return np.asarray(sums[..., 0] / np.where(total > 0, total, np.nan))

    def outcomes(self, sums: Floats, task: Task) -> Floats:  # noqa: ARG002
        """Return what flips, and what stays."""
        return sums


class FlipRate(Flips):
    """The share of examples whose label is not the same in all runs; "unparsed" counts as a label.

    Args:
        over: "" for all runs; PROMPTS or SEEDS for runs that differ in that alone. An example's
            value is then the mean over the groups of such runs.
    """

    across_runs = True

    def __init__(self, over: str = "") -> None:
        self.over = over
        self.name = "_".join(filter(None, ("flip_rate", over)))
        self.title = f"Flip rate over {over}" if over else "Flip rate"
        runs = f"runs that differ in their {over} alone" if over else "all runs"
        self.measures = f"The share of examples whose label is not the same in {runs}."
        self.limits = (
            "Grows with the number of runs, so that only systems with equally many compare; a system"
            " that always errs alike has 0."
        )
        self.why_absent = (
            f"no two runs differ in their {over} alone" if over else "one output an example"
        )

    def applies_to(self, task: Task) -> bool:  # noqa: ARG002
        """Return that every task has labels."""
        return True

    def identity(self, instruments: Instruments) -> Identity:  # noqa: ARG002
        """Return how labels were read: there is no model and no text."""
        return Identity(self.name, self.version, EXTRACTION)

    def measure(self, segments: Segments, instruments: Instruments) -> Floats:
        """Return (n, 2) zeros: a single run contradicts nothing."""
        return self.measure_runs([segments], instruments)[0]

    def measure_runs(
        self,
        runs: Sequence[Segments],
        instruments: Instruments,  # noqa: ARG002
    ) -> list[Floats]:
        """Return one array for all runs: (n, 2) rows (flips, stays), which sum to 1; zeros where no
        runs can be held against each other.
        """
        groups = [np.array([_labels(run) for run in group]) for group in self._groups(runs)]
        if not groups:
            return [np.zeros((len(runs[0]), 2))]
        flips = np.mean([(labels != labels[0]).any(axis=0) for labels in groups], axis=0)
        return [np.stack([flips, 1.0 - flips], axis=1)]

    def _groups(self, runs: Sequence[Segments]) -> Iterator[list[Segments]]:
        """Yield the runs that are held against each other, two at least together."""
        by_other: dict[str, list[Segments]] = {}
        for run in runs:
            if not self.over:
                by_other.setdefault("", []).append(run)
            elif run.named is not None:
                held = run.named[1 - _AXES.index(self.over)]
                by_other.setdefault(held, []).append(run)
        yield from (group for group in by_other.values() if len(group) > 1)


def _labels(run: Segments) -> list[str]:
    # No label's name is empty.
    return [reading.label or "" for reading in run.readings]


FLIP_RATES = (FlipRate(), FlipRate(PROMPTS), FlipRate(SEEDS))
