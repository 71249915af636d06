"""How time grows with work and with workers, printed as tables: `make soak` shows them with `-s`."""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from scoring.tasks import Task
from submissions.engines.cluster import ray_engine
from submissions.engines.local import Engine, LocalEngine, Pair
from submissions.store.scores import scored_keys
from tests.boards import TINY, demo_board, gold_rows, submit
from tests.commands import succeed

pytestmark = [pytest.mark.soak, pytest.mark.filterwarnings("default")]

SIZES = (1_000, 5_000, 20_000)
SETS = ["loneliness", "low-mood", "mood-cause", "strain-level", "stress", "stress-cause", "wellness"]
SYSTEMS = 50


def pairs_of(count: int) -> list[Pair]:
    """Pairs in which no source comes twice, so that each costs the same."""
    return [(f"post {i} about the week " * (1 + i % 7), f"explanation {i} " * (1 + i % 5)) for i in range(count)]


def seconds_for(engine: Engine, count: int) -> float:
    pairs = pairs_of(count)
    engine.prepare(TINY)
    begun = time.monotonic()
    values = engine.score(TINY, pairs, np.full(count, np.nan), lambda _: None, lambda _: None)
    assert not np.isnan(values).any()
    return time.monotonic() - begun


def show(*cells: object) -> None:
    sys.stdout.write("  ".join(f"{cell:>12}" for cell in cells) + "\n")


def processor_seconds_for(count: int) -> float:
    """Of this process: what else the machine is busy with does not count."""
    begun = time.process_time()
    seconds_for(LocalEngine(), count)
    return time.process_time() - begun


def test_time_grows_as_the_pairs_do() -> None:
    seconds_for(LocalEngine(), 200)
    seconds = {count: processor_seconds_for(count) for count in SIZES}
    show("pairs", "CPU seconds", "pairs/s")
    for count, taken in seconds.items():
        show(count, f"{taken:.2f}", f"{count / taken:.0f}")
    each = [taken / count for count, taken in seconds.items()]
    assert max(each) < 1.6 * min(each)


def test_two_ray_workers_are_faster_than_one() -> None:
    cores, seconds = os.cpu_count() or 2, dict[int, float]()
    show("workers", "seconds", "pairs/s")
    for workers in (1, 2):
        with ray_engine(cpus_each=cores // workers) as engine:
            seconds_for(engine, 200)
            seconds[workers] = seconds_for(engine, SIZES[-1])
        show(workers, f"{seconds[workers]:.2f}", f"{SIZES[-1] / seconds[workers]:.0f}")
    assert seconds[2] < 1.5 * seconds[1]


def test_fifty_systems_are_rescored(tmp_path: Path, tasks: dict[str, Task]) -> None:
    folder = demo_board(tmp_path / "data", tasks, SETS)
    gold = [row for name in SETS for row in gold_rows(folder, tasks[f"demo/{name}"])]
    for number in range(SYSTEMS - 4):  # four baselines are there
        rows = [{**row, "output": f"{row['output']} It was day {number + i % 9}."} for i, row in enumerate(gold)]
        submit(folder, tasks, tmp_path, rows, system=f"System {number}")
    begun = time.monotonic()
    succeed(folder.path, "rescore", "--reason", "fifty systems", timeout=3000)
    taken = time.monotonic() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    show("systems", "sets", "scores", "seconds", "peak MiB")
    show(SYSTEMS, len(SETS), len(scored_keys(folder)), f"{taken:.0f}", f"{peak:.0f}")
    assert len({(key.submission, key.task) for key in scored_keys(folder)}) == SYSTEMS * len(SETS)
    assert peak < 3000
