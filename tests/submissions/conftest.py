"""A published board of invented data with systems trained on all, some, one and undeclared data
sets.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.metrics import metric
from scoring.tasks import Task
from submissions.benchmarks.baselines import submit_trained
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.transfers import submit_transfers
from submissions.declarations.settings import DECLARATIONS
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from tests.boards import TEXTS, a_run, demo_board, workplace
from tests.boards import publish_with_blanks as publish
from tests.declarations import load_protocols, load_tasks

NAMES = ("low-mood", "loneliness", "stress", "wellness", "strain-level")
FEW = tuple(metric(name) for name in ("weighted_f1", "mean_absolute_error", "rouge1", "words"))


@pytest.fixture(scope="session")
def transfer_board(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Nobody changes what is on it."""
    tasks: dict[str, Task] = load_tasks(DECLARATIONS / "tasks")
    folder = demo_board(tmp_path_factory.mktemp("transfers") / "data", tasks, NAMES)
    train = {f"demo/{name}": _train(name, tasks[f"demo/{name}"]) for name in NAMES}
    submit_trained(folder, tasks, "demo", train)
    submit_transfers(folder, tasks, load_protocols(tasks)["demo-general"], train)
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "transfers")
    return folder


def _train(name: str, task: Task) -> tuple[object, ...]:
    return import_csv(Path(TEXTS).parent / "train" / f"{name}.csv", task).examples
