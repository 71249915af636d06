"""The plan of a run of `reasonboard score`, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from submissions.rescoring.forecast import Line, could_be_rounded, forecast, total
from submissions.rescoring.pending import Unit
from submissions.store.folder import DataFolder
from submissions.wording import counted, noun_for

ROUNDED = (
    'This processor multiplies bfloat16 in matrix units: with dtype = "bfloat16" for BARTScore in'
    " scoring.toml, an identity of its own, it would take about a third of the time."
)
_SCALES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def print_plan(folder: DataFolder, units: Sequence[Unit], engine: str, console: Console) -> None:
    """Print what is pending, why, and what the model has to do for it."""
    lines = forecast(folder, units, engine)
    pending = f"{counted(len(units), 'unit')} {noun_for(len(units), 'is', 'are')} pending"
    table = Table(
        title=f"{pending} (a unit: one submission's one task)",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
        caption="pairs, tokens and FLOPs of the models, sampled; "
        "its time at the last rate (?: none yet)",
    )
    table.add_column("task", no_wrap=True)
    table.add_column("why")
    for head in ("units", "scores", "pairs", "tokens", "FLOPs", "time"):
        table.add_column(head, justify="right", no_wrap=True)
    # A single task is its own total.
    for line in [*lines, total(lines)] if len(lines) > 1 else lines:
        table.add_row(
            line.task,
            ", ".join(line.why),
            f"{line.units:,}",
            f"{line.scores:,}",
            *_model_part(line),
        )
    console.print(table)
    if could_be_rounded(units) and total(lines).cost.flops:
        console.print(ROUNDED, markup=False)


def _model_part(line: Line) -> tuple[str, str, str, str]:
    cost = line.cost
    # Units without a model, such as those of labels, are too cheap to be forecast.
    if not cost.flops:
        return "-", "-", "-", "-"
    return _scaled(cost.pairs), _scaled(cost.tokens), _scaled(cost.flops), _duration(line.seconds)


def _scaled(number: float) -> str:
    for scale, letter in _SCALES:
        if number >= scale:
            return f"{number / scale:.3g} {letter}"
    return f"{number:.0f}"


def _duration(seconds: float | None) -> str:
    """Return a time as people say it; "?" where nobody knows it."""
    if seconds is None:
        return "?"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
