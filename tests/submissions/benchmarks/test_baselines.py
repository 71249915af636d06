from __future__ import annotations

from pathlib import Path

from scoring.tasks import Task
from submissions.benchmarks.baselines import submit_baselines
from submissions.store.submitted.submissions import submissions
from tests.boards import demo_board


def test_a_baselines_version_does_not_depend_on_the_order_of_tasks(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["stress", "loneliness"])
    made = submit_baselines(folder, tasks, "demo")
    stored = len(submissions(folder))
    again = submit_baselines(folder, dict(reversed(tasks.items())), "demo")
    assert [each.version for each in again] == [each.version for each in made]
    assert len(submissions(folder)) == stored
