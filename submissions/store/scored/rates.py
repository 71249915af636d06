"""Rows of `rates`: what a run's model was given and how long it took, for the next
plan's estimate.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from submissions.store.clock import now
from submissions.store.database import fetch, writing
from submissions.store.folder import DataFolder


@dataclass(frozen=True)
class Rate:
    """One measurement.

    Attributes:
        run: In which run.
        checkpoint: The model's fingerprint.
        engine: What ran it, e.g. "local on cpu".
        pairs: Pairs computed.
        flops: Their cost by the formula.
        seconds: Wall-clock seconds.
    """

    run: str
    checkpoint: str
    engine: str
    pairs: int
    flops: float
    seconds: float


def record_rate(folder: DataFolder, rate: Rate) -> None:
    """Keep one measurement."""
    with writing(folder) as db:
        db.table("rates").insert({**asdict(rate), "measured_at": now()})


def last_rate(folder: DataFolder, checkpoint: str, engine: str) -> float | None:
    """Return FLOP a second of the last run with `checkpoint` on `engine`; None before the first."""
    # The last run alone: machines and models change, and an average over all would lag behind.
    ((rate,),) = fetch(
        folder,
        "SELECT sum(flops) / sum(seconds) FROM rates WHERE seconds > 0 AND checkpoint = ? AND"
        " engine = ? AND run = (SELECT run FROM rates WHERE checkpoint = ? AND engine = ? ORDER BY"
        " rowid DESC LIMIT 1)",
        [checkpoint, engine, checkpoint, engine],
    )
    return None if rate is None else float(rate)
