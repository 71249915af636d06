"""What a submission could show against the best that stands on the board: for its team, before it
is published.

On each task, and on the mean over all of the board's where it covers them, its headline metric is
held against the best system of the release, or a baseline where none is better. The difference is
paired as in a comparison of the release (`submissions.releasing.comparing`), without the test: what
is asked is how large a difference these posts could show, and how many posts this one would take
(`scoring.statistics.power`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from scoring.metrics import stored_metric
from scoring.score import SEED
from scoring.statistics import detectable_difference, paired_interval, posts_needed
from scoring.statistics.swaps import distinct_posts
from scoring.tasks import Task
from submissions.releasing.coverage import thin_cells
from submissions.releasing.post_sums import PostSums, compressed, load_numbers
from submissions.store.files.damage import DamagedFile
from submissions.store.folder import DataFolder
from submissions.store.released.release import NoRelease, ReleaseReader
from submissions.store.released.scored_rows import CellRow, SystemRow, TaskRow, common_headline
from submissions.store.released.serving import current_release
from submissions.store.scored.scores import Score
from submissions.store.submitted.submissions import Submission


@dataclass(frozen=True)
class OwnReach:
    """A submission less the best of a release, on a task or on the mean over all.

    Attributes:
        task: The task; "" for the mean over all of the board's.
        metric: By which.
        rival: The best system of the release, other than this one's other versions.
        trivial: Whether that is a trivial baseline.
        value: The submission's.
        rival_value: The best one's.
        low: Lower end of the difference's 95% interval; None where there is none.
        high: Upper end.
        interval: How it was made, or why there is none.
        detectable: The smallest true difference that these posts show, at .05 with a power of 80%.
        posts: Distinct posts.
        posts_needed: How many it would take to show this difference; None where nothing can be
            said.
    """

    task: str
    metric: str
    rival: str
    trivial: bool
    value: float
    rival_value: float
    low: float | None
    high: float | None
    interval: str
    detectable: float | None
    posts: int
    posts_needed: int | None


def reach_on_board(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    submission: Submission,
    scores: Sequence[Score],
) -> tuple[OwnReach, ...]:
    """Return what `own_reach` does of the release that is served; nothing where there is none, or
    its arrays are damaged.
    """
    try:
        return own_reach(folder, tasks, current_release(folder), submission, scores)
    except (NoRelease, DamagedFile):
        return ()


def own_reach(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    release: ReleaseReader,
    submission: Submission,
    scores: Sequence[Score],
) -> tuple[OwnReach, ...]:
    """Return what a submission could show against the best of each task, and of the board.

    Args:
        folder: Where the arrays are.
        tasks: The declared ones.
        release: That is served.
        submission: Whose.
        scores: Its current ones.

    Returns:
        Nothing of tasks whose gold is not public, that no system of the release was scored on in
        the same way, or that this one has no value on.
    """
    board = _Board(folder, tasks, release, submission, scores)
    if not board.rows:
        return ()
    on_tasks = (reach for row in board.rows for reach in board.against_best(row.headline, [row]))
    common = common_headline(board.rows)
    over_all = board.against_best(common, board.rows) if len(board.rows) > 1 else ()
    return (*on_tasks, *over_all)


class _Board:
    """What stands on the board, and a submission's own scores."""

    def __init__(
        self,
        folder: DataFolder,
        tasks: Mapping[str, Task],
        release: ReleaseReader,
        submission: Submission,
        scores: Sequence[Score],
    ) -> None:
        self.rows = release.tasks(submission.benchmark)
        self._folder, self._tasks, self._release = folder, tasks, release
        self._own = {(score.task, score.identity.metric): score for score in scores}
        # Its other versions are no rivals.
        self._systems: dict[str, SystemRow] = {
            row.id: row
            for row in release.systems(submission.benchmark)
            if row.system != submission.system
        }

    def against_best(self, metric: str, rows: Sequence[TaskRow]) -> Iterator[OwnReach]:
        """Yield the submission less the best system on some tasks; nothing where they cannot be
        compared.
        """
        own = [self._own.get((row.id, metric)) for row in rows]
        scores = [score for score in own if score is not None and score.value is not None]
        if len(scores) < len(rows) or not all(self._as_declared(row) for row in rows):
            return
        comparable = [self._comparable(score) for score in scores]
        rival = self._best(metric, comparable)
        if rival is not None:
            cells = [of_task[rival] for of_task in comparable]
            yield self._reach(metric, rows, scores, cells, self._systems[rival])

    def _as_declared(self, row: TaskRow) -> bool:
        task = self._tasks.get(row.id)
        return bool(row.post_numbers and task is not None and task.revision == row.revision)

    def _comparable(self, score: Score) -> dict[str, CellRow]:
        """Return system -> its cell, where it covers the task and was scored as this was."""
        cells = self._release.cells(task=score.task, metric=score.identity.metric)
        little = thin_cells(cells)
        identity = asdict(score.identity)
        return {
            cell.system: cell
            for cell in cells
            if cell.system in self._systems
            and cell.value is not None
            and cell.array is not None
            and (cell.system, cell.task) not in little
            and cell.identity == identity
        }

    def _best(self, metric: str, comparable: Sequence[Mapping[str, CellRow]]) -> str | None:
        """Return the system with the best mean among those with every task; None for none."""
        higher = stored_metric(metric).higher_is_better
        complete = [
            system for system in self._systems if all(system in of_task for of_task in comparable)
        ]
        # Of what has no better end, nothing is best.
        if higher is None or not complete:
            return None
        sign = 1 if higher else -1
        means = {
            system: sign * float(np.mean([of_task[system].value or 0.0 for of_task in comparable]))
            for system in complete
        }
        return max(complete, key=lambda system: (means[system], not self._systems[system].trivial))

    def _reach(
        self,
        metric: str,
        rows: Sequence[TaskRow],
        scores: Sequence[Score],
        cells: Sequence[CellRow],
        rival: SystemRow,
    ) -> OwnReach:
        numbers = {row.id: load_numbers(self._folder, row.post_numbers) for row in rows}
        sums = PostSums(self._folder, numbers)
        of_tasks = compressed(
            [
                sums.task_sums(
                    self._tasks[score.task], stored_metric(metric), [score.array, cell.array]
                )
                for score, cell in zip(scores, cells, strict=True)
            ]
        )
        interval, deviation = paired_interval(of_tasks, np.random.default_rng(SEED))
        value, best = (float(np.mean([each.value for each in side])) for side in (scores, cells))
        posts = distinct_posts(of_tasks)
        return OwnReach(
            rows[0].id if len(rows) == 1 else "",
            metric,
            rival.system,
            rival.trivial,
            value,
            best,
            interval.low,
            interval.high,
            interval.method,
            detectable_difference(deviation),
            posts,
            posts_needed(deviation, posts, value - best),
        )
