"""The tables of the page about one system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import pandas as pd
from streamlit.column_config import LinkColumn, NumberColumn, TextColumn

from app.site.tables.base import (
    ENDS,
    HIGH,
    LOW,
    ByColumn,
    Column,
    Table,
    metric_help,
    tabulate,
    task_name,
    version,
    with_intervals,
)
from app.site.tables.board_frame import BoardFrame, trained_on
from app.site.tables.confusion import Confusion
from app.site.tables.strategy import strategy_title
from app.site.tables.task import SPREADS
from app.text import decimals, interval, number, plain, size, web_link
from submissions.store.released.scored_rows import (
    MetricRow,
    OverallRow,
    ReleaseRow,
    SystemRow,
    TaskRow,
)
from submissions.wording import counted

# Half of them are tasks, and half labels.
SPOTS = 8
STABILITY = "stability"
"""The group of metrics that hold runs against each other."""
ALWAYS = ("parse_rate", "words")


def profile_table(
    cells: pd.DataFrame,
    tasks: Sequence[TaskRow],
    metrics: Mapping[str, MetricRow],
    rules: Mapping[str, Any],
    thoughts: Mapping[str, Any],
) -> Table:
    """Return a row a task: its headline metric, explanations, length, and how labels were read.

    Args:
        cells: The columns `DETAILS` of all of the system's cells.
        tasks: The benchmark's.
        metrics: By name.
        rules: Task id -> rule that read a label -> rows.
        thoughts: Task id -> `median`, words of what the system thought in a channel of its own.
    """
    explained = (
        metric.name
        for metric in metrics.values()
        if metric.grouping == "explanation" and metric.higher_is_better is not None
    )
    wanted = [*islice(explained, 1), *(name for name in ALWAYS if name in metrics)]
    heads = {
        "headline": Column(
            "Headline", "The metric that the task names first; see the column before."
        )
    } | {
        name: Column(
            plain(metrics[name].title), metric_help(metrics[name]), decimals(metrics[name])
        )
        for name in wanted
    }
    cells = cells.set_index(["task", "metric"])
    headlines = [(task.id, task.headline) for task in tasks]

    def those_of(name: str) -> pd.DataFrame:
        keys = headlines if name == "headline" else [(task.id, name) for task in tasks]
        return cells.reindex(pd.MultiIndex.from_tuples(keys))

    ends = {name: those_of(name) for name in heads}
    numbers, config = with_intervals(
        {name: (own["value"], own["low"], own["high"]) for name, own in ends.items()},
        heads,
        {name: own["sd"] for name, own in ends.items()},
    )
    headline = ends["headline"]
    valued = headline["value"].notna()
    counted_of = ["n", "n_unparsed", "n_refused", "n_cut_off"]
    counts = headline[counted_of].astype("Float64").astype("Int64")
    frame = pd.DataFrame(
        {
            "task": [task_name(task) for task in tasks],
            "metric": [plain(metrics[task.headline].title) for task in tasks],
            **numbers,
            "n": counts["n"].where(valued).array,
            "unparsed": counts["n_unparsed"].where(valued).array,
            "refused": counts["n_refused"].where(valued).array,
            "cut_off": counts["n_cut_off"].where(valued).array,
            "thought": pd.array(
                [thoughts.get(task.id, {}).get("median") for task in tasks], dtype="Int64"
            ),
            "read": [_rules(rules, task) for task in tasks],
            "why": headline["why_blank"].fillna("").map(plain).array,
        }
    )
    worst = ", worst run" if cells["repetitions"].max() > 1 else ""
    columns = {
        "task": TextColumn("Task", pinned=True),
        "metric": "Metric",
        "n": "Examples",
        "unparsed": f"Unparsed{worst}",
        "refused": NumberColumn(
            f"Refused{worst}",
            help="Outputs that decline to answer: wrong, as all that are unparsed.",
        ),
        "cut_off": NumberColumn(
            f"Cut off{worst}", help="Outputs that end while the model still reasons: wrong, too."
        ),
        "thought": NumberColumn(
            "Words of thought",
            help=(
                "Of what the model thought in a channel of its own, at the median: kept apart, and"
                " never scored."
            ),
        ),
        "read": TextColumn("Labels read by", width=260, help="Counts over all runs."),
        "why": "Why it is blank",
        **config,
    }
    occurring = [name for name in ("refused", "cut_off", "thought") if frame[name].fillna(0).any()]
    shown = ["task", "metric", *numbers, "n", "unparsed", *occurring, "read"]
    if frame["why"].any():
        shown.append("why")
    return Table(frame, columns, shown, {name: column.digits for name, column in heads.items()})


def runs_table(
    cells: pd.DataFrame, tasks: Sequence[TaskRow], metrics: Mapping[str, MetricRow]
) -> Table:
    """Return a row for each task that was run several times: how far the runs are apart in its
    headline metric, over prompts and over seeds, and how often labels flip.

    Args:
        cells: The columns `DETAILS` of all of the system's cells.
        tasks: The benchmark's.
        metrics: By name.
    """
    flips = {name: metric for name, metric in metrics.items() if metric.grouping == STABILITY}
    by_place = {(row["task"], row["metric"]): row for row in cells.to_dict("records")}
    rows = [
        {
            "task": task_name(task),
            "metric": plain(metrics[task.headline].title),
            "runs": own["repetitions"],
            **{name: own[name] for name in ("value", *SPREADS)},
            **{
                name + end: by_place.get((task.id, name), {}).get(part)
                for name in flips
                for end, part in zip(("", LOW, HIGH), ENDS, strict=True)
            },
        }
        for task in tasks
        if (own := by_place.get((task.id, task.headline))) and own["repetitions"] > 1
    ]
    heads = {
        "task": TextColumn("Task", pinned=True),
        "metric": "Metric",
        "runs": Column("Runs", digits=0),
        "value": Column("Mean of the runs"),
        **{name: Column(head, _OVER[name]) for name, head in SPREADS.items()},
        **{
            name: Column(plain(metric.title), metric_help(metric), ends=True)
            for name, metric in flips.items()
        },
    }
    table = tabulate(rows, heads)
    named = [name for name in table.names if table.frame[name].notna().any()]
    return replace(table, shown=named)


_OVER = {
    "sd": "Standard deviation over all runs, n - 1.",
    "sd_prompts": "Standard deviation of the prompts' means over their seeds, n - 1.",
    "sd_seeds": "Standard deviation of runs about their own prompt's mean, pooled over prompts.",
}


def _rules(rules: Mapping[str, Any], task: TaskRow) -> str:
    counts = rules.get(task.id, {})
    return (
        ", ".join(f"{plain(str(rule))} {n}" for rule, n in counts.items())
        if isinstance(counts, dict)
        else ""
    )


def weak_spots(
    board: BoardFrame, system: str, tasks: Sequence[TaskRow], matrices: Mapping[str, Confusion]
) -> Table:
    """Return tasks furthest behind the best system, and labels found least often, worst first.

    See `why_no_spots`.
    """
    values = board.cells["value"]
    rows: list[ByColumn] = []
    for task in tasks:
        if task.id in values and values[task.id].notna()[system]:
            of_task = values[task.id]
            best = str(of_task.idxmax())
            behind = float(of_task[best]) - float(of_task[system])
            if behind > 0:
                rows.append(
                    {
                        "where": task_name(task),
                        "what": f"behind {board.systems['system'][best]}",
                        "size": behind,
                        "detail": (
                            f"{_with_interval(board, system, task.id)} against"
                            f" {_with_interval(board, best, task.id)}"
                        ),
                    }
                )
    behind_most = sorted(rows, key=lambda row: -row["size"])[: SPOTS // 2]
    heads = {
        "where": "Task",
        "what": "What",
        "size": Column(
            "How far", "Behind the best system's value, or the share of the label's examples."
        ),
        "detail": "Detail",
    }
    return tabulate(behind_most + _missed(tasks, matrices), heads)


def _with_interval(board: BoardFrame, system: Any, task: str) -> str:
    value, low, high = (
        float(board.cells[part].loc[system, task]) for part in ("value", "low", "high")
    )
    return f"{number(value, 3)} ({interval(low, high, 3)})" if low == low else number(value, 3)


def why_no_spots(
    board: BoardFrame, system: str, tasks: Sequence[TaskRow], blanks: Sequence[str]
) -> str:
    """Return what there is to say where `weak_spots` is empty.

    It is not the same to be perfect and to have no value.

    Args:
        board: By the headline metric.
        system: Its id.
        tasks: The benchmark's.
        blanks: Why values of the headline metric are blank, in words.
    """
    values = board.cells["value"].loc[system]
    valued = [task for task in tasks if task.id in values and pd.notna(values[task.id])]
    if not valued:
        reasons = "; ".join(dict.fromkeys(filter(None, map(plain, blanks))))
        return (
            "It has no value on any task, so there is nothing to"
            f" compare{f': {reasons}' if reasons else ''}."
        )
    known = [task for task in valued if task.classes]
    labels = {
        len(valued): "and it finds every example of every label",
        0: "and what it misses of each label is not told, because gold is not public",
    }.get(
        len(known),
        f"and it finds every example of every label of the {len(known)} whose gold is public",
    )
    others = "no other system has a higher value" if len(board.systems) > 1 else "it stands alone"
    return (
        f"None is seen: on the {counted(len(valued), 'task')} where it has a value {others},"
        f" {labels}."
    )


def _missed(tasks: Sequence[TaskRow], matrices: Mapping[str, Confusion]) -> list[ByColumn]:
    rows: list[ByColumn] = []
    for task in tasks:
        matrix = matrices.get(task.id)
        if matrix is None or not task.classes:
            continue
        for label in task.labels:
            gold = int(matrix.counts.loc[label["name"]].sum())
            recognised = int(matrix.counts.loc[label["name"], label["name"]])
            # A label without examples cannot be missed.
            if gold and recognised < gold:
                wrong = matrix.counts.loc[label["name"]].drop(label["name"])
                rows.append(
                    {
                        "where": task_name(task),
                        "what": f"misses “{plain(label['title'])}”",
                        "size": 1 - recognised / gold,
                        "detail": (
                            f"{recognised} of {gold}"
                            f" found{f' ({matrix.added_up})' if matrix.added_up else ''}; most"
                            f" often answered: {plain(str(wrong.idxmax()))}"
                        ),
                    }
                )
    return sorted(rows, key=lambda row: -row["size"])[: SPOTS // 2]


def version_table(
    standings: Sequence[tuple[ReleaseRow, SystemRow | None, OverallRow | None]],
) -> Table:
    """Return a row a release: which version of the system it shows, with mean and rank."""
    rows = (
        {
            "release": release.number,
            "date": release.created_at[:10],
            "version": plain(system.version) if system else "not in it",
            "value": mean.value if mean else None,
            "span": interval(mean.low, mean.high, 3) if mean else "",
            "rank": mean.rank if mean else None,
            "reason": plain(release.reason, 300),
        }
        for release, system, mean in standings
    )
    heads = {
        "release": "Release",
        "date": "Date",
        "version": "Version",
        "value": Column("Mean"),
        "span": "95% interval",
        "rank": Column("Rank", digits=0),
        "reason": "Reason for the release",
    }
    return tabulate(rows, heads)


def system_table(systems: Iterable[SystemRow]) -> Table:
    """Return what the teams say of their systems.

    Links that lead anywhere but to a web page are left out.
    """
    rows = [
        {
            "System": plain(system.system),
            "Version": version(system),
            "Description": plain(system.description, 500),
            "Base model": plain(system.base_model),
            "Parameters": plain(system.parameters),
            "Method": plain(system.method),
            "Strategy": strategy_title(system.strategy),
            "Prompts": plain(system.prompt_strategy),
            "Trained on": trained_on(system),
            "Licence": plain(system.licence),
            "Link": web_link(system.links or ()),
            "Received": plain(system.received_at),
            "Outputs": system.n_rows,
        }
        for system in systems
    ]
    link = LinkColumn("Link", validate=r"^https?://")
    return Table(pd.DataFrame(rows), {"Link": link}, wording={"Parameters": size})
