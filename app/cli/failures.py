"""`reasonboard failures`: attributes and tags by the drop that goes with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Benchmark, ChosenBoard, TableOrJson, Written, board_command
from app.cli.tabulating import Sheet, number, print_json, print_sheet, with_interval
from scoring.errors import ReasonBoardError, nearest_or_all

if TYPE_CHECKING:
    from app.text import Names
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.scored_rows import DropRow

commands = typer.Typer()

HEADS = (
    "task",
    "attribute or tag",
    "drop",
    "p (Holm)",
    "there",
    "elsewhere",
    "examples",
    "systems",
)
CAPTION = (
    "drop: by how much the task's headline metric is worse on the examples with the attribute or "
    "tag than on its others, lower or, as of an error, higher; the mean over systems with a value "
    "on both sides that are no trivial baselines, or of the one named; the largest first. Intervals "
    "and tests draw posts; Holm is over all parts of the board. A drop goes with a tag, and need not "
    "be caused by it. For research, not for diagnosis."
)


@board_command(commands)
def failures(
    board: ChosenBoard,
    benchmark: Benchmark = None,
    system: Annotated[
        str | None, typer.Option(help="Of this system, by name; of all together unless said.")
    ] = None,
    written: Written = TableOrJson.table,
) -> None:
    """Rank attributes and tags by how much worse systems are on the examples that have them."""
    from app.chosen import by_metric_largest_drop_first, chosen_boards, system_names, title

    release = board.release
    names = system_names(release)
    _refuse_unknown(system, names)
    ranked = [
        (metric, rows)
        for name in chosen_boards(release, benchmark)
        for metric, rows in by_metric_largest_drop_first(
            row for row in release.drops(name) if names.get(row.system, "") == (system or "")
        ).items()
    ]
    if written is TableOrJson.json:
        print_json(_fields(release, (row for _, rows in ranked for row in rows), names))
        return
    for metric, rows in ranked:
        named = title(release, rows[0].benchmark, metric)
        print_sheet(Sheet(named, HEADS, list(_cells(rows)), CAPTION, keys=2))
    if not ranked:
        typer.echo("No task of the release has attributes or tags on ten examples or more.")


def _refuse_unknown(system: str | None, names: Names) -> None:
    if system is not None and system not in names.values():
        hint = nearest_or_all(system, sorted(set(names.values())))
        raise ReasonBoardError(f"no system is called {system!r}; {hint}")


def _cells(rows: Iterable[DropRow]) -> Iterator[tuple[str, ...]]:
    from app.text import p_value

    for row in rows:
        drop = with_interval(row.value, row.low, row.high) or row.why_blank
        part = f"{row.attribute}: {row.attribute_value}"
        sides = number(row.inside), number(row.outside)
        yield row.task, part, drop, p_value(row.p_holm), *sides, f"{row.n:,}", str(row.systems)


def _fields(
    release: ReleaseReader, rows: Iterable[DropRow], names: Names
) -> Iterator[dict[str, object]]:
    """Yield the rows for programs; the system of a mean over systems is empty."""
    from app.chosen import is_invented

    for row in rows:
        yield {
            "release": release.release.number,
            **asdict(row),
            "system": names.get(row.system, ""),
            "system_id": row.system,
            "demonstration": is_invented(release, row.benchmark),
        }
