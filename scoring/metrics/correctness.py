"""What all correctness metrics share: answers held against the gold, counted as the task's kind has
it (`scoring.metrics.tallies`).

All correctness metrics of one reading have the same rows, so they can be stored and resampled once.

A label is read either by the project's own rules, or by the published IMHI script's (`IMHI_RULE`),
which knows no unparsed outputs and gives them a fallback label. The second reading exists to
compare with printed numbers, is a variant with its own name and identity, and leaves examples
without a raw output out.
"""

from __future__ import annotations

from collections.abc import Iterator

from scoring.answers import ONE, SEVERAL
from scoring.extraction import EXTRACTION, IMHI_RULE, imhi_label
from scoring.instruments import Instruments
from scoring.metric import Identity, Metric
from scoring.metrics.tallies import ROWS, as_cells
from scoring.segments import Segments
from scoring.statistics import ContingencyTable
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class CorrectnessMetric(Metric):
    """A metric of answers.

    Args:
        extraction: EXTRACTION, or IMHI_RULE for the variant that reads labels as the published
            script does.

    Attributes:
        extraction: How the labels are read.
        takes: What the tasks take for an answer on which it means anything.
    """

    group = "correctness"
    version = "3"
    measures: str
    limits: str
    takes: tuple[str, ...] = (ONE, SEVERAL)

    def __init__(self, extraction: str = EXTRACTION) -> None:
        self.extraction = extraction
        if extraction == IMHI_RULE:
            self.name = f"{type(self).name}_imhi_rule"
            self.title = f"{type(self).title} (IMHI rule)"
            self.measures = (
                f"{type(self).measures} Labels are read as the benchmark's published script does."
            )
            self.limits = (
                "For comparison with printed numbers only: the script gives an output that names no"
                " label a fallback label, which can be right by luck."
            )

    def applies_to(self, task: Task) -> bool:
        """Return whether the task takes such answers; where the published script reads them, also
        whether its rule is declared, which gives one label.
        """
        takes = task.answers.takes
        if self.extraction == IMHI_RULE and (task.imhi_rule is None or takes != ONE):
            return False
        return takes in self.takes

    def identity(self, instruments: Instruments) -> Identity:  # noqa: ARG002
        """Return how labels were read: there is no model and no text."""
        return Identity(self.name, self.version, self.extraction)

    def measure(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n, k) rows, as the task's answers are counted.

        Raises:
            ScoringError: A gold or predicted label is not one of the task's.
        """
        task = segments.task
        golds = [example.gold for example in segments.examples]
        return ROWS[task.answers.takes](task, golds, dict(self._predictions(segments)))

    def table(self, task: Task) -> ContingencyTable | None:
        """Return the confusion matrix; None where an answer has several labels."""
        if task.answers.takes != ONE:
            return None
        labels = len(task.labels)
        return ContingencyTable(
            lambda sums: as_cells(sums, labels),
            lambda cells: self.aggregate(cells.reshape(*cells.shape[:-2], -1), task),
            self.bounds,
        )

    def _predictions(self, segments: Segments) -> Iterator[tuple[int, str | None]]:
        """Yield (row, answer or None for unparsed) of every example that has a value."""
        if self.extraction == IMHI_RULE:
            for row, output in enumerate(segments.outputs):
                # The script reads texts; of a label that was sent alone it has nothing to read.
                if output is not None:
                    yield row, imhi_label(segments.task, output)
        else:
            yield from enumerate(reading.label for reading in segments.readings)


def reads_by_script(metric: Metric) -> bool:
    """Return whether a metric reads labels from raw outputs as the published script does."""
    return isinstance(metric, CorrectnessMetric) and metric.extraction == IMHI_RULE
