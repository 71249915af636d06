"""`reasonboard counterfactuals`: how answers change with what they should not rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Benchmark, ChosenBoard, TableOrJson, Written, board_command
from app.cli.tabulating import Sheet, print_json, print_sheet, reasons, with_interval
from app.grouping import grouped

if TYPE_CHECKING:
    from app.text import Names
    from submissions.store.released.scored_rows import CounterfactualRow

commands = typer.Typer()

CAPTION = (
    "flips: share of pairs of a post and its counterfactual whose labels differ; accuracy and the "
    "metric: mean after less mean before; worst group: the change of accuracy of the group that "
    "loses most, its interval adjusted for the number of groups. Intervals are over posts; "
    "what is of fewer than ten pairs is left out, and --format json has all. For research, "
    "not for diagnosis."
)


@board_command(commands)
def counterfactuals(
    board: ChosenBoard,
    benchmark: Benchmark = None,
    task: Annotated[
        str | None, typer.Option(help="Only of this task, whose posts were changed.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="An explanation metric whose change is shown too.")
    ] = None,
    written: Written = TableOrJson.table,
) -> None:
    """Show how labels and explanations change where gender, age, ethnicity, relationships or the
    form of a post were swapped.
    """
    from app.chosen import chosen_boards, chosen_tasks, stated, system_names

    release = board.release
    chosen = {row.id for row in chosen_tasks(release, benchmark, task, metric)}
    boards = {
        name: [row for row in release.counterfactuals(name) if row.origin in chosen]
        for name in chosen_boards(release, benchmark)
    }
    if written is TableOrJson.json:
        print_json(row for name, rows in boards.items() for row in stated(release, name, rows))
        return
    names = system_names(release)
    by_task = grouped((row.task, row) for rows in boards.values() for row in rows)
    for of, rows in by_task.items():
        print_sheet(_sheet(of, rows, names, metric))
    if not by_task:
        typer.echo("No system of the release has answered a counterfactual task.")


def _sheet(task: str, rows: Sequence[CounterfactualRow], names: Names, metric: str | None) -> Sheet:
    """Return a row a system and a change, a column a measure."""
    heads = ("system", "changed", "pairs", "flips", "accuracy", *([metric] if metric else []))
    measures = ("accuracy", *([metric] if metric else []))
    cells = list(_rows(rows, names, measures))
    blank = [
        (names[row.system], row.why_blank)
        for row in rows
        if not row.axis and row.measure in ("counterfactual_flip_rate", *measures)
    ]
    caption = "\n".join([CAPTION, *reasons(blank)])
    title = f"{task}, made from {rows[0].origin}"
    return Sheet(title, (*heads, "worst group"), cells, caption, keys=2)


def _rows(
    rows: Sequence[CounterfactualRow], names: Names, measures: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    of_part = grouped(((row.system, row.axis, row.change), row) for row in rows)
    worst = {(row.system, row.axis): row for row in rows if row.measure == "worst_gap"}
    for (system, axis, change), own in of_part.items():
        by_measure = {row.measure: row for row in own if row.measure != "worst_gap"}
        flips = by_measure.get("counterfactual_flip_rate")
        # What is of too few pairs to have a value would fill the table with blanks.
        if flips is None or (axis and flips.value is None):
            continue
        values = [
            _value(by_measure.get(measure)) for measure in ("counterfactual_flip_rate", *measures)
        ]
        gap = worst.get((system, axis)) if not change else None
        said = "" if gap is None else f"{gap.change}: {_value(gap)}"
        changed = ": ".join(filter(None, (axis, change))) or "all"
        yield names[system], changed, f"{flips.n:,}", *values, said


def _value(row: CounterfactualRow | None) -> str:
    return "" if row is None else with_interval(row.value, row.low, row.high)
