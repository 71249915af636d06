"""What papers print, in the rows in which every door shows them: a system of a paper as it was
prompted or tuned, by one metric.

Such a row is never one of the board's: it has no rank, no interval and no test, and whatever marks
the best of a column passes it over. The numbers of two papers for one system are two rows. Tables of
one paper that print the same number for a system share a row; where they print another, each has
its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import fmean

from submissions.store.released.reported_rows import ClaimRow, PaperRow, ReportedRow

NOT_SCORED = "Reported, not scored here: no rank, no interval, no test."
IMHI_RULE = "_imhi_rule"
"""How a metric's name ends that reads labels as the published script does."""


@dataclass(frozen=True)
class ReportedSystem:
    """A row: one system of one paper.

    Attributes:
        paper: Who prints it.
        cells: All of it, at least one; several of one task where tables say the same twice.
    """

    paper: PaperRow
    cells: tuple[ReportedRow, ...]

    @property
    def key(self) -> str:
        """What an address calls it."""
        first = self.cells[0]
        parts = (self.paper.key, first.system, first.strategy, first.trained_on, first.table)
        return ":".join(filter(None, parts))

    @property
    def system(self) -> str:
        """The name, as the paper has it."""
        return self.cells[0].system

    @property
    def strategy(self) -> str:
        """How it was prompted or tuned, and on what alone where that is said."""
        first = self.cells[0]
        return f"{first.strategy} on {first.trained_on}" if first.trained_on else first.strategy

    @property
    def title(self) -> str:
        """The name with the strategy and the source, for a selection."""
        return f"{self.system}, {self.strategy or self.cells[0].category}; {cited(self.paper)}"

    @property
    def source(self) -> str:
        """The paper and its tables."""
        return f"{cited(self.paper)}, {', '.join(dict.fromkeys(c.table for c in self.cells))}"

    @property
    def by_task(self) -> Mapping[str, ReportedRow]:
        """Task id -> its cell; of several the one with a standard deviation."""
        cells: dict[str, ReportedRow] = {}
        for cell in self.cells:
            if cell.task not in cells or cells[cell.task].sd is None:
                cells[cell.task] = cell
        return cells

    @property
    def stated(self) -> Mapping[str, object]:
        """What programs are told of it beside a number: that nothing of it was scored here."""
        first = self.cells[0]
        return {
            "reported": self.key,
            "strategy": self.strategy,
            "category": first.category,
            "reported_in": self.source,
        }

    def caveats(self, tasks: Iterable[str]) -> str:
        """Return what keeps its numbers on some tasks from being comparable."""
        cells = (self.by_task[task] for task in tasks if task in self.by_task)
        return "; ".join(caveats_of(cells))

    def mean(self, tasks: Sequence[str]) -> float | None:
        """Return the plain mean over some tasks; None unless the paper prints each."""
        cells = self.by_task
        whole = bool(tasks) and all(task in cells for task in tasks)
        return fmean(cells[task].value for task in tasks) if whole else None


@dataclass(frozen=True)
class LessReported:
    """A system's value on a task beside a printed one; their difference has no interval and no
    test, because the paper's answers are not here.

    Attributes:
        task: The task.
        value: The system's.
        printed: The paper's.
    """

    task: str
    value: float
    printed: float

    @property
    def difference(self) -> float:
        """The system's value less the printed one."""
        return self.value - self.printed


def less_reported(
    values: Mapping[str, float | None], line: ReportedSystem
) -> tuple[LessReported, ...]:
    """Return a system's values beside a reported row's, on the tasks that both have.

    Args:
        values: The system's, by task id; None or NaN for a blank.
        line: What it is held against.
    """
    printed = line.by_task
    return tuple(
        LessReported(task, value, printed[task].value)
        for task, value in values.items()
        if task in printed and value is not None and not isnan(value)
    )


def part_means(
    systems: Iterable[ReportedSystem], parts: Mapping[str, Sequence[str]]
) -> Iterator[tuple[ReportedSystem, Mapping[str, float | None]]]:
    """Yield each row that has a mean over some part of a benchmark, with the means by part.

    Args:
        systems: Of one benchmark and metric.
        parts: Part -> ids of its tasks, of which a paper has to print each.
    """
    for system in systems:
        means = {part: system.mean(tasks) for part, tasks in parts.items()}
        if any(mean is not None for mean in means.values()):
            yield system, means


def crossed(cells: Iterable[ReportedRow]) -> list[ReportedRow]:
    """Return the cells of tables that have trained on x tested on: first what was tuned on a single
    data set, then what the same tables hold that against.
    """
    printed = list(cells)
    tables = {(cell.paper, cell.table) for cell in printed if cell.trained_on}
    return sorted(
        (cell for cell in printed if (cell.paper, cell.table) in tables),
        key=lambda cell: not cell.trained_on,
    )


def cited(paper: PaperRow) -> str:
    """Return a paper as a sentence names it: "Yang et al. (2024)"."""
    names = [author.partition(",")[0] for author in paper.authors]
    if len(names) > 2:
        return f"{names[0]} et al. ({paper.year})"
    return f"{' and '.join(names)} ({paper.year})"


def caveats_of(cells: Iterable[ReportedRow]) -> tuple[str, ...]:
    """Return all that keeps some cells from being comparable, each thing once."""
    return tuple(dict.fromkeys(part for cell in cells for part in cell.caveat.split("; ") if part))


def verdict(claim: ClaimRow) -> str:
    """Return whether a reading of a claim follows from the cells, in words."""
    if claim.follows is None:
        return "claimed; cells not printed"
    return "follows" if claim.follows else "does not follow"


def same_measure(first: str, second: str) -> bool:
    """Return whether two metrics differ in nothing but how labels are read: a reported number may
    stand beside either, with its caveat.
    """
    return bool(first) and first.removesuffix(IMHI_RULE) == second.removesuffix(IMHI_RULE)


def reported_systems(
    papers: Iterable[PaperRow], cells: Iterable[ReportedRow], metric: str
) -> list[ReportedSystem]:
    """Return the rows that may stand beside `metric`, in the order in which they are printed.

    Args:
        papers: All that cells are of.
        cells: Those of a benchmark, or of one task; what is of no task here is passed over.
        metric: A metric's name.
    """
    by_key = {paper.key: paper for paper in papers}
    rows: list[list[ReportedRow]] = []
    for cell in cells:
        if cell.task and same_measure(cell.metric, metric):
            row = next((row for row in rows if _continues(row, cell)), None)
            if row is None:
                rows.append([cell])
            else:
                row.append(cell)
    return [ReportedSystem(by_key[row[0].paper], tuple(row)) for row in rows]


def _continues(row: Sequence[ReportedRow], cell: ReportedRow) -> bool:
    """Return whether a cell is of a row's system and contradicts none of its numbers."""
    return _whose(row[0]) == _whose(cell) and all(
        other.value == cell.value for other in row if other.task == cell.task
    )


def _whose(cell: ReportedRow) -> tuple[str, ...]:
    return (cell.paper, cell.system, cell.strategy, cell.trained_on)
