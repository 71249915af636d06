"""`kill -9` of server and worker while teams submit: what was acknowledged is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.tasks import Task
from tests.crowd import check_nothing_lost, under_fire


@pytest.mark.long
@pytest.mark.timeout(900)
def test_three_kills_cost_nothing(tmp_path: Path, tasks: dict[str, Task]) -> None:
    board, statuses = under_fire(tmp_path, tasks, teams=4, each=3, kills=3, seed=0)
    check_nothing_lost(board, statuses, orders=12)
