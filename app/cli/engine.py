"""Where the model runs: the options that say so, and the engine that they choose."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from scoring.errors import ReasonBoardError

if TYPE_CHECKING:
    from submissions.rescoring.engines.local import Engine


class EngineName(StrEnum):
    """In this process; in one a device of this machine; on a Ray cluster."""

    local = "local"
    processes = "processes"
    ray = "ray"


ChosenEngine = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        help="Where the model runs: here, a process a GPU of this machine, or on a Ray cluster.",
    ),
]
Address = Annotated[
    str | None, typer.Option(help="With --engine ray: the cluster; else one of this machine alone.")
]
Devices = Annotated[
    str | None,
    typer.Option(
        help="With --engine processes: cuda:0,cuda:1,... instead of all GPUs; cpu,cpu too."
    ),
]


def chosen_engine(
    name: EngineName, devices: str | None, address: str | None
) -> AbstractContextManager[Engine]:
    """Return what provides the engine called `name`, and ends its processes afterwards.

    Args:
        name: Which.
        devices: For `processes`, separated by commas; None for all GPUs.
        address: For `ray`; None starts a cluster of this machine alone.

    Raises:
        ReasonBoardError: An option that belongs to another engine, or the engine cannot be had.
    """
    # Refused rather than passed over: the run would take hours on the wrong device.
    if (devices and name is not EngineName.processes) or (address and name is not EngineName.ray):
        raise ReasonBoardError(
            "--devices goes with --engine processes, --address with --engine ray"
        )
    if name is EngineName.processes:
        from submissions.rescoring.engines.processes import process_engine

        return process_engine(devices.split(",") if devices else None)
    if name is EngineName.ray:
        from submissions.rescoring.engines.cluster import ray_engine

        return ray_engine(address)
    from submissions.rescoring.engines.local import LocalEngine

    return nullcontext(LocalEngine())
