"""How much is tested at once for whoever asks, on the site and in the API alike: all wait for it.

The command line tests more, on a download of the release.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.errors import ReasonBoardError
from submissions.releasing.comparing import Question
from submissions.releasing.variants import VariantPair, variants_asked_for
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import SystemRow, TaskRow

MOST_PAIRS = 60
MOST_OUTPUTS = 60_000
"""Counted anew for each pair that is tested. Up to both, that takes a few seconds."""


class TooMuchAtOnce(ReasonBoardError):
    """More is to be tested than all should wait for."""


def are_too_many(pairs: int, outputs: int) -> bool:
    """Return whether pairs, with so many outputs counted anew for each, are more than is tested at
    once.
    """
    return pairs > MOST_PAIRS or outputs > MOST_OUTPUTS


def variants_at_once(
    release: ReleaseReader,
    systems: Iterable[SystemRow],
    tasks: Sequence[TaskRow],
    metric: str | None,
) -> tuple[Question, tuple[VariantPair, ...]]:
    """Return what `variants_asked_for` does, if it is little enough to be tested at once.

    Raises:
        CannotCompare: The metric is computed on none of the tasks.
        TooMuchAtOnce: It is not.
    """
    question, pairs = variants_asked_for(release, systems, tasks, metric)
    outputs = 2 * len(pairs) * sum(task.size for task in question.tasks)
    if are_too_many(len(pairs), outputs):
        raise TooMuchAtOnce(
            f"{len(pairs):,} pairs of variants, with {outputs:,} outputs counted anew for each pair,"
            " are more than is tested here, where all wait for it:"
            f" {MOST_PAIRS} pairs and {MOST_OUTPUTS:,} outputs are the most. Choose fewer systems or"
            " tasks, or the `reasonboard variants` command tests all from a download of the"
            " release."
        )
    return question, pairs
