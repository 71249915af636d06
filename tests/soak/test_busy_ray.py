"""Ray clusters that give nothing, or give it late; apart from `test_ray`, since a process belongs
to one cluster.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from submissions.rescoring.engines import cluster
from submissions.rescoring.engines.cluster import NoRay, ray_engine

pytestmark = [pytest.mark.soak, pytest.mark.filterwarnings("default")]

HOLDER = """
import ray
context = ray.init("local", num_cpus=2, num_gpus=0, include_dashboard=False, log_to_driver=False)
holder = ray.remote(num_cpus=2)(type("Holder", (), {"here": lambda self: True})).remote()
ray.get(holder.here.remote())
print(context.address_info["gcs_address"], flush=True)
input()
ray.kill(holder)
input()
"""


@contextmanager
def cluster_in_use() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A cluster whose two cores another program holds; it lets them go for a line, and ends with
    the cluster.
    """
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout
        assert program.stdin
        try:
            yield program.stdout.readline().strip(), program
        finally:
            program.stdin.close()  # it ends, and its cluster with it


def test_a_cluster_without_room_is_waited_for_and_then_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with (
        cluster_in_use() as (address, _),
        pytest.raises(
            NoRay, match=r"no room for 3 s: it was asked for 1 x 2 CPU, and free are 0 GPU, 0 CPU"
        ),
        ray_engine(address, wait_seconds=3),
    ):
        pass
    assert "waiting for the cluster: wants 1 x 2 CPU, free: 0 GPU, 0 CPU" in caplog.text


def test_room_that_comes_late_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SAY_SECONDS", 1.0)
    with cluster_in_use() as (address, program):

        class LetGo(logging.Handler):
            """Ends the other program's actor as soon as the engine says that it waits."""

            def emit(self, _: logging.LogRecord) -> None:
                cluster.logger.removeHandler(self)
                print(file=program.stdin, flush=True)

        letting_go = LetGo()
        cluster.logger.addHandler(letting_go)
        with ray_engine(address, wait_seconds=120) as engine:
            assert letting_go not in cluster.logger.handlers  # it had to wait
            assert len(engine.places) == 1


def test_a_cluster_that_is_not_there_is_said_plainly() -> None:
    with (
        pytest.raises(NoRay, match=r"'127\.0\.0\.1:1' cannot be reached"),
        ray_engine("127.0.0.1:1"),
    ):
        pass
