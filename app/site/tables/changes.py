"""What a release changed, in words for the page of releases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from streamlit.column_config import TextColumn

from app.site.tables.base import Table, tabulate
from app.site.tables.wrapping import column_width
from app.text import Names, plain
from submissions.releasing.consequences import COUNTED
from submissions.store.released.release_rows import ChangeKind, ChangeRow
from submissions.wording import counted, noun_for

HEADS = {
    "kind": "What",
    "system": "System",
    "task": "Task",
    "metric": "Metric",
    "old": "Before",
    "new": "After",
    "why": "Why",
}
MEANINGS = {
    ChangeKind.OLDER_VERSION: "an earlier version stands again",
    ChangeKind.DETAILS: "the value is the same; its interval, counts or signature are not",
    ChangeKind.TRAINING: "a team says other data than before; seen and unseen follow from it",
    ChangeKind.DECLARATION: "a team describes a system otherwise; no value rests on it",
    ChangeKind.BASIS: "values are the same; what stands beside or behind them is not",
    ChangeKind.RANK: (
        "its own values moved, or other systems came, went or passed, as is said beside it"
    ),
}
"""Kinds of change whose names do not say it all."""

TABLES = {
    "tasks": "what is stated of tasks",
    "metrics": "what is stated of metrics",
    "systems": "what is stated of systems",
    "breakdowns": "results by attribute",
    "confusions": "confusions",
    "platforms": "results by platform",
    "parts": "ranks by platform and family",
    "participation": "who takes part in protocols",
    "generalization": "seen and unseen data",
    "cross_dataset": "trained on and tested on",
    "rubrics": "what was rated",
    "agreement": "agreement of raters",
    "validity": "validity of metrics",
    "validity_views": "validity of metrics on parts of what was rated",
    "on_scale": "metrics in a rater's place",
    "anchored": "human-anchored means",
    "strengths": "strengths of systems by people's choices",
    "preferences": "metrics against people's choices",
    "contests": "metrics against baselines",
    "stress_tests": "stress tests of metrics",
    "rating_sets": "sets of ratings",
    "papers": "papers whose numbers are reported",
    "reported": "what papers print",
    "claims": "what papers claim",
    "counterfactuals": "counterfactual posts",
    "drops": "where systems fail",
    "reasoning": "reasoning that raters found wrong",
    "rubric_boards": "boards of transcripts",
    "rubric_systems": "systems whose transcripts are rated",
    "rubric_values": "ratings of transcripts",
    "rubric_contrasts": "variants of one base model",
    "rubric_agreement": "agreement on transcripts",
}
DETAILS = {
    "signature": "signature",
    "low": "lower end of the interval",
    "high": "upper end of the interval",
    "sd": "SD",
    "n": "examples",
    "n_absent": "absent",
    "n_unparsed": "unparsed",
    "repetitions": "runs",
}


def change_table(rows: Sequence[ChangeRow], titles: Names) -> Table:
    """Return a row a change; what is counted, because it follows from the others, comes last.

    Args:
        rows: A release's changes.
        titles: Metric -> how it is written.

    Columns are as wide as what stands in them.
    """
    cells = []
    for row in sorted(rows, key=lambda row: row.kind in COUNTED):
        moved = row.old != row.new
        cells.append(
            {
                "kind": _kind(row),
                "system": plain(row.system or "", 300),
                "task": plain(row.task.split("/", 1)[-1]),
                "metric": titles.get(row.metric or "", plain(row.metric or "")),
                "old": plain(row.old or "", 300) if moved else "",
                "new": plain(row.new or "", 300) if moved else "",
                "why": _why(row),
            }
        )
    filled = [name for name in HEADS if name == "kind" or any(cell[name] for cell in cells)]
    return tabulate(
        cells,
        {name: _column(head, [cell[name] for cell in cells]) for name, head in HEADS.items()},
        filled,
    )


def on_benchmark(rows: Iterable[ChangeRow], benchmark: str) -> list[ChangeRow]:
    """Return the changes on one benchmark, and those that are counted over all
    benchmarks together.
    """
    return [row for row in rows if row.benchmark in (benchmark, "")]


def _column(head: str, texts: Sequence[str]) -> Any:
    return TextColumn(head, width=column_width(head, texts))


def summary(rows: Sequence[ChangeRow]) -> str:
    """Return how many changes of each kind, and what follows from them."""
    listed = Counter(row.kind for row in rows if row.kind not in COUNTED)
    counts = [f"{plain(kind).capitalize()}: {n}" for kind, n in listed.most_common()]
    boards, tables = (
        sum(row.kind == kind for row in rows) for kind in (ChangeKind.MEANS, ChangeKind.TABLE)
    )
    follows = [f"means or rank intervals of {counted(boards, 'board')}"] if boards else []
    follows += [f"rows of {counted(tables, 'table')}"] if tables else []
    also = f"{'Other, too' if counts else 'Other'}: {' and '.join(follows)}" if follows else ""
    return f"{'. '.join(filter(None, ('; '.join(counts), also)))}."


def meanings(rows: Sequence[ChangeRow]) -> str:
    """Return what those kinds of change mean whose names do not say it all."""
    kinds = {row.kind for row in rows}
    sentences = [f"{kind.capitalize()}: {text}" for kind, text in MEANINGS.items() if kind in kinds]
    return f"{'. '.join(sentences)}." if sentences else ""


def _kind(row: ChangeRow) -> str:
    if row.kind == ChangeKind.TABLE and row.details:
        table = row.details["table"]
        return f"Table: {TABLES.get(table, plain(table))}"
    return plain(row.kind).capitalize()


def _why(row: ChangeRow) -> str:
    if row.kind == ChangeKind.TABLE and row.details:
        return _of_table(row.details["gone"], row.details["new"])
    if row.kind == ChangeKind.DETAILS and row.details:
        named = ", ".join(DETAILS.get(name, name) for name in row.details["fields"])
        return plain(f"{named}: {row.details['reason']}", 300)
    return plain(row.why, 300)


def _of_table(gone: int, new: int) -> str:
    gone_rows = f"{counted(gone, 'row')} {noun_for(gone, 'is', 'are')} gone or read otherwise"
    return f"{gone_rows}, {new:,} {noun_for(new, 'is', 'are')} new; all benchmarks together"
