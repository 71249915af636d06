"""`reasonboard rubric`: tasks whose unit is a transcript and whose score is a rubric."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import (
    ChosenBoard,
    Reason,
    TableOrJson,
    Written,
    author,
    board_command,
    echo_lines,
)
from app.cli.tabulating import Sheet, print_sheet, reasons
from scoring.errors import ReasonBoardError, nearest_or_all

if TYPE_CHECKING:
    from submissions.store.released.rated_rows import (
        RubricBoardRow,
        RubricContrastRow,
        RubricValueRow,
    )
    from submissions.store.released.release import ReleaseReader

commands = typer.Typer(
    help="Transcripts that are rated by a rubric: import them, show how systems are rated.",
    no_args_is_help=True,
)
Task = Annotated[str, typer.Argument(help="A declared task of transcripts, e.g. demo-cbt.")]


@board_command(commands, "import")
def import_file(
    board: ChosenBoard,
    task: Task,
    file: Annotated[Path, typer.Argument(help="JSON Lines, a transcript a line.")],
    reason: Reason,
) -> None:
    """Import transcripts. The same file again changes nothing.

    Of each: id, system (the therapist's model), turns ([{"role": "therapist", "text": ...}, ...]), and
    where they are known patient, patient_model, base_model, variant, parameters.
    """
    from submissions.rating.transcript_tasks import declared_transcripts
    from submissions.rating.transcripts import import_transcripts

    declared = declared_transcripts(board.untouched.path, task)
    imported = import_transcripts(board.folder, declared, file, author(), reason)
    echo_lines(imported.lines)
    if imported.new:
        typer.echo(
            f"`reasonboard ratings import FILE --task {task} --reason ...` brings in how people rate"
            " them, with --judge how a model does; then `reasonboard publish`."
        )


@board_command(commands)
def show(
    board: ChosenBoard,
    task: Annotated[str | None, typer.Argument(help="One task; all of the release else.")] = None,
    written: Written = TableOrJson.table,
) -> None:
    """Show how transcripts are rated: totals, items, variants of one base model, agreement."""
    print_rubric_boards(board.release, task, written)


def print_rubric_boards(release: ReleaseReader, task: str | None, written: TableOrJson) -> None:
    """Write the release's rubric boards to standard output.

    Raises:
        ReasonBoardError: It has no such board.
    """
    boards = _chosen(release, task)
    if written is TableOrJson.json:
        sys.stdout.write(json.dumps(_stated(release, boards), indent=1, ensure_ascii=False) + "\n")
        return
    for own in boards:
        for party in _parties(release, own):
            print_sheet(_values_sheet(release, own, party))
            if any(_is_of(row, party) for row in release.rubric_contrasts(own.id)):
                print_sheet(_contrasts_sheet(release, own, party))
        print_sheet(_agreement_sheet(release, own))


def _chosen(release: ReleaseReader, task: str | None) -> tuple[RubricBoardRow, ...]:
    boards = release.rubric_boards()
    chosen = tuple(own for own in boards if task in (None, own.id))
    if not chosen:
        number = release.release.number
        known = nearest_or_all(task or "", [own.id for own in boards], "there is none", cutoff=0.4)
        raise ReasonBoardError(
            f"release {number} has no rubric board{f' {task!r}' if task else ''}; {known}."
            " `reasonboard rubric import` brings transcripts in, `reasonboard publish` shows them."
        )
    return chosen


def _stated(
    release: ReleaseReader, boards: Sequence[RubricBoardRow]
) -> dict[str, list[dict[str, Any]]]:
    invented = {own.id: own.demonstration for own in boards}
    tables: dict[str, tuple[Any, ...]] = {
        "systems": release.rubric_systems(),
        "values": release.rubric_values(),
        "contrasts": release.rubric_contrasts(),
        "agreement": release.rubric_agreement(),
    }
    beside = {"release": release.release.number}
    return {
        "boards": [{**beside, **asdict(own)} for own in boards],
        **{
            name: [
                {**beside, **asdict(row), "demonstration": invented[row.board]}
                for row in rows
                if row.board in invented
            ]
            for name, rows in tables.items()
        },
    }


_Party = tuple[str, str]
"""A set of ratings, and the model whose they are; "" for people."""


def _parties(release: ReleaseReader, own: RubricBoardRow) -> list[_Party]:
    rows = release.rubric_values(own.id)
    return list(dict.fromkeys((row.ratings, row.judge) for row in rows))


def _is_of(row: Any, party: _Party) -> bool:
    return (row.ratings, row.judge) == party


def _title(release: ReleaseReader, own: RubricBoardRow, party: _Party) -> str:
    ratings, judge = party
    by = f"{judge} ({ratings})" if judge else ratings
    mark = " (invented data)" if own.demonstration else ""
    return f"{own.id}{mark}: {own.rubric_title}, rated by {by}, release {release.release.number}"


def _values_sheet(release: ReleaseReader, own: RubricBoardRow, party: _Party) -> Sheet:
    from app.text import no_interval

    rows = [row for row in release.rubric_values(own.id) if _is_of(row, party)]
    by_cell = {(row.item, row.system): row for row in rows}
    items = {"total": f"total ({scale(own)})"} | {
        item["name"]: f"{item['title']} ({item['low']} to {item['high']})" for item in own.items
    }
    systems = list(dict.fromkeys(row.system for row in rows))
    cells = [
        (title, *(_cell(by_cell[name, system]) for system in systems))
        for name, title in items.items()
    ]
    counts = (
        "transcripts, patients, raters",
        *(_counts(by_cell["total", system]) for system in systems),
    )
    blanks = reasons(
        (f"{row.system}, {row.item}", row.why_blank or no_interval(row.value, row.interval))
        for row in rows
    )
    caption = "\n".join(
        [
            "Mean ± SD over patients, with 95% intervals. For research, not for diagnosis.",
            *blanks,
        ]
    )
    return Sheet(_title(release, own, party), ("item", *systems), [*cells, counts], caption)


def scale(own: RubricBoardRow) -> str:
    """Return what a total is: "sum, 0 to 66"."""
    return f"{own.total}, {own.low:g} to {own.high:g}"


def _cell(row: RubricValueRow) -> str:
    from app.text import interval, number

    if row.value is None:
        return ""
    deviation = "" if row.sd is None else f" ± {number(row.sd, 2)}"
    ends = interval(row.low, row.high, 2)
    return f"{number(row.value, 2)}{deviation}" + (f" ({ends})" if ends else "")


def _counts(row: RubricValueRow) -> str:
    return f"{row.transcripts}, {row.patients}, {row.raters}"


def _contrasts_sheet(release: ReleaseReader, own: RubricBoardRow, party: _Party) -> Sheet:
    rows = [row for row in release.rubric_contrasts(own.id) if _is_of(row, party)]
    heads = ("first less second", "item", "difference", "p (t)", "p (permutation)", "Holm", "test")
    return Sheet(
        f"{_title(release, own, party)}: variants of one base model",
        heads,
        [_contrast_cells(row) for row in rows],
        "Holm's correction is over the totals of all pairs, and apart over all of their items.",
        keys=2,
    )


def _contrast_cells(row: RubricContrastRow) -> tuple[str, ...]:
    from app.text import interval, number, p_value

    ends = interval(row.low, row.high, 2)
    return (
        f"{row.first} less {row.second}",
        row.item,
        number(row.difference, 2) + (f" ({ends})" if ends else ""),
        p_value(row.p),
        p_value(row.p_permutation),
        p_value(row.p_holm),
        row.why_blank or f"{row.test}, {row.patients} {_compared(row)}",
    )


def _compared(row: RubricContrastRow) -> str:
    return "patients of both" if row.test.startswith("paired") else "patients in all"


def _agreement_sheet(release: ReleaseReader, own: RubricBoardRow) -> Sheet:
    from app.text import no_interval

    rows = [row for row in release.rubric_agreement(own.id) if row.item == "total"]
    blanks = reasons((row.coefficient, no_interval(row.value, row.interval)) for row in rows)
    return Sheet(
        f"{own.id}: agreement on the total",
        ("whose", "coefficient", "value", "transcripts", "raters"),
        list(_agreement_cells(rows)),
        "\n".join(["Over all systems' transcripts. Of each item: --format json.", *blanks]),
        keys=2,
    )


def _agreement_cells(rows: Sequence[Any]) -> Iterator[tuple[str, ...]]:
    from app.text import interval, number

    for row in rows:
        whose = f"{row.judge} and {row.ratings}" if row.judge else row.ratings
        ends = interval(row.low, row.high, 2)
        value = number(row.value, 2) + (f" ({ends})" if ends else "")
        yield whose, row.coefficient, value or row.why_blank, str(row.transcripts), str(row.raters)
