"""The Jaccard index of an answer's labels and the gold's, in the mean over examples."""

from __future__ import annotations

from scoring.answers import SEVERAL
from scoring.metrics.margins import MarginMetric, Margins
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats


class Jaccard(MarginMetric):
    """Labels in both over labels in either, example by example.

    As scikit-learn's `jaccard_score(average="samples", zero_division=1)`: where neither side has a
    label both say the same. An unparsed output says nothing, and has 0 there too.
    """

    name = "jaccard"
    title = "Jaccard"
    measures = (
        "How far an example's labels and the gold's are the same: labels in both over labels in"
        " either, in the mean over examples."
    )
    limits = "An example with one label counts as much as one with five, so few labels decide much."
    takes = (SEVERAL,)

    def of_margins(self, margins: Margins) -> Floats:
        """Return the mean of the examples' indices."""
        return ratio(margins.alike, margins.total)
