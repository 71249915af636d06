"""F1 of one label alone: what macro F1 is the mean of, with an interval of its own."""

from __future__ import annotations

from scoring.metrics.margins import MarginMetric, Margins
from scoring.statistics.bootstrap import Floats


class LabelF1(MarginMetric):
    """F1 of one of a task's labels, of the statistics that all correctness metrics have.

    As scikit-learn's `f1_score(average=None)` has it. It is no column of a board, since labels are
    a task's own, but a part of macro F1.

    Args:
        place: The label's, among the task's.
        title: The label's.
    """

    name = "label_f1"
    measures = "F1 of one label, the balance of its precision and recall."
    limits = "Of a label with few examples it is very uncertain."

    def __init__(self, place: int, title: str) -> None:
        super().__init__()
        self.place, self.title = place, f"F1 of {title}"

    def of_margins(self, margins: Margins) -> Floats:
        """Return 2 TP / (gold + answered) of the label."""
        return margins.f1()[..., self.place]
