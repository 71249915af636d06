"""Which spoilt explanations fool a metric: its worst in a line, and all of them as a table and as
what a heat map takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from streamlit.column_config import TextColumn

from app.grouping import grouped
from app.site.tables.base import Column, Table, tabulate
from app.text import Names, interval, plain
from scoring.stress import CONSTANT, GROUPS, PERTURBATIONS, RANDOM
from submissions.store.released.rated_rows import StressRow

YARDSTICKS = {CONSTANT: "(constant)", RANDOM: "(random)"}
TRIED_ON = {"references": "references", "systems": "systems' explanations"}
HALF = 0.5
_ORDER = {perturbation.name: place for place, perturbation in enumerate(PERTURBATIONS)}
_TITLES = {perturbation.name: perturbation.title for perturbation in PERTURBATIONS}


@dataclass(frozen=True)
class StressPanel:
    """A part of the heat map.

    Attributes:
        title: What its perturbations have in common.
        shares: Metric's title x perturbation's title -> share of posts won; NaN for none.
        said: The same -> what stands where a cell is pointed at.
    """

    title: str
    shares: pd.DataFrame
    said: pd.DataFrame


def fooled_by(rows: Iterable[StressRow], metric: str) -> str:
    """Return what a metric is fooled by worst, in a few words; "" where it was not tried.

    It is fooled where it wins fewer than half of the posts, beyond doubt.
    """
    tried = sorted(
        (row.value, _ORDER.get(row.perturbation, len(_ORDER)), row)
        for row in rows
        if row.metric == metric and row.value is not None
    )
    if not tried:
        return ""
    share, _, worst = tried[0]
    fooling = sum(row.high is not None and row.high < HALF for *_, row in tried)
    if not fooling:
        return f"nothing, beyond doubt (of {_title(worst.perturbation)} it wins {share:.0%})"
    more = f" and {fooling - 1} more" if fooling > 1 else ""
    return f"{_title(worst.perturbation)} (wins {share:.0%}){more}"


def all_fooled(rows: Sequence[StressRow]) -> dict[str, str]:
    """Return metric -> what it is fooled by worst."""
    names = dict.fromkeys(row.metric for row in rows)
    return {name: fooled_by(rows, name) for name in names if name not in YARDSTICKS}


def stress_panels(rows: Sequence[StressRow], titles: Names) -> list[StressPanel]:
    """Return the heat map's parts, a group of perturbations each; metrics down, yardsticks last.

    Args:
        rows: Of one benchmark.
        titles: What metrics are called.
    """
    valued = {(row.metric, row.perturbation): row for row in rows if row.value is not None}
    metrics = [name for name in _metrics(rows) if any(name == metric for metric, _ in valued)]
    names = {name: _metric_title(name, titles) for name in metrics}
    panels = []
    for group in GROUPS:
        own = [
            each.name
            for each in PERTURBATIONS
            if each.group == group and any(each.name == name for _, name in valued)
        ]
        cells = {
            _title(perturbation): {
                names[metric]: valued.get((metric, perturbation)) for metric in metrics
            }
            for perturbation in own
        }
        if cells:
            frame = pd.DataFrame(cells, index=list(names.values()), dtype=object)
            shares = frame.map(lambda row: float("nan") if _none(row) else row.value).astype(float)
            panels.append(
                StressPanel(group, shares, frame.map(lambda row: "" if _none(row) else _said(row)))
            )
    return panels


def stress_table(rows: Sequence[StressRow], titles: Names) -> Table:
    """Return a row a metric, columns a perturbation with its interval; yardsticks last.

    Args:
        rows: Of one benchmark.
        titles: What metrics are called.
    """
    by_metric = grouped((row.metric, row) for row in rows)
    cells = []
    for name in _metrics(rows):
        own = by_metric[name]
        cell = {
            "metric": _metric_title(name, titles),
            "fooled": "" if name in YARDSTICKS else fooled_by(own, name),
            "tried": TRIED_ON.get(own[0].tried_on, plain(own[0].tried_on)),
            "posts": max(row.posts for row in own),
        }
        for row in own:
            cell |= _table_cells(row)
        cells.append(cell)
    heads: dict[str, Any] = {
        "metric": TextColumn("Metric", pinned=True, width=205),
        "fooled": TextColumn("Fooled by", width=240),
        "tried": TextColumn("Tried on", width=150),
        "posts": "Posts",
    }
    for name in dict.fromkeys(row.perturbation for row in rows):
        heads |= {
            name: Column(_title(name), _WHAT.get(name, ""), 2),
            f"{name} on": TextColumn("95% interval, posts", width=150),
        }
    return tabulate(cells, heads)


def perturbation_table() -> Table:
    """Return what each perturbation makes, with an invented example."""
    cells = (
        {
            "title": each.title,
            "what": each.what,
            "example": each.example,
            "version": each.version,
        }
        for each in PERTURBATIONS
    )
    heads = {
        "title": TextColumn("Perturbation", pinned=True, width=180),
        "what": TextColumn("What stands in the explanation's place", width=380),
        "example": TextColumn("Of the invented explanation", width=600),
        "version": "Version",
    }
    return tabulate(cells, heads)


_WHAT: Mapping[str, str] = {perturbation.name: perturbation.what for perturbation in PERTURBATIONS}


def _table_cells(row: StressRow) -> dict[str, Any]:
    ends = interval(row.low, row.high, 2)
    said = plain(row.why_blank) or f"{ends}, n = {row.posts:,}"
    return {row.perturbation: row.value, f"{row.perturbation} on": said}


def _said(row: StressRow) -> str:
    ends = interval(row.low, row.high, 2)
    where = TRIED_ON.get(row.tried_on, plain(row.tried_on))
    return f"wins {row.value:.2f} ({ends}) of {row.posts:,} posts, {where}"


def _none(row: Any) -> bool:
    return not isinstance(row, StressRow)


def _metrics(rows: Iterable[StressRow]) -> list[str]:
    """Return the metrics in the order of the rows, yardsticks last."""
    return sorted(dict.fromkeys(row.metric for row in rows), key=lambda name: name in YARDSTICKS)


def _metric_title(name: str, titles: Names) -> str:
    return YARDSTICKS.get(name) or titles.get(name, plain(name))


def _title(perturbation: str) -> str:
    return _TITLES.get(perturbation, plain(perturbation))
