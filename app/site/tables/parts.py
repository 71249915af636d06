"""Tables of results by part of a benchmark: platforms and ways of annotation, seen
and unseen data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.column_config import TextColumn

from app.grouping import grouped
from app.settings import data_path
from app.site.tables.base import (
    ENDS,
    ByColumn,
    Column,
    Table,
    spans,
    tabulate,
    value_with_ends,
    with_intervals,
)
from app.site.tables.wrapping import column_width
from app.text import Names, decimals, markdown, no_interval, plain
from scoring.statistics.rounding import canonical
from submissions.declarations.platforms import usable_platforms
from submissions.store.released.scored_rows import (
    CrossDatasetRow,
    GeneralizationRow,
    MetricRow,
    ParticipationRow,
    PlatformRow,
)
from submissions.wording import counted

RAW = ""
NAMED = 4
"""Systems that are named after a reason; the others are counted."""
QUANTITIES = {
    "seen": (
        "Seen",
        "Mean over the tasks whose source data or platform it declares to have been trained on.",
    ),
    "unseen": ("Unseen", "Mean over the other tasks."),
    "gap": (
        "Gap",
        (
            "Seen less unseen: what is lost on unseen data. Tasks differ in difficulty; mind the"
            " next column."
        ),
    ),
    "adjusted gap": (
        "Adjusted gap",
        (
            "The gap after the reference system's values are subtracted task by task, so that"
            " harder tasks do not pass for a failure to generalize."
        ),
    ),
    "full - held-out": (
        "Full less held-out",
        (
            "The same base model trained with the held-out data, less without them, on the held-out"
            " tasks."
        ),
    ),
}


def part_names(rows: Iterable[PlatformRow]) -> list[str]:
    """Return platforms and ways of annotation that occur, without contrasts."""
    return [part for part in dict.fromkeys(row.part for row in rows) if " - " not in part]


def contrast_names(rows: Iterable[PlatformRow]) -> list[str]:
    """Return contrasts that occur, as "twitter - reddit"."""
    return [part for part in dict.fromkeys(row.part for row in rows) if " - " in part]


def part_title(part: str) -> str:
    """Return a platform, a way of annotation or a contrast of two, as it is headed.

    "SMS", "Twitter less Reddit".
    """
    titles = _platform_titles(data_path())
    names = [plain(name) for name in part.split(" - ")]
    return " less ".join(titles.get(name) or name[:1].upper() + name[1:] for name in names)


@cache
def _platform_titles(data: Path) -> Mapping[str, str]:
    """Return how platforms are headed on the board whose data lie in `data`, as it was when it was
    first asked for: a server is started again after a change of declarations.
    """
    return usable_platforms(data).titles


def platform_table(
    rows: Sequence[PlatformRow],
    names: Names,
    metric: MetricRow,
    reference: str,
    sort: str,
) -> Table:
    """Return a row a system, a column a part, best first by `sort`, blanks last."""
    parts = [*part_names(rows), *contrast_names(rows)]
    chosen = [row for row in rows if row.reference == reference]
    tasks = {row.part: row.n_tasks for row in chosen if row.n_tasks}
    columns = {
        part: Column(part_title(part), _mean_over(part, tasks.get(part, 0)), decimals(metric))
        for part in parts
    }
    return _wide(
        [(row.system, row.part, row.value, row.low, row.high, _why(row)) for row in chosen],
        names,
        columns,
        sort,
        descending=metric.higher_is_better is not False,
    )


def _why(row: PlatformRow | GeneralizationRow) -> str:
    """Return why a row, or its interval, is blank.

    Its tasks without the benchmark that the page is of.
    """
    why = row.why_blank or no_interval(row.value, row.interval)
    # Every id on the page begins with it.
    return why.replace(f"{row.benchmark}/", "")


def _mean_over(part: str, tasks: int) -> str:
    over = counted(tasks, "task")
    if " - " in part:
        return f"Mean over the first's tasks less that over the second's ({over})."
    return f"Mean over {over}."


def generalization_table(
    rows: Sequence[GeneralizationRow], names: Names, metric: MetricRow, sort: str
) -> Table:
    """Return a row a system, a column a quantity.

    The smallest gap first where a gap sorts, blanks last.
    """
    quantities = {row.quantity for row in rows}
    columns = {
        key: Column(head, text, decimals(metric))
        for key, (head, text) in QUANTITIES.items()
        if key in quantities
    }
    # Of gaps the smallest is the best, whichever way the metric goes.
    gap = sort in ("gap", "adjusted gap", "full - held-out")
    cells = [(row.system, row.quantity, row.value, row.low, row.high, _why(row)) for row in rows]
    descending = (metric.higher_is_better is not False) != gap
    return _wide(cells, names, columns, sort, descending=descending)


def _wide(
    cells: Sequence[tuple[str, str, float | None, float | None, float | None, str]],
    names: Names,
    columns: Mapping[str, Column],
    sort: str,
    *,
    descending: bool,
) -> Table:
    """Return cells as a table of systems x columns with their intervals, and why some of them are
    blank.
    """
    ends = list(ENDS)
    long = pd.DataFrame(cells, columns=["system", "part", *ends, "why"])
    long = long.drop_duplicates(["system", "part"]).astype(dict.fromkeys(ends, float))
    wide = long.pivot_table(index="system", columns="part", values=ends, dropna=False, sort=False)
    by = canonical(wide["value"][sort].to_numpy()) if sort in wide["value"] else float("nan")
    order = pd.DataFrame({"value": by, "name": wide.index.map(names)}, index=wide.index)
    order = order.sort_values("name", key=lambda n: n.str.casefold(), kind="stable")
    ids = order.sort_values(
        "value", ascending=not descending, na_position="last", kind="stable"
    ).index
    value, low, high = (wide[end].loc[ids] for end in ends)
    numbers, heads = with_intervals(
        {name: (value[name], low[name], high[name]) for name in columns}, columns
    )
    texts = {
        f"{name} span": spans(low[name], high[name], column.digits)
        for name, column in columns.items()
    }
    reasons = _reasons(long[long["part"].isin(columns)], columns)
    why = [reasons.get(key, "") for key in ids]
    frame = pd.DataFrame(
        {"system": [names[key] for key in ids], **numbers, **texts, "why": why}, index=ids
    )
    config: ByColumn = {
        "system": TextColumn("System", width=205, pinned=True),
        **{
            name: TextColumn("95% interval", width=max(96, 18 + 7 * max(map(len, own), default=0)))
            for name, own in texts.items()
        },
        "why": TextColumn("Why it is blank", width=column_width("Why it is blank", why)),
        **heads,
    }
    shown = ["system", *(part for name in columns for part in (name, f"{name} span"))]
    digits = {name: column.digits for name, column in columns.items()}
    return Table(frame, config, [*shown, "why"] if any(why) else shown, digits)


def _reasons(cells: pd.DataFrame, columns: Mapping[str, Column]) -> dict[str, str]:
    """Return system -> why its cells are blank.

    Each reason once, with the columns that it is of where there are several.
    """
    blank = cells[cells["why"] != ""]
    said = {}
    for system, own in blank.groupby("system", sort=False):
        of = (columns[part].head for part in own["part"])
        whys = grouped(zip(map(plain, own["why"]), of, strict=True))
        each = [f"{', '.join(heads)}: {why}" for why, heads in whys.items()]
        said[str(system)] = ". ".join(each if len(whys) > 1 else whys)
    return said


def blanks(table: Table) -> list[str]:
    """Return why there are blanks, and whose, as Markdown.

    A line a reason, for those whose screen ends before its column.
    """
    whys = grouped(zip(table.frame["why"], table.frame["system"], strict=True))
    return [f"**{_first(names)}:** {markdown(why)}" for why, names in whys.items() if why]


def say_why_blank(table: Table) -> None:
    """Say on the page why cells are blank; nothing where there is no blank."""
    if whys := blanks(table):
        st.caption("  \n".join(["**Why cells are blank.**", *whys]))


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(map(markdown, names[:NAMED]))}{more}"


def participation_table(rows: Iterable[ParticipationRow], names: Names) -> Table:
    """Return who takes part in a protocol, and why others do not."""
    order = {"takes part": 0, "undeclared": 1, "cannot tell": 1}
    listed = sorted(
        rows, key=lambda row: (order.get(row.status, 2), names.get(row.system, "").casefold())
    )
    cells = (
        {
            "system": names.get(row.system, row.system),
            "status": plain(row.status),
            "why": plain(row.why),
        }
        for row in listed
    )
    return tabulate(cells, {"system": "System", "status": "Takes part?", "why": "Why"})


def crossing(rows: Sequence[CrossDatasetRow]) -> pd.DataFrame:
    """Return trained on x tested on.

    The mean over systems that declare just that data set, blank where there is none.
    """
    long = pd.DataFrame(
        [(row.trained_on, row.tested_on, row.value) for row in rows],
        columns=["trained", "tested", "value"],
    )
    return long.pivot_table(index="trained", columns="tested", values="value", aggfunc="mean")


def crossing_table(rows: Sequence[CrossDatasetRow], names: Names, metric: MetricRow) -> Table:
    """Return the heat map's cells, a row each."""
    cells = (
        {
            "trained": plain(row.trained_on),
            "tested": plain(row.tested_on),
            "task": plain(row.task.split("/", 1)[-1]),
            "system": names.get(row.system, row.system),
            **value_with_ends(row),
        }
        for row in rows
    )
    heads = {
        "trained": "Trained on",
        "tested": "Tested on",
        "task": "Task",
        "system": "System",
        "value": Column(plain(metric.title), digits=decimals(metric), ends=True),
    }
    return tabulate(cells, heads)
