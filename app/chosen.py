"""What of a release is asked for, and whether it has that: for the command line and
the API alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from app.grouping import grouped
from app.text import Names
from scoring.errors import ReasonBoardError, nearest
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import DropRow, SystemRow, TaskRow, common_headline

if TYPE_CHECKING:
    from submissions.releasing.comparing import Comparison, Question
    from submissions.releasing.variants import VariantContrast

Row = TypeVar("Row")

LONGEST = 200
"""Characters of a name that nothing has, as far as it is compared and repeated."""


def chosen_boards(release: ReleaseReader, benchmark: str | None) -> tuple[str, ...]:
    """Return the boards asked for, real ones first.

    Raises:
        ReasonBoardError: There is no such board.
    """
    tasks = chosen_tasks(release, benchmark, None, None)
    return tuple(dict.fromkeys(task.benchmark for task in tasks))


def is_invented(release: ReleaseReader, board: str) -> bool:
    """Return whether a board only demonstrates."""
    return any(task.demonstration for task in release.tasks(board))


def title(release: ReleaseReader, board: str, metric: str) -> str:
    """Return what stands above a table of one metric of a board."""
    mark = " (invented data)" if is_invented(release, board) else ""
    return f"{board}{mark}: {metric}, release {release.release.number}"


def system_names(release: ReleaseReader) -> Names:
    """Return what the release's systems are called, by id."""
    return {system.id: system.system for system in release.systems()}


def stated(release: ReleaseReader, board: str, rows: Iterable[Any]) -> Iterator[dict[str, object]]:
    """Yield a board's rows by system, for programs.

    Named, the ids beside the names, and whether the board is invented.
    """
    called = system_names(release)
    beside = {"release": release.release.number}
    for row in rows:
        names = {
            "system": called[row.system],
            "system_id": row.system,
            "demonstration": is_invented(release, board),
        }
        yield {**beside, **asdict(row), **names}


def compared(
    release: ReleaseReader,
    question: Question,
    comparisons: Iterable[Comparison],
    wanted: float | None,
) -> Iterator[dict[str, object]]:
    """Yield each comparison for programs: named, the ids beside the names, and how many posts it
    would take to show a difference that is wanted.
    """
    names = {system.id: system.system for system in question.systems}
    invented = any(task.demonstration for task in question.tasks)
    for comparison in comparisons:
        row = {
            "release": release.release.number,
            "benchmark": question.benchmark,
            **asdict(comparison),
            "first": names[comparison.first],
            "second": names[comparison.second],
            "first_id": comparison.first,
            "second_id": comparison.second,
            "demonstration": invented,
            "wanted": None,
            "posts_wanted": None,
        }
        yield row if wanted is None else with_wanted(row, wanted)


def varied(
    release: ReleaseReader, question: Question, contrasts: Iterable[VariantContrast]
) -> Iterator[dict[str, object]]:
    """Yield each pair of variants for programs: a comparison of `compared`, with what they differ
    in.
    """
    listed = list(contrasts)
    rows = compared(release, question, (contrast.comparison for contrast in listed), None)
    for contrast, row in zip(listed, rows, strict=True):
        beside = {"differ": contrast.pair.differ, "base_models": contrast.pair.base_models}
        yield beside | {name: row[name] for name in row if name not in ("wanted", "posts_wanted")}


def with_wanted(row: Mapping[str, Any], wanted: float) -> dict[str, object]:
    """Return a comparison of `compared` with how many posts it would take to show a difference."""
    from submissions.releasing.comparing import posts_for

    needed = posts_for(row["detectable"], row["posts"], wanted)
    return {**row, "wanted": wanted, "posts_wanted": needed}


def rows_by_board(
    release: ReleaseReader,
    benchmark: str | None,
    metric: str | None,
    read: Callable[[str, str], Sequence[Row]],
) -> dict[str, tuple[str, Sequence[Row]]]:
    """Return board -> the metric asked for, or its headline metric, and what `read` reads of the
    two.

    Raises:
        ReasonBoardError: No such benchmark or metric is in the release.
    """
    metrics = {
        board: chosen_metric(release, board, metric) for board in chosen_boards(release, benchmark)
    }
    return {board: (name, read(board, name)) for board, name in metrics.items()}


def tasks_by_part(tasks: Iterable[TaskRow], parts: Iterable[str]) -> dict[str, list[TaskRow]]:
    """Return platform or way of annotation -> the tasks of that kind; contrasts of two have none."""
    known = list(tasks)
    return {
        part: [task for task in known if part in (task.platform, task.annotation)] for part in parts
    }


def chosen_metric(release: ReleaseReader, board: str, metric: str | None) -> str:
    """Return the metric asked for, else the board's headline metric.

    Raises:
        ReasonBoardError: No board has it.
    """
    refuse_unknown(release, "metric", metric, dict.fromkeys(row.name for row in release.metrics()))
    return metric or common_headline(release.tasks(board))


def chosen_tasks(
    reader: ReleaseReader, benchmark: str | None, task: str | None, metric: str | None
) -> list[TaskRow]:
    """Return the tasks asked for, real ones first.

    Raises:
        ReasonBoardError: No such benchmark, task or metric is in the release, or none of the boards
            asked for has the metric.
    """
    # Real boards first: invented data never stand first.
    rows = sorted(reader.tasks(), key=lambda row: row.demonstration)
    refuse_unknown(reader, "metric", metric, dict.fromkeys(row.name for row in reader.metrics()))
    refuse_unknown(reader, "benchmark", benchmark, dict.fromkeys(row.benchmark for row in rows))
    refuse_unknown(reader, "task", task, [row.id for row in rows])
    chosen = [row for row in rows if benchmark in (None, row.benchmark) and task in (None, row.id)]
    boards = boards_with(reader, metric)
    if metric and chosen and boards.isdisjoint(row.benchmark for row in chosen):
        raise ReasonBoardError(
            f"metric {metric!r} is not on the board of {chosen[0].benchmark} in release"
            f" {reader.release.number}; it is on that of {', '.join(sorted(boards))}"
        )
    return chosen


def tasks_of_one_board(
    reader: ReleaseReader, benchmark: str | None, names: Sequence[str], metric: str | None
) -> list[TaskRow]:
    """Return some tasks of one board, in the board's order.

    Args:
        reader: Of the release.
        benchmark: Their board; None where they say.
        names: Their ids; the board may be left out where it is said.
        metric: That the board is to have.

    Raises:
        ReasonBoardError: There is no such task, benchmark or metric, or they are of several boards.
    """
    known = chosen_tasks(reader, benchmark, None, metric)
    ids = [name if "/" in name or not benchmark else f"{benchmark}/{name}" for name in names]
    for name in ids:
        refuse_unknown(reader, "task", name, [row.id for row in known])
    chosen = [row for row in known if row.id in ids]
    boards = dict.fromkeys(row.benchmark for row in chosen)
    if len(boards) != 1:
        which = f"of several boards: {', '.join(boards)}" if boards else "none"
        raise ReasonBoardError(
            f"the tasks {', '.join(ids)[:LONGEST]} are {which}; choose some of one board"
        )
    return chosen


def chosen_systems(
    reader: ReleaseReader, benchmark: str, names: Sequence[str]
) -> tuple[SystemRow, ...]:
    """Return a board's systems, or, where some are named, those alone.

    Args:
        reader: Of the release.
        benchmark: The board.
        names: In any case, or ids; none for all.

    Raises:
        ReasonBoardError: The board has no such system.
    """
    rows = tuple(reader.systems(benchmark))
    called = [(row, {row.id, row.system.casefold()}) for row in rows]
    known = set().union(*(own for _, own in called))
    for name in names:
        if name.casefold() not in known:
            refuse_unknown(reader, "system", name, (row.system for row in rows))
    wanted = {name.casefold() for name in names} or known
    return tuple(row for row, own in called if own & wanted)


def boards_with(reader: ReleaseReader, metric: str | None) -> set[str]:
    """Return the benchmarks whose boards have `metric`; all of them for None."""
    return {row.benchmark for row in reader.metrics() if metric in (None, row.name)}


def largest_drop_first(rows: Iterable[DropRow]) -> list[DropRow]:
    """Return where systems fail in the order in which it is shown: by the drop, blanks last."""
    return sorted(rows, key=lambda row: (row.value is None, -(row.value or 0.0)))


def by_metric_largest_drop_first(rows: Iterable[DropRow]) -> dict[str, list[DropRow]]:
    """Return metric -> where systems fail by it: drops of unlike metrics are no order."""
    of_each = grouped((row.metric, row) for row in rows)
    return {metric: largest_drop_first(own) for metric, own in of_each.items()}


def refuse_unknown(
    release: ReleaseReader, what: str, name: str | None, known: Iterable[str]
) -> None:
    """Refuse a name that the release does not have.

    Raises:
        ReasonBoardError: With the nearest name, and all.
    """
    names = list(known)
    if name is not None and name not in names:
        # What is asked for may be as long as an address: comparing takes time by its length, and
        # the message repeats it.
        asked = name[:LONGEST]
        hint = nearest(asked, names)
        raise ReasonBoardError(
            f"{what} {asked!r} is not in release {release.release.number};"
            f" {hint + ' ' if hint else ''}it has: {', '.join(names)}"
        )
