"""`reasonboard failures`: attributes and tags by the drop that goes with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Benchmark, ChosenBoard, TableOrJson, Written, board_command
from app.cli.tabulating import Sheet, number, print_json, print_sheet, with_interval
from app.grouping import grouped
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
    "drop: the task's headline metric on its other examples less that on those with the attribute "
    "or tag, the mean over systems that are no trivial baselines, or of the one named; the largest "
    "first. Intervals and tests draw posts; Holm is over all parts of the board. A drop goes with a "
    "tag, and need not be caused by it. For research, not for diagnosis."
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
    from app.chosen import chosen_boards, largest_drop_first, system_names, title

    release = board.release
    names = system_names(release)
    _refuse_unknown(system, names)
    rows = {
        name: largest_drop_first(
            row for row in release.drops(name) if names.get(row.system, "") == (system or "")
        )
        for name in chosen_boards(release, benchmark)
    }
    if written is TableOrJson.json:
        print_json(_fields(release, rows, names))
        return
    for name, own in rows.items():
        # Drops of unlike metrics are no order.
        for metric, ranked in grouped((row.metric, row) for row in own).items():
            print_sheet(
                Sheet(title(release, name, metric), HEADS, list(_cells(ranked)), CAPTION, keys=2)
            )
    if not any(rows.values()):
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
    release: ReleaseReader, rows: Mapping[str, Iterable[DropRow]], names: Names
) -> Iterator[dict[str, object]]:
    """Yield the rows for programs; the system of a mean over systems is empty."""
    from app.chosen import is_invented

    for board, own in rows.items():
        for row in own:
            yield {
                "release": release.release.number,
                **asdict(row),
                "system": names.get(row.system, ""),
                "system_id": row.system,
                "demonstration": is_invented(release, board),
            }
