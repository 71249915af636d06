"""More than one machine: a Ray cluster, an actor a GPU, or a share of the processors where there is
none.

An actor loads the model once and keeps it. It is sent texts and sends values back; the database,
the files and the posts stay with the one process that asks. A node needs ReasonBoard installed in
the same version of Python, and the checkpoint under the same hub name or path. A node that joins
with GPUs later is used from the next run on.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from scoring.errors import ReasonBoardError
from scoring.instruments import Instrument
from scoring.statistics.bootstrap import Floats
from submissions.rescoring.engines.processes import score_here
from submissions.rescoring.engines.sharding import Died, ModelProcess, ShardedEngine, pass_on

CPUS_EACH = 2
"""Processor cores of an actor, on a cluster without GPUs."""
WAIT_SECONDS = 300.0
"""How long a busy cluster may take to find room for the actors."""
REVIVE_SECONDS = 60.0
"""How long one that died may take to find room again; meanwhile nobody gets new work."""
SAY_SECONDS = 10.0
# A cluster in another building answers within one; Ray itself would try for minutes.
KNOCK_SECONDS = 10.0

logger = logging.getLogger(__name__)


class NoRay(ReasonBoardError):
    """Ray is not installed, or the cluster cannot be reached or has no room."""


@contextmanager
def ray_engine(
    address: str | None = None,
    cpus_each: int = CPUS_EACH,
    wait_seconds: float = WAIT_SECONDS,
    at_most: int | None = None,
) -> Iterator[ShardedEngine]:
    """Open an engine on a Ray cluster, and end its actors afterwards.

    Args:
        address: "auto", "HOST:6379" or "ray://HOST:10001"; None starts a cluster of this machine
            alone.
        cpus_each: Processor cores of an actor, where there are no GPUs.
        wait_seconds: How long to wait for room where others use the cluster; afterwards the actors
            that it has found room for do the work.
        at_most: Actors, however many there would be room for.

    Raises:
        NoRay: It is not installed, cannot be reached, or has had no room for `wait_seconds`.
    """
    try:
        import ray
    except ImportError as error:
        raise NoRay("--engine ray needs Ray: pip install -e '.[score,ray]'") from error
    if address:
        _knock(address)
    # What later versions of Ray do of themselves; unset, this one warns of it.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    alone = {} if address else {"include_dashboard": False}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **alone)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise NoRay(
            f"the Ray cluster {address!r} cannot be reached: {error}{_token_wanted(error)}"
        ) from error
    places: list[_Actor] = []
    try:
        resources = ray.cluster_resources()
        gpus, cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 0))
        cores = max(1, min(cpus_each, cpus))
        wanted = {"num_gpus": 1} if gpus else {"num_cpus": cores}
        room = gpus or max(1, cpus // cores)
        places += [_Actor(ray, wanted) for _ in range(min(room, at_most or room))]
        each = "GPU" if gpus else f"{cores} CPU"
        _wait_for_room(ray, places, each, wait_seconds)
        yield ShardedEngine(places, f"ray on {len(places)} x {each}")
    finally:
        for place in places:
            place.close()
        ray.shutdown()


def _knock(address: str) -> None:
    """Refuse an address where nobody listens: Ray would try for minutes.

    Raises:
        NoRay: Nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        return  # "auto": Ray looks for a cluster on this machine
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise NoRay(
            f"the Ray cluster {address!r} cannot be reached: {error}. Start one with `ray start"
            " --head`, which prints its address, and see that no firewall is between"
        ) from error


def _token_wanted(error: Exception) -> str:
    """Return what Ray says of a wrong token only in the error beneath."""
    if "AuthToken" not in str(error.__cause__):
        return ""
    return (
        ". It wants its token: set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH"
    )


def _wait_for_room(ray: Any, places: list[_Actor], each: str, seconds: float) -> None:
    """Wait until the cluster runs all of `places`; give up those that it does not after `seconds`.

    Ray waits for ever, and says nothing, where other programs hold what an actor asks for.

    Raises:
        NoRay: It runs none.
    """
    starting, until = {place.started(): place for place in places}, time.monotonic() + seconds
    waiting = list(starting)
    while waiting and (left := until - time.monotonic()) > 0:
        _, waiting = ray.wait(waiting, num_returns=len(waiting), timeout=min(SAY_SECONDS, left))
        if waiting:
            logger.warning(
                "waiting for the cluster: wants %d x %s, free: %s", len(waiting), each, _free(ray)
            )
    if len(waiting) == len(places):
        raise NoRay(
            f"the Ray cluster had no room for {seconds:.0f} s: it was asked for {len(places)} x"
            f" {each}, and free are {_free(ray)}. `ray status` on a node says what uses it: wait"
            " for that or end it, add a node (`ray start --address=HEAD:6379`), or take --engine"
            " local"
        )
    for late in waiting:
        starting[late].close()
        places.remove(starting[late])


def _free(ray: Any) -> str:
    resources = ray.available_resources()
    return ", ".join(f"{resources.get(name, 0):g} {name}" for name in ("GPU", "CPU"))


class _Scorer:
    """What runs in the actor."""

    def __init__(self, threads: int) -> None:
        if threads:
            import torch

            torch.set_num_threads(threads)

    def pid(self) -> int:
        return os.getpid()

    def score(self, model: Instrument, sources: Sequence[str], targets: Sequence[str]) -> Floats:
        return score_here(model, sources, targets)


class _Actor(ModelProcess):
    """An actor somewhere in the cluster."""

    def __init__(self, ray: Any, wanted: dict[str, int]) -> None:
        self._ray, self._wanted = ray, wanted
        self._actor = self._start()

    def _start(self) -> Any:
        remote = self._ray.remote(**self._wanted)(_Scorer)
        return remote.remote(self._wanted.get("num_cpus", 0))

    def pid(self) -> int:
        """Return the actor's process, on whichever node it is."""
        return int(self._ray.get(self._actor.pid.remote()))

    def started(self) -> Any:
        """Return a reference that is ready once the actor runs on some node."""
        return self._actor.pid.remote()

    def submit(
        self, model: Instrument, sources: Sequence[str], targets: Sequence[str]
    ) -> Future[Floats]:
        # Ray shows an actor its own GPU only, which is "cuda" there.
        placed = model.on("cuda" if "num_gpus" in self._wanted else "cpu")
        answer = Future[Floats]()
        running = self._actor.score.remote(placed, sources, targets).future()
        running.add_done_callback(lambda done: pass_on(done, answer, self._told))
        return answer

    def _told(self, error: BaseException) -> BaseException:
        if isinstance(error, self._ray.exceptions.RayTaskError):
            cause: BaseException = error.cause
            return cause
        return Died() if isinstance(error, self._ray.exceptions.RayError) else error

    def revive(self) -> bool:
        self._actor = self._start()
        ready, _ = self._ray.wait([self.started()], timeout=REVIVE_SECONDS)
        if not ready:
            self.close()  # or it would take its place when nobody has work for it
        return bool(ready)

    def close(self) -> None:
        self._ray.kill(self._actor)
