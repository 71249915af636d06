"""Three workers at once, one of them killed again and again: twenty kills over several boards."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from scoring.tasks import Task
from tests.workers import check_as_undisturbed, scored_in_peace, scored_under_fire

TASKS = ["loneliness", "wellness", "low-mood", "stress", "mood-cause"]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 6))
def test_killed_workers_cost_nothing(tmp_path: Path, tasks: dict[str, Task], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    delays = [chance.uniform(0, 0.8) for _ in range(5)]
    killed = scored_under_fire(tmp_path, tasks, TASKS, delays)
    check_as_undisturbed(killed, scored_in_peace(tmp_path, tasks, TASKS))
