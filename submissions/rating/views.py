"""Views of a rated system's texts: which of them are looked at, and what a blank counts for.

One correlation over all texts hides what it comes from. Where a system often writes no explanation,
everything that notices a blank goes along with people; where its label is often wrong, so does the
bare fact that the label is right. So each metric stands in four views: blank explanations left out,
as on the board; blanks as 0; and the texts with the right and with the wrong label apart, blanks
left out. In each, what a metric is to be held against is of its own texts in the same view.

Judges favour their own family. So one that is of the family of some rated system stands in two more
views, of all rated systems together: with that system's texts, and without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.instruments import Instruments
from scoring.metric import Metric, PairMetric
from scoring.segments import Segments
from scoring.statistics.bootstrap import Bools, Floats
from submissions.rating.baselines import LABEL_RIGHT, WORDS, derived
from submissions.rating.rated_values import RatedSet

BOUND = "bound"
"""The row of the square root of ICC(2,k)."""

WITH_OWN, WITHOUT_OWN = "with own family", "without own family"
"""Views of all rated systems together, of judges that are of the family of some of them."""

_SAID = "It says so."
"""Stands in for a blank explanation where it is asked whether one would have a value."""


@dataclass(frozen=True)
class RatedView:
    """Which texts are looked at.

    Attributes:
        name: As rows have it.
        title: For people.
        blank_as_zero: Whether a blank explanation counts 0, and is looked at.
        right: Only texts whose label is right, or wrong; None for all.
    """

    name: str
    title: str
    blank_as_zero: bool = False
    right: bool | None = None

    def texts(self, values: Mapping[str, Floats]) -> Bools:
        """Return (n,) which texts are looked at, by the values of the baselines."""
        if self.blank_as_zero:
            return np.ones(len(values[WORDS]), dtype=np.bool_)
        explained = np.asarray(~np.isnan(values[WORDS]))
        if self.right is None:
            return explained
        return np.asarray(explained & (values[LABEL_RIGHT] == float(self.right)))


VIEWS = (
    RatedView("explained", "Blanks left out"),
    RatedView("blank as 0", "Blanks as 0", blank_as_zero=True),
    RatedView("label right", "Label right", right=True),
    RatedView("label wrong", "Label wrong or none", right=False),
)


def blanks_as_zero(rated: RatedSet, values: Mapping[str, Floats | str]) -> dict[str, Floats]:
    """Return values with 0 where there is no explanation.

    Of metrics and baselines of which 0 is the lowest value; of a log-likelihood it is the highest.
    A blank has 0 only where something written in its place would have had a value: what has no
    reference stays absent.

    Args:
        rated: The set.
        values: Metric or baseline -> (n,) values, or why there are none.
    """
    filled = {}
    for metric in rated.metrics:
        known = values[metric.name]
        if not isinstance(known, str) and metric.bounds[0] == 0:
            absent = np.isnan(known) & _would_have_value(rated, metric)
            filled[metric.name] = np.where(absent, 0.0, known)
    # Of no words, the baselines are 0 by their own formulas.
    none = np.full(len(rated.texts), np.nan)
    return filled | derived(rated, filled.get(WORDS, none))


def _would_have_value(rated: RatedSet, metric: Metric) -> Bools:
    """Return (n,) of which blank texts `metric` would have a value, had something been written."""
    would = np.zeros(len(rated.texts), dtype=np.bool_)
    for part in rated.parts:
        blank = [
            place
            for place, reading in enumerate(part.segments.readings)
            if reading.explanation is None
        ]
        if blank:
            written = _written(part.segments, blank)
            would[part.places[blank]] = (
                [bool(pairs) for pairs in metric.pairs(written)]
                if isinstance(metric, PairMetric)
                else metric.present(metric.measure(written, Instruments()))
            )
    return would


def _written(segments: Segments, places: Sequence[int]) -> Segments:
    """Return some of the texts as if each had an explanation."""
    return Segments(
        segments.task,
        tuple(segments.examples[place] for place in places),
        (_SAID,) * len(places),
        tuple(replace(segments.readings[place], explanation=_SAID) for place in places),
    )
