"""The tables of systems held against each other: by task, and example by example."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from streamlit.column_config import NumberColumn, TextColumn

from app.site.tables.base import (
    HIGH,
    LOW,
    ByColumn,
    Column,
    Table,
    metric_help,
    tabulate,
    task_name,
)
from app.site.tables.board_frame import BoardFrame
from app.site.tables.wrapping import column_width
from app.text import decimals, p_value, plain
from submissions.releasing.comparing import Comparison
from submissions.store.released.scored_rows import MetricRow, TaskRow
from submissions.wording import counted


def difference_table(
    board: BoardFrame,
    tasks: Sequence[TaskRow],
    names: Sequence[str],
    ids: Sequence[str],
    metric: MetricRow,
    tested: Iterable[Comparison],
    wanted: float | None = None,
) -> Table:
    """Return the first system less each of the others.

    A row a task and pair, and the mean over tasks where it was tested.

    Args:
        board: The metric's cells.
        tasks: The rows.
        names: The systems' names.
        ids: Their ids, in the same order.
        metric: By which they differ.
        tested: What the tests say; without them the rows have neither interval nor p-value.
        wanted: A difference of which it is to be said how many posts would show it; None for none.
    """
    digits, values = decimals(metric), board.cells["value"]
    by_pair = {
        (comparison.task, comparison.second): comparison
        for comparison in tested
        # All pairs are tested, for the correction; only those with the first are listed.
        if comparison.first == ids[0]
    }
    rows = []
    for other, name in zip(ids[1:], names[1:], strict=True):
        for task in tasks:
            first, second = values.loc[[ids[0], other], task.id]
            tests = by_pair.get((task.id, other))
            rows.append(_difference(task_name(task), name, first, second, tests, wanted))
        overall = by_pair.get(("", other))
        if overall is not None:
            title = f"Mean of {counted(len(overall.tasks), 'task')}"
            first, second = overall.first_value, overall.second_value
            rows.append(_difference(title, name, first, second, overall, wanted))
    pairs = len(ids) > 2
    heads = {
        "task": "Task",
        "other": f"{names[0]} against",
        "first": Column(names[0], digits=digits),
        "second": Column("The other" if pairs else names[1], digits=digits),
        "difference": Column("Difference", digits=digits, ends=True),
        "p": Column("p", "Two-sided, from permutations.", wording=p_value),
        "p_holm": Column(
            "p (Holm)",
            "Adjusted (Holm) for the tests of all pairs of the chosen systems, not only of those"
            " with the first: those by task together, and those of means together.",
            wording=p_value,
        ),
        "posts": "Posts",
        "detectable": Column(
            "Detectable",
            "The smallest true difference that these posts show: at .05, with a power of 80%.",
            digits=digits,
        ),
        "posts_needed": NumberColumn(
            "Posts for this",
            help="How many posts of this kind it would take to show the difference found here, were"
            " it the true one: at .05, with a power of 80%.",
            format="localized",
        ),
        "posts_wanted": NumberColumn(
            f"Posts for {wanted:g}" if wanted else "",
            help="The same for the difference that is wanted.",
            format="localized",
        ),
    }
    shown = ["task", *(["other"] if pairs else []), "first", "second", "difference"]
    if by_pair:
        shown += [f"difference{LOW}", f"difference{HIGH}", "p", "p_holm", "posts", "detectable"]
        shown += ["posts_needed", *(["posts_wanted"] if wanted else [])]
    return tabulate(rows, heads, shown)


def _difference(
    task: str,
    other: str,
    first: float | None,
    second: float | None,
    tests: Comparison | None,
    wanted: float | None,
) -> ByColumn:
    difference = None if first is None or second is None else first - second
    row = {
        "task": task,
        "other": other,
        "first": first,
        "second": second,
        "difference": difference,
        "posts": pd.NA,
    }
    if tests is None:
        return row
    return row | {
        f"difference{LOW}": tests.low,
        f"difference{HIGH}": tests.high,
        "p": tests.p,
        "p_holm": tests.p_holm,
        "posts": tests.posts or pd.NA,
        "detectable": tests.detectable,
        "posts_needed": _whole(tests.posts_needed),
        "posts_wanted": _whole(tests.posts_for(wanted) if wanted else None),
    }


def _whole(count: int | None) -> Any:
    return pd.NA if count is None else count


def example_table(
    rows: pd.DataFrame,
    names: Sequence[str],
    runs: Sequence[int],
    score: MetricRow | None,
    titles: Mapping[str, Callable[[str], str]],
    *,
    several_tasks: bool,
) -> Table:
    """Return examples with each system's label, whether it is right, and its score.

    Args:
        rows: From `app.site.tables.side_by_side.example_frame`.
        names: Of the systems.
        runs: How many of each there are; the label is the first's.
        score: The metric of the scores.
        titles: Task id -> what says how an answer to it is written.
        several_tasks: Whether the task needs saying.
    """
    frame = pd.DataFrame(
        {
            "task": [plain(task.split("/", 1)[-1]) for task in rows["task"]],
            "example": rows["example"].map(plain),
            "gold": _labels(rows, "gold", titles),
        }
    )
    gold = TextColumn("Gold", width=column_width("Gold", frame["gold"]))
    columns: ByColumn = {"task": "Task", "example": "Example", "gold": gold}
    # Where no task has labels there is nothing to say of them.
    labelled = bool(rows["labelled"].any())
    shown = [*(["task"] if several_tasks else []), "example", *(["gold"] if labelled else [])]
    for number, name in enumerate(names):
        marks = rows[f"right {number}"].map({1.0: "✓ ", 0.0: "✗ "}).fillna("")
        frame[f"label {number}"] = [
            mark + label
            for mark, label in zip(marks, _labels(rows, f"label {number}", titles), strict=True)
        ]
        # A task that was left out is blank, and not "unparsed".
        frame.loc[~rows[f"answered {number}"].to_numpy(dtype=bool), f"label {number}"] = ""
        frame[f"score {number}"] = rows[f"score {number}"].astype(float).to_numpy()
        columns[f"label {number}"] = TextColumn(
            f"{plain(name, 24)}: label{first_of(runs[number])}",
            width=180 if runs[number] < 2 else 240,
        )
        columns[f"score {number}"] = _score_column(f"{plain(name, 24)}: score", score)
        shown += [f"label {number}"] if labelled else []
    frame["spread"] = rows["spread"].astype(float).to_numpy()
    columns["spread"] = _score_column("Difference, unsigned", score)
    shown += (
        [*(f"score {number}" for number in range(len(names))), "spread"]
        if score is not None
        else []
    )
    digits = decimals(score) if score else 3
    return Table(
        frame,
        columns,
        shown,
        {name: digits for name in shown if name.startswith(("score", "spread"))},
    )


def first_of(runs: int) -> str:
    """Return what is said of an answer that is the first of several."""
    return f", run 1 of {runs}" if runs > 1 else ""


def _labels(
    rows: pd.DataFrame, column: str, titles: Mapping[str, Callable[[str], str]]
) -> list[str]:
    pairs = zip(rows["task"], rows[column], strict=True)
    return [
        "unparsed" if label is None or label != label else plain(titles[task](label))
        for task, label in pairs
    ]


def _score_column(head: str, score: MetricRow | None) -> Any:
    digits = decimals(score) if score else 3
    return NumberColumn(head, format=f"%.{digits}f", help=metric_help(score) if score else None)
