"""What a release states of what papers print and claim.

Fields and rows are only ever added; see `release_rows`.
"""

from __future__ import annotations

from dataclasses import dataclass

from submissions.store.released.scored_rows import Json


@dataclass(frozen=True)
class PaperRow:
    """A paper whose numbers stand in the release; `key` is also its BibTeX key.

    `authors` are "Last, First" each, or last names alone. "" where a title, a venue or a number on
    arXiv is not known; `note` says what else is to be said of the source.
    """

    key: str
    authors: Json
    year: int
    title: str
    venue: str
    arxiv: str
    note: str


@dataclass(frozen=True)
class ReportedRow:
    """A number that a paper prints: nothing that was scored here, and never ranked with it.

    `paper` is a key, `table` where it stands in it. `category` is one of a submission's methods or
    as the paper says; `strategy` how the system was prompted or tuned; `trained_on` the one source
    data set that it was tuned on, where the paper tunes on each apart. `set` is what the paper
    calls its test set, `task` which task here that is ("" for none), and `n` how many examples it
    has, where that is known to be printed. `metric` is which metric here measures the same ("" for
    none), `printed_metric` what the paper calls it. `value` and `sd` are shares where `unit` is
    "per cent" or "share", and as printed else; `printed` and `printed_sd` are as printed. `caveat`
    says what keeps the number from being comparable.
    """

    paper: str
    table: str
    category: str
    system: str
    strategy: str
    parameters: str
    trained_on: str
    benchmark: str
    task: str
    set: str
    metric: str
    printed_metric: str
    unit: str
    value: float
    sd: float | None
    n: int | None
    printed: str
    printed_sd: str
    caveat: str


@dataclass(frozen=True)
class ClaimRow:
    """One reading of what a paper claims of its numbers, recomputed from the cells that it prints.

    `claimed` is the difference in points, as printed; `points` what the cells give, and `follows`
    whether that is the same to the digit. Both are None where the cells are not printed. `cells`
    are the cells that it was computed from: {table, system, strategy, task, set, printed}, of each
    task the better side's and the worse side's.
    """

    paper: str
    text: str
    claimed: str
    reading: str
    points: float | None
    follows: bool | None
    cells: Json
