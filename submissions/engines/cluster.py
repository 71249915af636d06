"""More than one machine: a Ray cluster, an actor a GPU, or a share of the processors where there is none.

An actor loads the model once and keeps it. It is sent texts and sends values back; the database, the files and the
posts stay with the one process that asks. A node needs ReasonBoard installed in the same version of Python, and the
checkpoint under the same hub name or path. A node that joins with GPUs later is used from the next run on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from scoring.bartscore import BartModel
from scoring.errors import ReasonBoardError
from scoring.metric import Floats
from submissions.engines.processes import score_here
from submissions.engines.sharding import Died, Place, ShardedEngine

CPUS_EACH = 2
"""Processor cores of an actor, on a cluster without GPUs."""


class NoRay(ReasonBoardError):
    """Ray is not installed, or the cluster cannot be reached."""


@contextmanager
def ray_engine(address: str | None = None, cpus_each: int = CPUS_EACH) -> Iterator[ShardedEngine]:
    """An engine on a Ray cluster, its actors ended afterwards.

    Args:
        address: "auto", "HOST:6379" or "ray://HOST:10001"; None starts a cluster of this machine alone.
        cpus_each: Processor cores of an actor, where there are no GPUs.

    Raises:
        NoRay: It is not installed, cannot be reached, or has nothing to give.
    """
    try:
        import ray
    except ImportError as error:
        raise NoRay("--engine ray needs Ray: pip install -e '.[ray]'") from error
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    alone = {} if address else {"include_dashboard": False}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **alone)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise NoRay(f"the Ray cluster {address!r} cannot be reached: {error}") from error
    places: list[_Actor] = []
    try:
        found = ray.cluster_resources()
        gpus, cpus = int(found.get("GPU", 0)), int(found.get("CPU", 0))
        wanted = {"num_gpus": 1} if gpus else {"num_cpus": min(cpus_each, cpus)}
        count = gpus or max(1, cpus // cpus_each)
        places += [_Actor(ray, wanted) for _ in range(count)]
        yield ShardedEngine(places, f"ray on {count} x {'GPU' if gpus else f'{cpus_each} CPU'}")
    finally:
        for place in places:
            place.close()
        ray.shutdown()


class _Scorer:
    """What runs in the actor."""

    def __init__(self, threads: int) -> None:
        if threads:
            import torch

            torch.set_num_threads(threads)

    def pid(self) -> int:
        return os.getpid()

    def score(self, model: BartModel, sources: Sequence[str], targets: Sequence[str]) -> Floats:
        return score_here(model, sources, targets)


class _Actor(Place):
    """An actor somewhere in the cluster."""

    def __init__(self, ray: Any, wanted: dict[str, int]) -> None:
        self._ray, self._wanted = ray, wanted
        self._actor = self._start()

    def _start(self) -> Any:
        remote = self._ray.remote(**self._wanted)(_Scorer)
        return remote.remote(self._wanted.get("num_cpus", 0))

    def pid(self) -> int:
        """The actor's process, on whichever node it is."""
        return int(self._ray.get(self._actor.pid.remote()))

    def submit(self, model: BartModel, sources: Sequence[str], targets: Sequence[str]) -> Future[Floats]:
        # Ray shows an actor its own GPU only, which is "cuda" there.
        there = replace(model, device="cuda" if "num_gpus" in self._wanted else "cpu", dtype=model.dtype_name)
        answer = Future[Floats]()
        running = self._actor.score.remote(there, sources, targets).future()
        running.add_done_callback(lambda done: self._pass_on(done, answer))
        return answer

    def _pass_on(self, done: Future[Floats], answer: Future[Floats]) -> None:
        error = done.exception()
        if error is None:
            answer.set_result(done.result())
        elif isinstance(error, self._ray.exceptions.RayTaskError):
            answer.set_exception(error.cause)
        else:
            answer.set_exception(Died() if isinstance(error, self._ray.exceptions.RayError) else error)

    def revive(self) -> None:
        self._actor = self._start()

    def close(self) -> None:
        self._ray.kill(self._actor)
