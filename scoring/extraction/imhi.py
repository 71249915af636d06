"""The benchmark's published way to a label, kept so that printed numbers can be compared; nothing
else uses it.

It takes the first of a task's substrings that occurs before "Reasoning:", and a fallback class
where none does. So "no" is found in "notice", and an output that says nothing gets a class.
"""

from __future__ import annotations

from scoring.errors import ScoringError
from scoring.tasks import Task


def imhi_label(task: Task, output: str) -> str:
    """Return the label that the published script reads from `output`.

    Args:
        task: One that declares how the script reads it.
        output: As generated.

    Raises:
        ScoringError: No published script reads this task.
    """
    if task.imhi_rule is None:
        raise ScoringError(
            f"{task.id}: no published script reads labels of this task; use the rules of `read`"
        )
    head = output.split("Reasoning:")[0].lower()
    labels = (label for substring, label in task.imhi_rule.order if substring in head)
    return next(labels, task.imhi_rule.fallback)
