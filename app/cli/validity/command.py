"""`reasonboard validity`: how far raters agree, and how far each metric goes along with them.

Of the working data, not of a release: whoever has just imported ratings wants to see what follows
from them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.cli.options import Benchmark, ChosenBoard, TableOrJson, board_command, echo_lines, notes
from app.cli.tabulating import print_sheet
from scoring.errors import ReasonBoardError

if TYPE_CHECKING:
    from scoring.tasks import TasksById
    from submissions.rating.validity import Validity
    from submissions.releasing.own_family import FamilyMean
    from submissions.store.released.rated_rows import (
        AgreementRow,
        AnchoredRow,
        MetricContestRow,
        OnScaleRow,
        PreferenceRow,
        StrengthRow,
        StressRow,
        ValidityRow,
        ValidityViewRow,
    )

commands = typer.Typer()

Row = TypeVar(
    "Row",
    "AgreementRow",
    "ValidityRow",
    "ValidityViewRow",
    "OnScaleRow",
    "AnchoredRow",
    "MetricContestRow",
)


@board_command(commands)
def validity(
    board: ChosenBoard,
    format: Annotated[TableOrJson, typer.Option(help="table or json.")] = TableOrJson.table,
    benchmark: Benchmark = None,
    aspect: Annotated[
        str | None, typer.Option(help="Only this aspect of the rubric, e.g. overall.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="Only this rated system, or pooled.")] = None,
) -> None:
    """Say how far raters agree, and how far each explanation metric goes along with them.

    With intervals, against word counts and other baselines and a human ceiling, of all ratings that were imported and of
    closed rounds; a release states the same.
    """
    from app.cli.validity.pairwise import print_pairwise
    from app.cli.validity.tables import family_means_sheet, print_set
    from app.cli.watching import watched
    from submissions.rating.sets import alike_lines
    from submissions.rating.validity import COMPARING, find_validity

    with watched(notes) as report:
        known = find_validity(board.folder, board.tasks, advance=partial(report, COMPARING))
    chosen = _chosen(known, benchmark, aspect, system)
    means, systems = _families(board, benchmark)
    if format is TableOrJson.json:
        _write_json(chosen, board.tasks, _stress(board, benchmark), _named(means, systems))
        return
    for name in dict.fromkeys(row.ratings for row in chosen.rows):
        print_set(chosen, name)
    for name in dict.fromkeys(row.ratings for row in chosen.strengths):
        print_pairwise(chosen, name)
    if means:
        print_sheet(family_means_sheet(means, systems))
    echo_lines(alike_lines(board.folder))


def _chosen(
    validity: Validity, benchmark: str | None, aspect: str | None, system: str | None
) -> Validity:
    """Return what of `validity` is asked for; None asks for all.

    Raises:
        ReasonBoardError: Nobody rated anything, or nothing of what is asked for.
    """
    if not (validity.rows or validity.strengths):
        raise ReasonBoardError(
            "nobody has rated explanations here yet: `reasonboard ratings import FILE` takes "
            "ratings in"
        )
    stated: list[ValidityRow | StrengthRow] = [*validity.rows, *validity.strengths]
    _refuse_unknown("benchmark", benchmark, [row.benchmark for row in stated])
    _refuse_unknown("aspect", aspect, [row.aspect for row in validity.rows])
    _refuse_unknown("rated system", system, [row.system for row in stated])
    # By set and not by row: agreement and contests know the set alone.
    sets = {row.ratings for row in stated if benchmark in (None, row.benchmark)}

    def kept(rows: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(
            row
            for row in rows
            if row.ratings in sets and aspect in (None, row.aspect) and system in (None, row.system)
        )

    return replace(
        validity,
        agreement=kept(validity.agreement),
        rows=kept(validity.rows),
        views=kept(validity.views),
        on_scale=kept(validity.on_scale),
        anchored=kept(validity.anchored),
        contests=kept(validity.contests),
        # A choice is of no aspect; between which systems, a strength alone says.
        strengths=tuple(
            row
            for row in validity.strengths
            if row.ratings in sets and aspect is None and system in (None, row.system)
        ),
        preferences=tuple(
            row
            for row in validity.preferences
            if row.ratings in sets and aspect is None and system is None
        ),
        sets=tuple(ratings for ratings in validity.sets if ratings.name in sets),
    )


def _refuse_unknown(what: str, name: str | None, known: Sequence[str]) -> None:
    if name is not None and name not in known:
        names = ", ".join(dict.fromkeys(known))
        raise ReasonBoardError(f"no {what} is called {name!r}; there are: {names}")


def _families(board: ChosenBoard, benchmark: str | None) -> tuple[list[FamilyMean], dict[str, str]]:
    """Return means over judges, and what systems are called; a board that nobody judged is not
    looked at.
    """
    from submissions.releasing.content import draft
    from submissions.releasing.own_family import family_means

    if not any(board.folder.judged.glob("*.jsonl")):
        return [], {}
    now = draft(board.folder, board.tasks)
    means: list[FamilyMean] = []
    systems: dict[str, str] = {}
    for each in now.boards:
        if benchmark in (None, each.benchmark):
            scales = {
                metric.name: f"{metric.scale.rubric}/{metric.scale.aspect}"
                for metric in each.metrics
                if metric.scale
            }
            means += family_means(now.cells[each.benchmark], scales)
            systems |= {system.id: system.name for system in each.systems}
    return means, systems


def _named(means: Sequence[FamilyMean], systems: Mapping[str, str]) -> list[dict[str, object]]:
    return [{**asdict(each), "system": systems[each.system]} for each in means]


def _stress(board: ChosenBoard, benchmark: str | None) -> list[StressRow]:
    from submissions.rating.board_stress import kept_rows

    rows = kept_rows(board.folder, board.tasks)
    return [row for row in rows if benchmark in (None, row.benchmark)]


def _write_json(
    validity: Validity,
    tasks: TasksById,
    stress: Sequence[StressRow],
    families: Sequence[Mapping[str, object]],
) -> None:
    """Write it to standard output as one object: see docs/json.md."""
    invented = {task.benchmark for task in tasks.values() if task.demonstration}
    content = {
        "rubrics": [asdict(row) for row in validity.rubrics],
        "sets": [
            {**asdict(row), "demonstration": row.name in validity.invented} for row in validity.sets
        ],
        "agreement": _fields(validity, validity.agreement),
        "validity": _fields(validity, validity.rows),
        "views": _fields(validity, validity.views),
        "on_scale": _fields(validity, validity.on_scale),
        "anchored": _fields(validity, validity.anchored),
        "contests": _fields(validity, validity.contests),
        "strengths": _fields(validity, validity.strengths),
        "preferences": _fields(validity, validity.preferences),
        "own_family": list(families),
        "stress_tests": [
            {**asdict(row), "demonstration": row.benchmark in invented} for row in stress
        ],
    }
    sys.stdout.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _fields(
    validity: Validity, rows: Sequence[Row | StrengthRow | PreferenceRow]
) -> list[dict[str, object]]:
    return [{**asdict(row), "demonstration": row.ratings in validity.invented} for row in rows]
