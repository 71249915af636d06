"""The leaderboard as it is drawn: its columns declared, with marks, doubt, and what each value is
made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.site.sheet.described import DeclaredTable, Fact, Field, NameField, NumberField, RankField
from app.site.tables.base import HIGH, LOW, SD, Table
from app.site.tables.board_frame import BASELINE, MEAN, SYSTEM, BoardFrame
from app.site.tables.task import why_none
from app.text import Names, plain
from scoring.statistics.bootstrap import Floats
from scoring.statistics.rounding import canonical
from submissions.store.released.scored_rows import MetricRow

SAID_ELSEWHERE = ("interval", "ranks", "notes", "beside span")
"""Columns that a drawn board has as dots, behind ranks, as marks, and where a value opens."""
_MARKS = {BASELINE: "baseline"}
LEGEND = {
    "dot": "Mean with its 95% interval; coloured where not significantly worse than the best",
    "hollow": "Partial: no rank",
    "bold": "best of its column, or a mean not significantly worse than the best",
    "tint": "Within a column, a stronger tint is better",
}


@dataclass(frozen=True)
class DrawnBoard:
    """A board and how it is looked at.

    Attributes:
        board: Its cells.
        means: Over the tasks that are looked at.
        partial: Which systems leave out some of them.
        table: All that can be shown.
        metric: The board's.
        beside: The metric whose means stand beside; None for none.
        details: The release's cells, with their counts and signatures.
    """

    board: BoardFrame
    means: pd.DataFrame
    partial: pd.Series[bool]
    table: Table
    metric: MetricRow
    beside: MetricRow | None
    details: pd.DataFrame


def board_sheet(
    drawn: DrawnBoard, names: Sequence[str], over: Names, sortable: Iterable[str], caption: str
) -> DeclaredTable:
    """Return a board as a sheet, its rows by name.

    Args:
        drawn: The board.
        names: Its columns that are shown, in order.
        over: Column -> what stands above its head.
        sortable: By which columns rows can be sorted.
        caption: What the table shows.
    """
    systems = drawn.board.systems
    order = np.argsort(systems["by_name"].to_numpy(), kind="stable")
    columns = _Columns(drawn, names, over, frozenset(sortable), order)
    partial = drawn.partial.to_numpy(dtype=bool)[order]
    return DeclaredTable(
        caption,
        systems.index[order].tolist(),
        [columns.field(name) for name in names if name not in SAID_ELSEWHERE],
        frozenset(np.flatnonzero(partial).tolist()),
        systems["strategy_place"].to_numpy()[order].tolist() if names[0] == "strategy" else (),
        {sign: meaning for sign, meaning in LEGEND.items() if sign != "hollow" or partial.any()},
    )


@dataclass(frozen=True)
class _Columns:
    """Makes the columns of a board, rows in `order`."""

    drawn: DrawnBoard
    names: Sequence[str]
    over: Names
    sortable: frozenset[str]
    order: npt.NDArray[np.intp]

    def field(self, name: str) -> Field:
        """Return a column."""
        if name == "rank":
            return self._ranks()
        if name == SYSTEM:
            return self._systems()
        if pd.api.types.is_numeric_dtype(self._frame[name]):
            return self._numbers(name)
        return Field(texts=self._entries(name), **self._head(name))

    @property
    def _frame(self) -> pd.DataFrame:
        return self.drawn.table.whole

    def _entries(self, name: str) -> list[str]:
        return [str(value) for value in self._frame[name].iloc[self.order]]

    def _head(self, name: str) -> dict[str, Any]:
        head = self.drawn.table.columns[name]
        return {
            "key": name,
            "head": head["label"] or name,
            "help": head.get("help") or "",
            "group": self.over.get(name, ""),
            "sortable": name in self.sortable,
        }

    def _ranks(self) -> RankField:
        ranks = self._frame["rank"].iloc[self.order]
        alone = ranks.astype("string").fillna("")
        spans = self._entries("ranks") if "ranks" in self.names else []
        return RankField(
            ranks=[None if pd.isna(rank) else int(rank) for rank in ranks],
            # A span that is the rank alone would say nothing more.
            spans=[
                "" if span == rank else span for span, rank in zip(spans, alone, strict=bool(spans))
            ]
            if spans
            else [],
            **self._head("rank"),
        )

    def _systems(self) -> NameField:
        marks = self._frame["notes"].iloc[self.order] if "notes" in self.names else ()
        return NameField(
            texts=self._entries(SYSTEM),
            marks=[[_MARKS.get(mark, mark) for mark in own] for own in marks],
            page="system",
            parameter="system",
            **self._head(SYSTEM),
        )

    def _numbers(self, name: str) -> NumberField:
        table = self.drawn.table
        own = name in self.drawn.board.cells["value"] and name in table.decimals
        values = self._frame[name].iloc[self.order].to_numpy(dtype=np.float64, na_value=np.nan)
        ends = [
            self._frame[name + end].iloc[self.order].astype(float).tolist()
            for end in (LOW, HIGH)
            if name + end in self._frame
        ]
        low, high = ends or ([], [])
        best, level = self._best(name, values)
        part = next((name.removesuffix(end) for end in (SD, LOW, HIGH) if name.endswith(end)), name)
        return NumberField(
            values=values.tolist(),
            digits=table.decimals.get(part, 0),
            low=low,
            high=high,
            higher_is_better=self._better(name),
            dotted=name == MEAN and ("interval" in self.names or MEAN + LOW in self.names),
            tinted=own,
            compact=name == "size",
            best=best,
            level=level,
            facts=self._facts(name),
            **self._head(name),
        )

    def _better(self, name: str) -> bool | None:
        if name == "beside":
            return self.drawn.beside.higher_is_better if self.drawn.beside else None
        values = (MEAN, *self.drawn.board.cells["value"])
        return self.drawn.metric.higher_is_better if name in values else None

    def _best(self, name: str, values: Floats) -> tuple[frozenset[int], frozenset[int]]:
        if name == MEAN:
            return self._rows(self._of_means("rank") == 1), self._rows(
                self._of_means("rank_low") == 1
            )
        higher = self._better(name)
        if higher is None:
            return frozenset(), frozenset()
        covered = self.drawn.board.covered
        counts = covered[name].to_numpy()[self.order] if name in covered else ~np.isnan(values)
        exact = np.where(counts, canonical(values), np.nan)
        if np.isnan(exact).all():
            return frozenset(), frozenset()
        best = np.nanmax(exact) if higher else np.nanmin(exact)
        return self._rows(exact == best), frozenset()

    def _of_means(self, name: str) -> Floats:
        return self.drawn.means[name].to_numpy(dtype=float)[self.order]

    def _rows(self, mask: npt.NDArray[np.bool_]) -> frozenset[int]:
        return frozenset(np.flatnonzero(mask).tolist())

    def _facts(self, name: str) -> Sequence[Fact]:
        ids = self.drawn.board.systems.index[self.order]
        if name == MEAN:
            return _facts(self.drawn.board.overall.reindex(ids), _OF_MEANS)
        cells = self.drawn.details
        own = cells[cells["task"] == name]
        if own.empty:
            return ()
        return _facts(_counts(own).set_index("system").reindex(ids), _OF_CELLS)


def _counts(cells: pd.DataFrame) -> pd.DataFrame:
    """Return what is said of cells, and nothing where it would say nothing."""
    asked = cells["n"].astype(float) + cells["n_absent"].astype(float)
    why, blank = why_none(cells), cells["value"].isna()
    return cells.assign(
        blank=why.where(blank, ""),
        thin=why.where(~blank, ""),
        n=cells["n"].astype(float).where(asked > 0),
        n_unparsed=cells["n_unparsed"].astype(float).where(asked > 0),
        repetitions=cells["repetitions"].astype(float).where(cells["repetitions"] > 1),
        signature=cells["signature"].where(~blank, ""),
    )


_OF_MEANS: Mapping[str, str] = {
    "covered": "Tasks",
    "sd": "SD over runs",
    "interval": "Interval by",
    "signature": "Signature",
}
_OF_CELLS: Mapping[str, str] = {
    "blank": "Blank because",
    "thin": "Does not count",
    "n": "Examples",
    "n_unparsed": "Unparsed",
    "repetitions": "Runs",
    "sd": "SD over runs",
    "interval": "Interval by",
    "signature": "Signature",
}


def _facts(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Fact]:
    return [
        Fact(title, [_said(value) for value in rows[name].tolist()])
        for name, title in titles.items()
        if name in rows
    ]


def _said(value: object) -> str:
    if value is None or value != value or value is pd.NA:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else plain(str(value), 1000)
