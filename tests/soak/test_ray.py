"""A real Ray cluster of two workers on this machine.

It stands here and not in `make test`: Ray is an extra that development does without, and starting a
cluster takes half a minute and hundreds of megabytes on a small machine. How shards are cut, handed
out and handed out again when a process dies is the same code for processes and for Ray, and is
tested on processes every time.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from scoring.errors import ScoringError
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from submissions.rescoring.engines.cluster import ray_engine
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.engines.sharding import ShardedEngine
from tests.boards import TINY, demo_board
from tests.commands import succeed
from tests.workers import check_as_undisturbed

pytestmark = [pytest.mark.soak, pytest.mark.filterwarnings("default")]

PAIRS = [
    (f"post {i % 40} about the week " * (1 + i % 7), f"explanation {i} " * (1 + i % 5))
    for i in range(3000)
]
NOTHING = np.full(len(PAIRS), np.nan)


@pytest.fixture(scope="module")
def cluster() -> Iterator[ShardedEngine]:
    with ray_engine(cpus_each=max(1, (os.cpu_count() or 2) // 2)) as engine:
        engine.prepare(TINY)
        yield engine


@pytest.fixture(scope="module")
def expected() -> Floats:
    return LocalEngine().score(TINY, PAIRS, NOTHING, lambda _: None, lambda _: None)


def test_two_ray_workers_agree_with_one_process(cluster: ShardedEngine, expected: Floats) -> None:
    assert len(cluster.places) == 2
    found = cluster.score(TINY, PAIRS, NOTHING, lambda _: None, lambda _: None)
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def test_a_ray_worker_killed_in_the_middle_costs_no_result(
    cluster: ShardedEngine, expected: Floats
) -> None:
    victim = cluster.places[0].pid()  # type: ignore[attr-defined]
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        if done > 600 and not killed.is_set():
            killed.set()
            os.kill(victim, signal.SIGKILL)

    killed = threading.Event()
    found = cluster.score(TINY, PAIRS, NOTHING, lambda _: None, count)
    assert killed.is_set()
    assert cluster.places[0].pid() != victim  # type: ignore[attr-defined]
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def test_an_error_of_the_scorer_comes_back_as_it_is(cluster: ShardedEngine) -> None:
    with pytest.raises(ScoringError, match="blank"):
        cluster.score(TINY, [("a post", " ")], np.array([np.nan]), lambda _: None, lambda _: None)


def test_the_command_scores_on_ray_what_it_scores_here(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    here, there = (demo_board(tmp_path / name, tasks, ["loneliness"]) for name in ("here", "there"))
    succeed(here.path, "score", "--benchmark", "demo")
    succeed(there.path, "rescore", "--benchmark", "demo", "--engine", "ray", "--reason", "on Ray")
    check_as_undisturbed(there, here)
