"""200 uploads from 20 teams at once, one server, one worker, and ten kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.tasks import Task
from tests.crowd import check_nothing_lost, under_fire


@pytest.mark.soak
@pytest.mark.parametrize("kills", [0, 10])
def test_none_is_lost_and_none_is_scored_twice(
    tmp_path: Path, tasks: dict[str, Task], kills: int
) -> None:
    board, statuses = under_fire(tmp_path, tasks, teams=20, each=10, kills=kills, seed=kills)
    check_nothing_lost(board, statuses, orders=200)
