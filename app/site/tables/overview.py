"""Tables of all boards at a glance, whose names lead to the pages of what they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.column_config import ButtonColumn, TextColumn

from app.overview import BoardOverview, RankedSystem, TaskOverview, ValuedSystem
from app.site.tables.base import HIGH, LOW, Column, Table, draw, tabulate
from app.site.tables.system_links import as_label, open_page
from app.site.tables.validity import why_column
from app.text import interval, no_interval, plain


@dataclass(frozen=True)
class Leads:
    """Where a click on a column's entries leads.

    Attributes:
        column: Of names.
        page: That is opened.
        parameters: Parameter of its address -> the column that has its value.
    """

    column: str
    page: str
    parameters: dict[str, str]


BOARD = Leads("benchmark", "leaderboard", {"benchmark": "benchmark"})
SYSTEM = Leads("system", "system", {"benchmark": "benchmark", "system": "system id"})
METRIC = Leads("metric", "validity", {"benchmark": "benchmark", "ratings": "ratings"})
TASK = Leads("task", "task", {"benchmark": "benchmark", "task": "task"})
TRIVIAL = Leads("trivial", "system", {"benchmark": "benchmark", "system": "trivial id"})


def draw_leading(table: Table, alt: str, key: str, leads: Sequence[Leads]) -> None:
    """Draw a table in which names are buttons that open pages.

    Args:
        table: Of this module.
        alt: What it shows, for those who cannot see it.
        key: Tells it from the page's others.
        leads: Its columns of names, and where they lead.
    """
    frame, columns = table.whole.copy(), dict(table.columns)
    for lead in leads:
        head = columns[lead.column]
        frame[lead.column] = frame[lead.column].map(as_label)
        columns[lead.column] = ButtonColumn(
            head["label"],
            width=head["width"],
            help=head["help"],
            pinned=head["pinned"],
            type="tertiary",
            alignment="left",
            key=_clicked(key, lead),
        )
    draw(Table(frame, columns, table.shown, table.decimals), alt)
    for lead in leads:
        clicked = st.session_state.get(_clicked(key, lead))
        if clicked is not None:
            row = table.whole.iloc[clicked["row"]]
            view = {name: row[column] for name, column in lead.parameters.items()}
            open_page(lead.page, **{name: value for name, value in view.items() if value})


def _clicked(key: str, lead: Leads) -> str:
    return f"opened {key} {lead.column}"


def leaders_table(boards: Iterable[BoardOverview]) -> Table:
    """Return a row a board and leading system, and one for its best trivial baseline; of a board
    without leaders one that says why.
    """
    rows = [
        {
            "benchmark": board.benchmark,
            "metric": plain(board.metric_title),
            "tasks": len(board.tasks),
            **_placed(placed, trivial=placed == board.trivial),
            "why": plain(board.why_blank if placed is None else _why(placed)),
        }
        for board in boards
        for placed in _listed(board)
    ]
    heads = {
        "benchmark": TextColumn("Benchmark", width=120, pinned=True, help="Opens its board."),
        "system": TextColumn("Best systems", width=190, help="Opens the system's page."),
        "rank": Column("Rank", "Among all that cover every task, baselines too.", 0),
        "ranks": TextColumn("Ranks", help="The ranks that paired tests over the posts allow."),
        "value": Column("Mean", "Over the board's own tasks, by its own metric.", ends=True),
        "span": TextColumn("95% interval", width=110),
        "metric": TextColumn("By", width=150),
        "tasks": Column("Tasks", digits=0),
        "kind": TextColumn("Kind", width=130),
        "why": why_column(rows),
        "system id": "Submission",
    }
    shown = ["benchmark", "system", "rank", "ranks", "value", "span", "metric", "tasks", "kind"]
    return tabulate(rows, heads, [*shown, "why"], optional="why")


def _listed(board: BoardOverview) -> list[RankedSystem | None]:
    trivial = [board.trivial] if board.trivial else []
    return [*(board.leaders or [None]), *trivial]


def _placed(placed: RankedSystem | None, *, trivial: bool) -> dict[str, object]:
    if placed is None:
        return dict.fromkeys(("system", "system id", "ranks", "span", "kind"), "")
    return {
        "system": plain(placed.system),
        "system id": placed.system_id,
        "rank": placed.rank,
        "ranks": "" if placed.rank_low is None else f"{placed.rank_low}–{placed.rank_high}",
        **_value("value", placed),
        "span": interval(placed.low, placed.high, 3),
        "kind": "trivial baseline" if trivial else "system",
    }


def _value(name: str, row: RankedSystem | ValuedSystem) -> dict[str, object]:
    return {name: row.value, f"{name}{LOW}": row.low, f"{name}{HIGH}": row.high}


def _why(row: RankedSystem | ValuedSystem) -> str:
    return no_interval(row.value, row.interval)


def validation_table(boards: Iterable[BoardOverview]) -> Table:
    """Return a row a board: the explanation metric that goes furthest along with people, or why
    there is none.
    """
    rows = []
    for board in boards:
        of = board.validation
        rows.append(
            {
                "benchmark": board.benchmark,
                "metric": plain(of.title) if of.metric else "not validated",
                "better": ("lower" if of.lower_is_better else "higher") if of.metric else "",
                "value": of.value,
                f"value{LOW}": of.low,
                f"value{HIGH}": of.high,
                "span": interval(of.low, of.high, 2),
                "words": of.words,
                "ratings": of.ratings,
                "aspect": plain(of.aspect),
                "system": plain(of.system),
                "raters": of.raters,
                "n": of.n if of.metric else None,
                "of": of.of if of.metric else None,
                "why": plain(of.why_blank) or no_interval(of.value, of.interval),
            }
        )
    heads = {
        "benchmark": TextColumn("Benchmark", width=120, pinned=True),
        "metric": TextColumn(
            "Best validated metric", width=190, help="Opens how far each metric can be believed."
        ),
        "why": why_column(rows),
        "value": Column(
            "r with people",
            "Pearson correlation with the raters, one left out: the worst within a rated system."
            " Where lower values of the metric are better, below 0 is the right way.",
            2,
            ends=True,
        ),
        "better": TextColumn("Better", width=70, help="Which values of the metric are good."),
        "span": TextColumn("95% interval", width=110),
        "words": Column("Word count", "The stronger one, on the same texts: the line to beat.", 2),
        "ratings": "Ratings",
        "aspect": "Aspect",
        "system": "Rated system",
        "raters": Column("Raters", digits=0),
        "n": Column("Texts", digits=0),
        "of": Column("Best of", "Explanation metrics with a correlation.", 0),
    }
    ends = {f"value{LOW}", f"value{HIGH}"}
    shown = [name for name in heads if name not in ends]
    return tabulate(rows, heads, shown, optional="why")


def tasks_table(tasks: Sequence[TaskOverview]) -> Table:
    """Return a row a task, in the order given: its best systems by its own metric."""
    rows = [
        {
            "family": plain(task.family),
            "task": task.task,
            "metric": plain(task.metric_title),
            **_best("system", "value", task.best),
            **_best("trivial", "trivial value", task.trivial),
            "n": task.n,
            "dataset": plain(task.dataset),
            "benchmark": task.benchmark,
            "why": plain(task.why_blank)
            or next((why for row in (*task.best, *task.trivial) if (why := _why(row))), ""),
        }
        for task in tasks
    ]
    heads = {
        "family": TextColumn("Family", width=150),
        "task": TextColumn("Task", width=170, pinned=True, help="Opens the task's page."),
        "metric": TextColumn("By", width=130, help="The task's own headline metric."),
        "system": TextColumn("Best system", width=180, help="Opens the system's page."),
        "value": Column("Value", ends=True),
        "value span": TextColumn("95% interval", width=110),
        "trivial": TextColumn("Best trivial baseline", width=180),
        "trivial value": Column("Its value", ends=True),
        "trivial value span": TextColumn("Its 95% interval", width=120),
        "n": Column("n", "Examples of the task.", 0),
        "dataset": "Source data set",
        "why": why_column(rows),
        "benchmark": "Benchmark",
        "system id": "Submission",
        "trivial id": "Baseline's submission",
    }
    shown = [
        "task",
        "family",
        "metric",
        "system",
        "value",
        "value span",
        "trivial",
        "trivial value",
        "trivial value span",
        "n",
        "dataset",
    ]
    return tabulate(rows, heads, [*shown, "why"], optional="why")


def _best(name: str, value: str, best: Sequence[ValuedSystem]) -> dict[str, object]:
    """Return the entries of a task's best system; how many have its value too."""
    if not best:
        return {name: "", f"{name} id": "", f"{value} span": ""}
    equal = f" (and {len(best) - 1} equal)" if len(best) > 1 else ""
    return {
        name: f"{plain(best[0].system)}{equal}",
        f"{name} id": best[0].system_id,
        **_value(value, best[0]),
        f"{value} span": interval(best[0].low, best[0].high, 3),
    }
