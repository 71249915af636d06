"""A leaderboard as frames: a row a system, a column a task, everything filtered and sorted at once.

A board may have a thousand systems, and every click draws it anew, so nothing here loops over
cells. A blank is NaN and stays NaN: it is never averaged in, never sorted first in either
direction, and never a 0.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.grouping import grouped
from app.site.tables.strategy import strategy_place, strategy_title
from app.text import plain
from scoring.statistics.rounding import canonical, mean
from submissions.declarations.base_models import parameters
from submissions.releasing.coverage import OPTIONAL, enough
from submissions.store.released.scored_rows import OverallRow, SystemRow, TaskRow

MEAN, SYSTEM = "mean", "system"
COUNTS = ("n", "given", "asked", "most", "n_unparsed", "repetitions")
BASELINE, PARTIAL = "trivial baseline", "partial"
CELLS = (
    "system",
    "task",
    "metric",
    "value",
    "low",
    "high",
    "sd",
    "n",
    "n_given",
    "n_absent",
    "n_unparsed",
    "repetitions",
)
SIZES = {
    "small": "under 1B",
    "medium": "1B to 10B",
    "large": "10B to 100B",
    "huge": "100B and more",
    "none": "unknown",
}


@dataclass(frozen=True)
class BoardFrame:
    """One metric of every system on every task.

    Attributes:
        systems: What is declared: a row a system, by id; "size" is a key of `SIZES`.
        overall: The release's means over all tasks, with ranks; the same rows.
        cells: "value", "low", "high", "sd" (over runs), "n" (examples with a value), "given" (examples on which the
            system gave what the metric reads), "asked" (outputs of a run), "most" (what a system could
            give: of an optional metric all that was asked, else what it gave), "n_unparsed" (in the run
            with the most) and "repetitions" (runs), each a frame of systems x columns. The columns
            are tasks, or families of tasks; on a page about one task, metrics.
    """

    systems: pd.DataFrame
    overall: pd.DataFrame
    cells: Mapping[str, pd.DataFrame]

    @property
    def columns(self) -> list[str]:
        """Ids of the columns that mean anything: a metric that does not apply to a task has no cell
        there.
        """
        return list(self.cells["value"].columns)

    @cached_property
    def covered(self) -> pd.DataFrame:
        """Where a system has a value, and gave enough of what the metric reads, as releases judge
        it.
        """
        # A task of which nothing was asked has no fewest.
        asked = self.cells["asked"] > 0
        fullest = self.cells["most"].where(asked).max()
        counts = self.cells["given"].where(asked)
        return counts.ge(fullest.map(enough)) & self.cells["value"].notna()


@dataclass(frozen=True)
class Filters:
    """Which systems are looked at. An empty tuple or text asks for nothing."""

    text: str = ""
    methods: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    baselines: bool = True


def make_board(
    systems: Sequence[SystemRow],
    overall: Iterable[OverallRow],
    cells: pd.DataFrame,
    columns: Sequence[str],
    by: str = "task",
) -> BoardFrame:
    """Return the rows of a release as frames.

    Args:
        systems: All of the benchmark's.
        overall: One metric's.
        cells: The columns `CELLS` of one metric, or of one task.
        columns: In the order in which they are shown.
        by: What they are: "task" or "metric".
    """
    # Objects, since Arrow's texts are slow to look up.
    index = pd.Index([system.id for system in systems], dtype=object, name="id")
    cells = cells.assign(
        asked=cells["n"] + cells["n_absent"],
        given=cells["n_given"].astype(float).fillna(cells["n"].astype(float)),
    )
    cells["most"] = cells["given"].where(~cells["metric"].isin(OPTIONAL), cells["asked"])
    present = set(cells[by])
    columns = [column for column in columns if column in present]
    keyed = cells.set_index(["system", by])
    wide = {
        name: (keyed[name].unstack().reindex(index=index, columns=columns).astype(float))  # noqa: PD010 (one value each)
        for name in ("value", "low", "high", "sd", *COUNTS)
    }
    return BoardFrame(_declared(systems, index), _means_of(overall, index), wide)


def _means_of(rows: Iterable[OverallRow], index: pd.Index[str]) -> pd.DataFrame:
    columns = [*OverallRow.__dataclass_fields__]
    means = pd.DataFrame([vars(row) for row in rows], columns=columns)
    means = means.set_index("system").reindex(index)
    means[_NUMBERS] = means[_NUMBERS].astype(float)
    return means


SETS = {
    "ranks": ("rank_low", "rank_high"),
    "own_set": ("set_low", "set_high"),
    "table_set": ("table_low", "table_high"),
}
"""Columns that show the doubt about ranks -> both ends."""
_NUMBERS = [
    *("value", "low", "high", "sd", "rank", "covered", "total"),
    *(end for ends in SETS.values() for end in ends),
]


def _declared(systems: Sequence[SystemRow], index: pd.Index[str]) -> pd.DataFrame:
    rows = [
        {
            SYSTEM: plain(system.system),
            "version": plain(system.version),
            "versions": system.versions,
            "published": system.published,
            "method": plain(system.method),
            "strategy": system.strategy,
            "strategy_place": strategy_place(system.strategy),
            "base_model": plain(system.base_model),
            "parameters": parameters(system.parameters),
            "size": size_class(system.parameters),
            "trained_on": trained_on(system),
            "trivial": system.trivial,
            "received": plain(system.received_at[:10]),
            "searched": (
                "\n".join(
                    (
                        system.system,
                        system.base_model,
                        system.description,
                        system.method,
                        strategy_title(system.strategy),
                    )
                ).casefold()
            ),
        }
        for system in systems
    ]
    frame = pd.DataFrame(
        rows,
        index=index,
        columns=None if rows else [SYSTEM, "searched", "method", "strategy", "size", "trivial"],
    )
    frame["by_name"] = frame[SYSTEM].str.casefold().rank(method="dense")
    return frame


def kept(board: BoardFrame, filters: Filters) -> pd.Series[bool]:
    """Return which systems pass all of `filters`."""
    systems = board.systems
    mask = pd.Series(True, index=systems.index)
    if filters.text:
        mask &= systems["searched"].str.contains(filters.text.casefold(), regex=False)
    if filters.methods:
        mask &= systems["method"].isin(filters.methods)
    if filters.strategies:
        mask &= systems["strategy"].isin(filters.strategies)
    if filters.sizes:
        mask &= systems["size"].isin(filters.sizes)
    return mask if filters.baselines else mask & ~systems["trivial"].astype(bool)


def means(
    board: BoardFrame, tasks: Sequence[str], rows: Sequence[OverallRow] | None = None
) -> pd.DataFrame:
    """Return each system's mean over `tasks`, with what is known of its doubt.

    Over all tasks that is what the release says, ranks included. Over some of them it is what
    `rows` say; without these it is their plain mean, without ranks, and with an interval only where
    it is of one task. A task that is covered too little has no value, there as here.

    Args:
        board: The board.
        tasks: Some of its tasks.
        rows: Means and ranks over just these tasks; None where they are not known.
    """
    if list(tasks) == board.columns:
        return board.overall[_NUMBERS]
    if rows is not None:
        table = _means_of(rows, board.systems.index)[_NUMBERS]
        # Who has none of the tasks has no row.
        return table.assign(covered=table["covered"].fillna(0.0), total=float(len(tasks)))
    covered = board.covered[list(tasks)]
    values = board.cells["value"][list(tasks)].where(covered)
    table = pd.DataFrame(index=values.index, columns=_NUMBERS, dtype=float).assign(
        value=_row_means(values), covered=values.count(axis=1), total=len(tasks)
    )
    if len(tasks) == 1:
        for end in ("low", "high", "sd"):
            table[end] = board.cells[end][tasks[0]].where(covered[tasks[0]])
    return table


def families(board: BoardFrame, tasks: Sequence[TaskRow]) -> BoardFrame:
    """Return the board with a column a family.

    The plain mean of its tasks, blank unless it covers all.
    """
    groups = grouped((task.family, task.id) for task in tasks)
    cells = {}
    for name, frame in board.cells.items():
        counted = name in COUNTS
        known = frame if counted else frame.where(board.covered)
        parts = {family: _family(known[ids], name, counted) for family, ids in groups.items()}
        cells[name] = pd.DataFrame(parts, index=frame.index)
    return BoardFrame(board.systems, board.overall, cells)


def _family(frame: pd.DataFrame, name: str, counted: bool) -> pd.Series[float]:
    if name == "repetitions":
        return frame.max(axis=1)
    if counted:
        return frame.sum(axis=1, min_count=1)
    whole = _row_means(frame).where(frame.notna().all(axis=1))
    return whole if name == "value" or frame.shape[1] == 1 else whole * float("nan")


def _row_means(frame: pd.DataFrame) -> pd.Series[float]:
    """Return each row's mean over what is not blank, as releases compute means."""
    # By the same function as releases, whose sums round alike whatever the order.
    rows = ([value for value in row if value == value] for row in frame.to_numpy().tolist())
    return pd.Series([mean(row) if row else np.nan for row in rows], index=frame.index, dtype=float)


def arranged(
    board: BoardFrame,
    mask: pd.Series[bool],
    values: pd.Series[float] | None,
    *,
    descending: bool,
    partial: pd.Series[bool] | None = None,
    by_strategy: bool = False,
) -> pd.Index[str]:
    """Return ids in the order shown: complete systems first, then partial; in both blanks last.

    Equals by name.

    Args:
        board: Whose.
        mask: Which of its systems.
        values: What they are sorted by; None for their names.
        descending: Whether the highest, or the last name, stands first.
        partial: Which systems stand below the others; None for none.
        by_strategy: Whether systems of one strategy stand together, and the order is within each.
    """
    names = board.systems["by_name"].to_numpy()
    below = np.zeros(len(names), dtype=bool) if partial is None else partial.to_numpy(dtype=bool)
    keys: tuple[npt.NDArray[Any], ...]
    if values is None:
        keys = (-names if descending else names, below)
    else:
        numbers = canonical(np.asarray(values.reindex(board.systems.index), dtype=np.float64))
        # `lexsort` takes the most important key last.
        keys = (names, -numbers if descending else numbers, np.isnan(numbers), below)
    if by_strategy:
        keys = (*keys, board.systems["strategy_place"].to_numpy())
    order = np.lexsort(keys)
    return board.systems.index[order[mask.to_numpy(dtype=bool)[order]]]


def incomplete(means: pd.DataFrame) -> pd.Series[bool]:
    """Return which systems leave out tasks, and so stand below the others, unranked."""
    return ~(means["covered"].eq(means["total"]) & means["value"].notna())


def thin_cells(
    board: BoardFrame, ids: pd.Index[str], tasks: Sequence[str]
) -> list[tuple[str, str, int, int]]:
    """Return system, task, examples answered or explained and examples asked, of each value that
    covers too little to count.
    """
    thin = (board.cells["value"].notna() & ~board.covered).loc[ids, list(tasks)]
    given, asked = board.cells["given"], board.cells["asked"]
    cells = [(ids[row], tasks[column]) for row, column in np.argwhere(thin.to_numpy())]
    return [
        (board.systems[SYSTEM][key], task, int(given[task][key]), int(asked[task][key]))
        for key, task in cells
    ]


def size_class(text: str) -> str:
    """Return which of `SIZES` a declared number of parameters is: "7B", "7000000000" or "7e9".

    "none" if unknown.
    """
    number = parameters(text)
    if not number > 0:
        return "none"
    return ("small", "medium", "large", "huge")[bisect((1e9, 1e10, 1e11), number)]


def trained_on(system: SystemRow) -> str:
    """Return source data sets a system was trained on; saying nothing is not the same as none."""
    if system.trained_on is None:
        return "undeclared"
    # Names that no task knows stand as they were written, and are not taken for "none".
    unknown = system.training["unknown"] if system.training else []
    names = (
        f"{plain(str(name))} (unknown name)" if name in unknown else plain(str(name))
        for name in system.trained_on
    )
    return ", ".join(names) or "none of the tasks' data"


def notes(board: BoardFrame, partial: pd.Series[bool], ids: pd.Index[str]) -> list[list[str]]:
    """Return the marks beside the names."""
    pairs = zip(board.systems.loc[ids, "trivial"], partial[ids], strict=True)
    return [[BASELINE] * bool(trivial) + [PARTIAL] * bool(part) for trivial, part in pairs]


def unparsed(board: BoardFrame, columns: Sequence[str], ids: pd.Index[str]) -> list[str]:
    """Return how many outputs no label could be read of, of all sent for `columns`: "5 of 105".

    Whether the metric has a value there is another question: the count is the same by task and by
    family. Of several runs the one with the most is counted, and said: "40 of 40 in the worst of 3
    runs".
    """
    sent = board.cells["asked"].loc[ids, list(columns)] > 0
    none, asked, runs = (
        board.cells[name].loc[ids, list(columns)].where(sent)
        for name in ("n_unparsed", "asked", "repetitions")
    )
    counts = zip(none.sum(axis=1), asked.sum(axis=1, min_count=1), runs.max(axis=1), strict=True)
    return [
        "" if total != total else f"{part:.0f} of {total:.0f}{worst_of(most)}"
        for part, total, most in counts
    ]


def worst_of(runs: float) -> str:
    """Return what a largest count over runs is to be followed by; "" where there
    was only one run.
    """
    return f" in the worst of {runs:.0f} runs" if runs > 1 else ""
