"""What a figure for a paper shows: points with intervals, of a release.

Read of the release and shaped here, so that how it is drawn knows nothing of boards. The order and
the marks are those of the site: complete systems before partial ones, the best first, trivial
baselines and partial systems marked, and of reported systems one at most, as a line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.chosen import is_invented, largest_drop_first
from app.reported import ReportedSystem
from app.text import plain
from scoring.errors import ReasonBoardError
from submissions.releasing.by_name import TAG
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import DropRow, MetricRow, OverallRow, SystemRow

MOST = 60
"""Rows that a figure has room for."""
SYSTEM, BASELINE, PARTIAL = "system", "trivial baseline", "partial system"


@dataclass(frozen=True)
class Ended:
    """A value with the ends of its 95% interval; None without one."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class LineToBeat:
    """A value that others are held against, and what it is called."""

    value: float
    title: str


@dataclass(frozen=True)
class Point:
    """A point: whose it is, what kind that is, and where it stands; `up` in a scatter alone."""

    name: str
    group: str
    across: Ended
    up: Ended | None = None


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes:
        title: Above it: board, metric, release.
        across: What goes across, with its unit.
        points: In rows from the top, or in a scatter.
        up: What goes up in a scatter; "" where each point has a row.
        line: What the values across are held against; None for nothing.
        notes: Below it: what is left out, and what the data are.
    """

    title: str
    across: str
    points: tuple[Point, ...]
    up: str = ""
    line: LineToBeat | None = None
    notes: tuple[str, ...] = ()


def means_picture(
    release: ReleaseReader,
    metric: MetricRow,
    means: Sequence[OverallRow],
    line: ReportedSystem | None,
    tasks: Sequence[str],
) -> Picture:
    """Return the means of a metric over some tasks, a row a system.

    Args:
        release: The release.
        metric: Of one board.
        means: Its rows over these tasks.
        line: A reported row to draw as a line.
        tasks: What the means are over.

    Raises:
        ReasonBoardError: No system has a mean, or the paper does not print each of the tasks.
    """
    systems = {row.id: row for row in release.systems(metric.benchmark)}
    valued = _in_order(means, metric)
    points = tuple(
        Point(_ranked(row, systems), _group(row, systems), _ended(row)) for row in valued[:MOST]
    )
    return Picture(
        _title(release, metric.benchmark, metric.title),
        _axis(metric),
        _some(points, f"mean of {metric.name}"),
        line=None if line is None else _line(line, tasks),
        notes=_notes(release, metric.benchmark, [metric], len(valued)),
    )


def scatter_picture(
    release: ReleaseReader,
    metrics: tuple[MetricRow, MetricRow],
    means: tuple[Sequence[OverallRow], Sequence[OverallRow]],
) -> Picture:
    """Return the means of one metric against those of another, a point a system that has every task
    by both.

    Args:
        release: The release.
        metrics: What goes across and what goes up.
        means: Their rows over the same tasks.

    Raises:
        ReasonBoardError: No system has both.
    """
    across, up = metrics
    systems = {row.id: row for row in release.systems(across.benchmark)}
    complete = {row.system: row for row in means[1] if row.covered == row.total}
    points = tuple(
        Point(
            plain(systems[row.system].system, 80),
            _group(row, systems),
            _ended(row),
            _ended(complete[row.system]),
        )
        for row in _in_order(means[0], across)
        if row.covered == row.total
        and row.system in complete
        and complete[row.system].value is not None
    )
    return Picture(
        _title(release, across.benchmark, f"{up.title} against {across.title}"),
        _axis(across),
        _some(points, f"mean over every task of both {across.name} and {up.name}"),
        _axis(up),
        notes=("Systems with every task.", *_notes(release, across.benchmark, metrics, 0)),
    )


def drops_picture(
    release: ReleaseReader, metric: MetricRow, drops: Iterable[DropRow], whose: str
) -> Picture:
    """Return where systems fail, a row a tag or attribute.

    Args:
        release: The release.
        metric: The headline metric of the tasks.
        drops: Of that metric.
        whose: System or systems.

    Raises:
        ReasonBoardError: There is none.
    """
    valued = [row for row in largest_drop_first(drops) if row.value is not None]
    points = tuple(
        Point(
            plain(f"{row.task.split('/')[-1]}, {row.attribute}: {row.attribute_value}", 80),
            "tag" if row.attribute == TAG else "attribute",
            _ended(row),
        )
        for row in valued[:MOST]
    )
    return Picture(
        _title(release, metric.benchmark, f"where systems fail, {whose}"),
        f"Drop of {metric.title}",
        _some(points, f"drop of {metric.name}"),
        line=LineToBeat(0.0, "no drop"),
        notes=_notes(release, metric.benchmark, [metric], len(valued)),
    )


def _in_order(means: Iterable[OverallRow], metric: MetricRow) -> list[OverallRow]:
    """Return rows with a value: complete ones first, the best first; of a metric without a better
    end the highest.
    """
    sign = 1.0 if metric.higher_is_better is False else -1.0
    return sorted(
        (row for row in means if row.value is not None),
        key=lambda row: (row.covered < row.total, sign * (row.value or 0.0)),
    )


def _ended(row: OverallRow | DropRow) -> Ended:
    return Ended(math.nan if row.value is None else row.value, row.low, row.high)


def _ranked(row: OverallRow, systems: dict[str, SystemRow]) -> str:
    name = plain(systems[row.system].system, 80)
    return name if row.rank is None else f"{row.rank}. {name}"


def _group(row: OverallRow, systems: dict[str, SystemRow]) -> str:
    if row.covered < row.total:
        return PARTIAL
    return BASELINE if systems[row.system].trivial else SYSTEM


def _axis(metric: MetricRow) -> str:
    unit = f", {metric.unit}" if metric.unit else ""
    better = {True: "higher is better", False: "lower is better", None: "neither end is better"}
    return f"{metric.title}, mean of tasks{unit} ({better[metric.higher_is_better]})"


def _line(line: ReportedSystem, tasks: Sequence[str]) -> LineToBeat:
    mean = line.mean(tasks)
    if mean is None:
        raise ReasonBoardError(
            f"{line.title} does not print each of {', '.join(tasks)}, and a mean over fewer is not"
            " comparable; choose with --tasks what it prints, or leave --line out"
        )
    return LineToBeat(mean, f"reported, not scored here: {plain(line.title, 80)}")


def _title(release: ReleaseReader, board: str, what: str) -> str:
    mark = " (invented data)" if is_invented(release, board) else ""
    return f"{board}{mark}: {what}, release {release.release.number}"


def _some(points: tuple[Point, ...], what: str) -> tuple[Point, ...]:
    if not points:
        raise ReasonBoardError(f"there is no {what} in this release, and so nothing to draw")
    return points


def _notes(
    release: ReleaseReader, board: str, metrics: Iterable[MetricRow], rows: int
) -> tuple[str, ...]:
    """Return what a reader of the file alone has to know."""
    invented = ["Invented data: says nothing of people or models."] * is_invented(release, board)
    shown_off = ["Demonstration checkpoint: says nothing of quality."] * any(
        metric.demonstration for metric in metrics
    )
    first = [f"The first {MOST} of {rows}."] * (rows > MOST)
    day = release.release.created_at[:10]
    return (
        f"95% intervals. ReasonBoard, release {release.release.number} of {day}.",
        *first,
        *invented,
        *shown_off,
    )
