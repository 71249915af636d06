"""Tables of pairwise rounds: how strong systems are, and whether metrics choose as people do."""

from __future__ import annotations

import typer

from app.cli.tabulating import Sheet, print_sheet, reasons
from app.text import no_interval
from submissions.rating.figures import HUMAN
from submissions.rating.validity import Validity
from submissions.store.released.rated_rows import PreferenceRow, StrengthRow


def print_pairwise(validity: Validity, name: str) -> None:
    """Write what is known of one pairwise round to standard output."""
    strengths = [row for row in validity.strengths if row.ratings == name]
    preferences = [row for row in validity.preferences if row.ratings == name]
    first = strengths[0]
    mark = " (invented: a demonstration)" if name in validity.invented else ""
    typer.echo(f"{first.benchmark}: pairwise round {name}, by the rubric {first.rubric}{mark}")
    print_sheet(_strength_sheet(strengths))
    if preferences:
        print_sheet(_preference_sheet(preferences))


def _strength_sheet(rows: list[StrengthRow]) -> Sheet:
    cells = [
        (row.system, str(row.wins), str(row.ties), str(row.losses), _figure(row), str(row.posts))
        for row in rows
    ]
    caption = (
        "log-strength by Bradley and Terry, of mean 0, a tie half a win of either: one more is chosen"
        " in 73 of 100; 95% intervals over posts"
    )
    without = [(row.system, row.why_blank or no_interval(row.value, row.interval)) for row in rows]
    heads = ("system", "wins", "ties", "losses", "strength", "posts")
    return Sheet(
        "which explanations people choose", heads, cells, "\n".join([caption, *reasons(without)])
    )


def _preference_sheet(rows: list[PreferenceRow]) -> Sheet:
    cells = [
        ("a human" if row.metric == HUMAN else row.metric, _figure(row), str(row.n))
        for row in rows
        if row.value is not None
    ]
    caption = (
        f"share of the {rows[0].n_decided} choices that are no tie with which a metric goes along, equal"
        " values half (a coin: .5; more words count as better); a human: how often two raters of a"
        " pair chose alike; 95% intervals over posts"
    )
    without = [(row.metric, row.why_blank or no_interval(row.value, row.interval)) for row in rows]
    heads = ("metric", "goes along", "n")
    return Sheet(
        "metrics against people's choices", heads, cells, "\n".join([caption, *reasons(without)])
    )


def _figure(row: StrengthRow | PreferenceRow) -> str:
    if row.value is None:
        return ""
    ends = "" if row.low is None or row.high is None else f" ({row.low:z.2f} to {row.high:z.2f})"
    return f"{row.value:z.2f}{ends}"
