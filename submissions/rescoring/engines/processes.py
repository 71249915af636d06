"""Several GPUs of one machine, with nothing to set up: a process a device.

Processes are spawned, not forked: CUDA does not survive a fork. Each is an executor of one worker,
which loads the model when it is first asked to score with it and keeps it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from threading import Thread

from scoring.bartscore.devices import resolve_device
from scoring.errors import ReasonBoardError
from scoring.instruments import Instrument, scores_of
from scoring.statistics.bootstrap import Floats
from submissions.rescoring.engines.sharding import Died, ModelProcess, ShardedEngine, pass_on


class NoDevices(ReasonBoardError):
    """There is nothing to run processes on."""


@contextmanager
def process_engine(devices: Sequence[str] | None = None) -> Iterator[ShardedEngine]:
    """Open an engine with a process for each of `devices`, and end them afterwards.

    Args:
        devices: Torch devices, e.g. ("cuda:0", "cuda:1"); None for all GPUs. The same may be named
            twice.

    Raises:
        NoDevices: None is given and there is no GPU.
        ScoringError: There is no such device.
    """
    named = [resolve_device(device) for device in devices] if devices else _gpus()
    places = [
        _Process(device, threads=max(1, (os.cpu_count() or 1) // len(named))) for device in named
    ]
    counts = ", ".join(f"{count} x {device}" for device, count in sorted(Counter(named).items()))
    try:
        yield ShardedEngine(places, f"processes on {counts}")
    finally:
        for place in places:
            place.close()


def _gpus() -> list[str]:
    import torch

    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if not gpus:
        raise NoDevices(
            "--engine processes runs a process on every GPU, and there is none: name --devices"
            " cpu,cpu"
        )
    return gpus


class _Process(ModelProcess):
    """A process that scores on one device."""

    def __init__(self, device: str, threads: int) -> None:
        self._device, self._threads = device, threads
        self._executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(
            1, mp_context=context, initializer=_begin, initargs=(self._threads,)
        )
        self.pid = executor.submit(os.getpid)
        return executor

    def submit(
        self, model: Instrument, sources: Sequence[str], targets: Sequence[str]
    ) -> Future[Floats]:
        placed = model.on(self._device)
        # A future of our own: the executor's says that its pool broke, and not which work was
        # lost.
        answer = Future[Floats]()
        try:
            running = self._executor.submit(score_here, placed, sources, targets)
        except BrokenProcessPool:  # it died while it was idle
            answer.set_exception(Died())
            return answer
        running.add_done_callback(lambda done: pass_on(done, answer, _told))
        return answer

    def revive(self) -> bool:
        self._executor.shutdown(wait=False)
        self._executor = self._start()
        return True

    def close(self) -> None:
        # Not waited for: a batch on its way is of no use to anyone any more.
        if self.pid.done() and self.pid.exception() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid.result(), signal.SIGKILL)
        self._executor.shutdown(wait=True, cancel_futures=True)


def _told(error: BaseException) -> BaseException:
    return Died() if isinstance(error, BrokenProcessPool) else error


def _begin(threads: int) -> None:
    """Share the processor's cores between the processes; end when the process that asked does,
    however it ended.
    """
    import torch

    torch.set_num_threads(threads)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def score_here(model: Instrument, sources: Sequence[str], targets: Sequence[str]) -> Floats:
    """Return (n, outputs) numbers of pairs, made in this process; none of them only loads the
    model.
    """
    model.scorer()
    return scores_of(model, list(zip(sources, targets, strict=True)))
