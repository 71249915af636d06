"""Macro F1."""

from __future__ import annotations

from scoring.extraction import IMHI_RULE
from scoring.metrics.margins import MarginMetric, Margins, mean_over
from scoring.statistics.bootstrap import Floats


class MacroF1(MarginMetric):
    """Each label's F1, averaged over the declared labels that occur in the gold.

    As scikit-learn's `f1_score(average="macro", labels=<labels in the gold>)`. A label that never
    occurs in a (re)sample's gold has no recall, so it is left out of that sample rather than
    counted as 0.

    The variant that reads labels as the published script does also averages as it does, which is
    scikit-learn's default: over the labels that occur in the gold or among the answers, with 0 for
    one that is only answered.
    """

    name = "macro_f1"
    title = "Macro F1"
    measures = (
        "F1 of each label (the balance of precision and recall), averaged with every label counting"
        " the same."
    )
    limits = "A label with few examples moves it a lot, so on small sets it is very uncertain."

    def of_margins(self, margins: Margins) -> Floats:
        """Return mean F1 of the labels in the gold.

        Of the script's variant, also of those only answered.
        """
        if self.extraction == IMHI_RULE:
            return mean_over(margins.f1(), margins.gold + margins.predicted > 0)
        return margins.mean_over_occurring(margins.f1())
