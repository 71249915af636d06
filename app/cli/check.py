"""`reasonboard check` and `submit`: what was read of a file of outputs, and its problems."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from app.cli.options import (
    Benchmark,
    ChosenBoard,
    RemoteBoard,
    author,
    board_command,
    echo_lines,
    notes,
)
from submissions.problems import shorten
from submissions.wording import counted

if TYPE_CHECKING:
    from submissions.receiving.validate import Checked, Coverage

commands = typer.Typer()


@board_command(commands)
def check(
    board: ChosenBoard,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, JSON or Parquet (gzip, zstd), a folder or zip of <SET>.csv, "
            "what lm-evaluation-harness, Inspect, HELM, a batch API or `datasets` wrote."
        ),
    ],
    benchmark: Benchmark = None,
    rows: Annotated[
        bool,
        typer.Option(
            "--rows",
            help="Write what was read out of every row, as JSON Lines; "
            "and beside it, what each stage of reading cut off and left.",
        ),
    ] = False,
) -> None:
    """Check a file of outputs, and say everything that is wrong with it. Nothing is stored."""
    from submissions.receiving.intake import check_file

    checked = check_file(board.folder, board.tasks, file, benchmark)
    if rows:
        _write_rows(checked, sys.stdout)
        for coverage in checked.coverage:
            for line in _stage_lines(coverage):
                notes.print(line, markup=False)
    for line in _summary(checked):
        # The rows have standard output to themselves; what is said about them must not get among
        # them.
        notes.print(line, markup=False) if rows else typer.echo(line)
    # Last, so that everything that was read is said before the problems end the command.
    checked.require()


@board_command(commands)
def submit(
    board: ChosenBoard,
    file: Annotated[Path, typer.Argument(help="The outputs: see `check`.")],
    benchmark: Annotated[str, typer.Option(help="Whose tasks the outputs answer.")],
    meta: Annotated[
        Path,
        typer.Option(help="submission.toml: system, version, method, trained_on, consent, ..."),
    ],
    team: Annotated[
        str | None, typer.Option(help="In this team's name; a maintainer's option.")
    ] = None,
    server: RemoteBoard = None,
) -> None:
    """Check a file of outputs, then store it, or send it to a board. The same bytes again change
    nothing.
    """
    if server is not None:
        from app.cli.client import server_at
        from app.cli.remote import describe, submit_to

        sent = submit_to(server_at(server), board, file, benchmark, meta)
        echo_lines(describe(sent))
        return
    from submissions.receiving.intake import Sender, submit_file
    from submissions.teams.accounts import team_named

    sender = Sender(author(), team_named(board.folder, team).name if team else None)
    echo_lines(submit_file(board.folder, board.tasks, file, benchmark, meta, sender).lines)


def _write_rows(checked: Checked, stream: TextIO) -> None:
    """Write what was read out of every row, as JSON Lines."""
    for row in checked.rows():
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _summary(checked: Checked) -> Iterator[str]:
    """Say what was read of each task, and how; problems are raised, not listed here."""
    for coverage in checked.coverage:
        yield from _coverage_lines(coverage)
    for note in checked.notes:
        yield f"note: {note.said}"
    if checked.accepted:
        poor = [coverage.task for coverage in checked.coverage if coverage.barely_read]
        doubt = (
            f" Mind the warnings: most of {', '.join(poor)} would count as wrong." if poor else ""
        )
        yield f"No problems: this would be accepted.{doubt}"


def _coverage_lines(coverage: Coverage) -> Iterator[str]:
    several = f" in {coverage.repetitions} repetitions" if coverage.repetitions > 1 else ""
    rate = coverage.parse_rate
    parsed = "" if rate is None else f"; {rate:.1%} parsed"
    # No repetition where no row of the task could be placed.
    expected = coverage.expected * max(coverage.repetitions, 1)
    yield (
        f"{coverage.task}: {counted(coverage.rows, 'row')} of"
        f" {expected:,}{several}{parsed}{_silent(coverage)}"
    )
    # The most frequent first: a rule that reads most outputs is what to check by hand.
    for rule, count in sorted(coverage.rules.items(), key=lambda item: -item[1]):
        yield f"    {count:6} read by {rule}"
    for reason, count in sorted(coverage.unparsed.items(), key=lambda item: -item[1]):
        yield f"    {count:6} unparsed: {reason}"
    if coverage.thoughts is not None:
        rows, median, longest = astuple(coverage.thoughts)
        yield (
            f"    {rows:6} with a thought, kept apart and not scored: {median:,} words at the"
            f" median, {longest:,} at most"
        )
    if coverage.barely_read:
        yield (
            f"WARNING: {coverage.task}: {1 - (rate or 0.0):.0%} of the outputs state no answer "
            "that could be read"
        )


def _silent(coverage: Coverage) -> str:
    """Return how many rows refuse to answer, and how many end within a thought; ""
    where none does.
    """
    counts = {"refused": coverage.refused, "cut off while reasoning": coverage.cut_off}
    return "".join(
        f", {count / coverage.rows:.1%} {what}" for what, count in counts.items() if count
    )


def _stage_lines(coverage: Coverage) -> Iterator[str]:
    """Show what each stage of reading cut off, and what it left, in a few rows."""
    for stage, count in coverage.stages.items():
        yield f"{coverage.task}: {stage}: {counted(count, 'row')}"
        for shown in coverage.shown:
            if shown.stage == stage:
                cut, left = (shorten(text, 100) or "nothing" for text in (shown.cut, shown.left))
                yield f"    {shown.example_id}: cut: {cut}"
                yield f"    {'':{len(shown.example_id)}}  left: {left}"
