"""Which engine runs the model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.options import EngineName
from scoring.errors import ReasonBoardError
from submissions.rescoring.engines.local import Engine, LocalEngine


@contextmanager
def chosen_engine(name: EngineName, devices: str | None, address: str | None) -> Iterator[Engine]:
    """The engine called `name`, its processes ended afterwards.

    Args:
        name: local: in this process; processes: one a device of this machine; ray: a Ray cluster.
        devices: For `processes`, separated by commas; None for all GPUs.
        address: For `ray`; None starts a cluster of this machine alone.

    Raises:
        ReasonBoardError: An option that belongs to another engine, or the engine cannot be had.
    """
    if (devices and name is not EngineName.processes) or (address and name is not EngineName.ray):
        raise ReasonBoardError(
            "--devices goes with --engine processes, --address with --engine ray"
        )
    if name is EngineName.local:
        yield LocalEngine()
        return
    if name is EngineName.processes:
        from submissions.rescoring.engines.processes import process_engine

        with process_engine(devices.split(",") if devices else None) as engine:
            yield engine
        return
    from submissions.rescoring.engines.cluster import ray_engine

    with ray_engine(address) as engine:
        yield engine
