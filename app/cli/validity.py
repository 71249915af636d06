"""`reasonboard validity`: how far raters agree, and how far each metric goes along with them.

Of the working data, not of a release: whoever has just imported ratings wants to see what follows from them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TypeVar

import typer
from rich.console import Console

from app.cli.tabulating import Sheet, print_sheet, reasons
from app.cli.watching import watched
from app.text import no_interval, p_equals
from scoring.errors import ReasonBoardError
from scoring.statistics import SKEWED
from scoring.tasks import Task
from submissions.meta import POOLED
from submissions.progress import Report
from submissions.rating.rated_values import rated_sets, score_ratings
from submissions.rating.rubrics import usable_rubrics
from submissions.rating.sets import alike_lines
from submissions.rating.validity import (
    COMPARING,
    HUMAN,
    LEVEL,
    SYSTEM_ACCURACY,
    Validity,
    find_validity,
)
from submissions.rescoring.engines.local import Engine
from submissions.rescoring.pending import Workplace
from submissions.store.folder import DataFolder
from submissions.store.release_rows import AgreementRow, MetricContestRow, ValidityRow
from submissions.wording import counted

Row = TypeVar("Row", AgreementRow, ValidityRow, MetricContestRow)
AGREEMENT = "label_explanation_agreement"
NO_ANSWER = "have no label, or name no answer in the explanation"
NO_EXAMPLE = "answer no example that has what it needs (a reference, or the post)"
FULL_ENDING = "_full"
MEASURES = ("pearson", "spearman", "kendall", "acc_eq")


@dataclass(frozen=True)
class Wanted:
    """What to show; None is everything."""

    benchmark: str | None = None
    aspect: str | None = None
    system: str | None = None


def computed(folder: DataFolder, tasks: Mapping[str, Task], console: Console) -> Validity:
    """Everything that follows from the ratings, with progress while it takes time."""
    with watched(console) as report:
        return find_validity(folder, tasks, advance=partial(report, COMPARING))


def measure_rated(workplace: Workplace, engine: Engine, console: Console, report: Report) -> None:
    """Measure the rated texts with what is pending, and compare it with people, so that publishing need not."""
    sets = list(rated_sets(workplace.folder, workplace.tasks, usable_rubrics()))
    if sets:
        stored = score_ratings(workplace.folder, sets, workplace.instruments, engine, report)
        find_validity(workplace.folder, workplace.tasks, advance=partial(report, COMPARING))
        if stored:
            console.print(f"{counted(stored, 'metric')} measured on the texts that people rated.")


def print_validity(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    wanted: Wanted,
    format_name: str,
    console: Console,
) -> None:
    """Write it to standard output.

    Raises:
        ReasonBoardError: Nobody rated anything, or nothing of what is wanted.
    """
    found = _narrowed(computed(folder, tasks, console), wanted)
    if format_name == "json":
        content = {
            "rubrics": [asdict(row) for row in found.rubrics],
            "sets": [
                {**asdict(row), "demonstration": row.name in found.invented} for row in found.sets
            ],
            "agreement": _fields(found, found.agreement),
            "validity": _fields(found, found.rows),
            "contests": _fields(found, found.contests),
        }
        sys.stdout.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        return
    for name in dict.fromkeys(row.ratings for row in found.rows):
        _print_set(found, name)
    for line in alike_lines(folder):
        typer.echo(line)


def _fields(found: Validity, rows: Sequence[Row]) -> list[dict[str, object]]:
    return [{**asdict(row), "demonstration": row.ratings in found.invented} for row in rows]


def _narrowed(found: Validity, wanted: Wanted) -> Validity:
    if not found.rows:
        raise ReasonBoardError(
            "nobody has rated explanations here yet: `reasonboard ratings import FILE` takes ratings in"
        )
    sets = {row.ratings for row in found.rows if wanted.benchmark in (None, row.benchmark)}
    _check("benchmark", wanted.benchmark, [row.benchmark for row in found.rows])
    _check("aspect", wanted.aspect, [row.aspect for row in found.rows])
    _check("rated system", wanted.system, [row.system for row in found.rows])

    def kept(rows: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(
            row
            for row in rows
            if row.ratings in sets
            and wanted.aspect in (None, row.aspect)
            and wanted.system in (None, row.system)
        )

    return replace(
        found,
        agreement=kept(found.agreement),
        rows=kept(found.rows),
        contests=kept(found.contests),
        sets=tuple(one for one in found.sets if one.name in sets),
    )


def _check(what: str, name: str | None, there: Sequence[str]) -> None:
    if name is not None and name not in there:
        raise ReasonBoardError(
            f"no {what} is called {name!r}; there are: {', '.join(dict.fromkeys(there))}"
        )


def _print_set(found: Validity, name: str) -> None:
    rows = [row for row in found.rows if row.ratings == name]
    mark = " (invented: a demonstration)" if name in found.invented else ""
    typer.echo(
        f"{rows[0].benchmark}: ratings {name} of {rows[0].task}, by the rubric {rows[0].rubric}{mark}"
    )
    for one in found.sets:
        if one.name == name and one.joined:
            typer.echo(f"{name} is {one.joined}")
    agreement = [row for row in found.agreement if row.ratings == name]
    if agreement:
        print_sheet(_agreement_sheet(agreement))
    tests = {
        (t.aspect, t.system, t.first): t
        for t in found.contests
        if t.ratings == name and t.measure == "pearson"
    }
    for system in dict.fromkeys(row.system for row in rows):
        for aspect in dict.fromkeys(row.aspect for row in rows):
            own = [row for row in rows if (row.system, row.aspect) == (system, aspect)]
            for sheet in (_validity_sheet(own), _beside_sheet(own, tests)) if own else ():
                if sheet.rows:
                    print_sheet(sheet)
    for line in _not_validated(rows):
        typer.echo(line)


def _agreement_sheet(rows: Sequence[AgreementRow]) -> Sheet:
    coefficients = list(dict.fromkeys(row.coefficient for row in rows))
    table = []
    for system, aspect in dict.fromkeys((row.system, row.aspect) for row in rows):
        own = {row.coefficient: row for row in rows if (row.system, row.aspect) == (system, aspect)}
        first = next(iter(own.values()))
        figures = [_figure(own[name]) for name in coefficients]
        table.append((system, aspect, *figures, str(first.n), str(first.raters)))
    heads = ("system", "aspect", *coefficients, "n", "raters")
    without = (
        (f"{row.coefficient} of {row.system}, {row.aspect}", no_interval(row.value, row.interval))
        for row in rows
    )
    caption = "\n".join([f"95% intervals over posts. {SKEWED}", *reasons(without)])
    return Sheet("How far the raters agree", heads, table, caption, keys=2)


def _validity_sheet(rows: Sequence[ValidityRow]) -> Sheet:
    """How far each metric goes along with the mean of all raters, on the texts that it has a value on."""
    system = rows[0].system
    caution = ": pooling unlike systems makes every metric look good" if system == POOLED else ""
    measures = [*MEASURES, SYSTEM_ACCURACY] if system == POOLED else MEASURES
    table = []
    for metric, own in _measured(rows).items():
        figures = [_figure(own[name]) if name in own else "" for name in measures]
        table.append((_on_its_texts(metric, own), *figures))
    caption = (
        "95% intervals over posts. Each metric is on the texts that it has a value on: figures of other texts are not to "
        "be held against each other"
    )
    without = ((row.metric, no_interval(row.value, row.interval)) for row in rows)
    lines = "\n".join([caption, *_why_fewer(rows), *reasons(without)])
    return Sheet(f"{system}, {rows[0].aspect}{caution}", ("metric", *measures), table, lines)


def _beside_sheet(
    rows: Sequence[ValidityRow], tests: Mapping[tuple[str, str, str], MetricContestRow]
) -> Sheet:
    """Each metric with what it can be held against: on its own texts, and against the same means."""
    system, aspect = rows[0].system, rows[0].aspect
    table = [
        (
            _on_its_texts(metric, own),
            *_beside(own["pearson"]),
            _against(tests.get((aspect, system, metric))),
        )
        for metric, own in _measured(rows).items()
        if metric != HUMAN
    ]
    caption = (
        "pearson with the mean of the raters but one, each left out in turn: of the metric, of the rater left out, and "
        "of the stronger word count, all on the metric's texts. Against words: the difference to that word count on these "
        "texts, with the mean of all raters, p by PERM-BOTH with Holm's correction"
    )
    human = next(row for row in rows if row.metric == HUMAN and row.measure == "pearson")
    if human.why_blank:
        caption += f"\nBlank, since it takes raters to be left out: {human.why_blank}"
    heads = ("metric", "this", "a human", "words", "against words")
    title = f"{system}, {aspect}: on each metric's own texts, one rater left out"
    return Sheet(title, heads, table, caption)


def _measured(rows: Sequence[ValidityRow]) -> dict[str, dict[str, ValidityRow]]:
    """Metric -> measure -> row, of those that have a value on any text."""
    found: dict[str, dict[str, ValidityRow]] = {}
    for row in rows:
        found.setdefault(row.metric, {})[row.measure] = row
    return {
        metric: own
        for metric, own in found.items()
        if any(row.value is not None or row.n for row in own.values())
    }


def _on_its_texts(metric: str, own: Mapping[str, ValidityRow]) -> str:
    """A metric's name, and on how many of the rated texts it has a value."""
    title = "human (one against the others)" if metric == HUMAN else metric
    return f"{title}, {own['pearson'].n} of {own['pearson'].n_rated} texts"


def _beside(row: ValidityRow) -> tuple[str, str, str]:
    """The metric, a human and the stronger word count on its texts, against the same means."""
    ruler = "" if row.ruler is None else f"{row.ruler:z.2f} ({row.yardstick})"
    alike, human = ("" if one is None else f"{one:z.2f}" for one in (row.alike, row.human))
    return alike, human, ruler


def _figure(row: AgreementRow | ValidityRow) -> str:
    if row.value is None:
        return row.why_blank
    if isinstance(row, ValidityRow) and row.measure == SYSTEM_ACCURACY:
        return f"{row.value:z.2f} of {counted(row.n, 'pair')}"
    return f"{row.value:z.2f}" + (
        "" if row.low is None else f" ({row.low:z.2f} to {row.high:z.2f})"
    )


def _against(test: MetricContestRow | None) -> str:
    if test is None or test.difference is None or test.p_holm is None:
        return "" if test is None else test.why_blank
    verdict = "" if test.p_holm >= LEVEL else (", better" if test.difference > 0 else ", worse")
    return f"{test.difference:+z.2f} to {test.second}, {p_equals(test.p_holm)}{verdict}"


def _not_validated(rows: Sequence[ValidityRow]) -> Iterator[str]:
    """Why metrics stand in no table, a line a reason."""
    shown = {row.metric for row in rows if row.value is not None or row.n}
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.metric not in shown:
            reasons.setdefault(row.why_blank, []).append(row.metric)
    for why, metrics in reasons.items():
        yield f"Blank: {', '.join(dict.fromkeys(metrics))}: {why}"


def _why_fewer(rows: Sequence[ValidityRow]) -> Iterator[str]:
    """Why fewer texts have a value than were rated, a line a reason: word count has one wherever there is a text."""
    own = {row.metric: row for row in rows if row.measure == "pearson"}
    reasons: dict[str, list[str]] = {}
    for metric, row in own.items():
        if 0 < row.n < row.n_rated:
            words = own.get("words_full" if metric.endswith(FULL_ENDING) else "words", row)
            reasons.setdefault(
                f"{row.n} of {row.n_rated}, because {_why_without(row, words)}", []
            ).append(metric)
    for why, metrics in reasons.items():
        yield f"n of {', '.join(metrics)}: {why}."


def _why_without(row: ValidityRow, words: ValidityRow) -> str:
    if row.metric == HUMAN:
        return "it takes two ratings of a text"
    empty, others = row.n_rated - words.n, words.n - row.n
    whole = row.metric.endswith(FULL_ENDING)
    nothing = (
        "have no text" if whole else "have no explanation beside the sentence that states the label"
    )
    parts = [f"{empty:,} {nothing}"] if empty else []
    if others > 0:
        parts.append(f"{others:,} {NO_ANSWER if row.metric == AGREEMENT else NO_EXAMPLE}")
    return " and ".join(parts) or "the others have no value"
