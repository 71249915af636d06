"""How time grows with work and with workers, printed as tables: `make soak` shows
them with `-s`.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from scoring.instruments import Pair
from submissions.rescoring.engines.cluster import ray_engine
from submissions.rescoring.engines.local import Engine, LocalEngine
from tests.boards import TINY

pytestmark = [pytest.mark.soak, pytest.mark.filterwarnings("default")]

SIZES = (1_000, 5_000, 20_000)


def pairs_of(count: int) -> list[Pair]:
    """Pairs in which no source comes twice, so that each costs the same."""
    return [
        (f"post {i} about the week " * (1 + i % 7), f"explanation {i} " * (1 + i % 5))
        for i in range(count)
    ]


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
    seconds = dict[int, float]()
    show("workers", "seconds", "pairs/s")
    for workers in (1, 2):
        with ray_engine(cpus_each=1, at_most=workers) as engine:
            seconds_for(engine, 200)
            seconds[workers] = seconds_for(engine, SIZES[-1])
        show(workers, f"{seconds[workers]:.2f}", f"{SIZES[-1] / seconds[workers]:.0f}")
    assert seconds[2] < 1.5 * seconds[1]
