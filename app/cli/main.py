"""The `reasonboard` command: puts the parts together, decides nothing.

Heavy libraries are imported by the command that needs them, so that `reasonboard check` starts in a fraction of a
second and never loads a model. What a person asked for goes to standard output, everything said about it to
standard error: `reasonboard leaderboard --format json | ...` is safe to pipe.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from app.cli.options import (
    Benchmark,
    Data,
    RemoteBoard,
    author,
    data_folder,
    declared_tasks,
    notes,
    released,
)
from app.cli.plain_errors import plainly
from app.cli.shell_comparing import comparing
from app.cli.shell_keeping import keeping
from app.cli.shell_maintaining import maintaining
from app.cli.shell_moderating import moderating
from app.cli.shell_rating import rating
from app.cli.stopping import Stopped
from app.cli.tags import tags
from app.cli.team import team
from scoring.errors import ReasonBoardError
from submissions.problems import SubmissionRefused, listed
from submissions.wording import counted

if TYPE_CHECKING:
    from scoring.tasks import Task

app = typer.Typer(
    name="reasonboard",
    help="Scores what language models say about mental-health posts, labels and explanations, and publishes the board.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
benchmarks = typer.Typer(
    help="Benchmarks: import gold data, write the file that a team fills in.", no_args_is_help=True
)
app.add_typer(benchmarks, name="benchmark")
app.add_typer(team, name="team")

Port = Annotated[int, typer.Option(help="Port of the site.")]


class Format(StrEnum):
    """How a board is written."""

    table = "table"
    csv = "csv"
    json = "json"


@app.callback()
def root(
    context: typer.Context,
    data: Data = None,
    create: Annotated[
        bool, typer.Option("--create", help="Make a new board where --data names no folder yet.")
    ] = False,
) -> None:
    """Keep what was said before the command's name."""
    del create  # `app.cli.options.data_folder` looks it up
    context.obj = data


@benchmarks.command("import")
def import_benchmark(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(help="`imhi` for a checkout of the IMHI data, else a task's id.")
    ],
    source: Annotated[Path, typer.Argument(help="The checkout's folder, or the task's CSV file.")],
    data: Data = None,
) -> None:
    """Import gold labels, references and posts; baselines are added to every board that gets them.

    A task's CSV file has the columns id, post_id, text, label and optionally reference, attributes
    ("key=value;key=value").
    """
    from submissions.benchmarks.importing import import_gold

    folder = data_folder(context, data)
    report = import_gold(folder, declared_tasks(), what, source)
    for line in report.lines:
        typer.echo(line)


@benchmarks.command("list")
def list_tasks(context: typer.Context, benchmark: Benchmark = None, data: Data = None) -> None:
    """List the declared tasks and which of them are imported."""
    from submissions.store.posts import PostStore

    store = PostStore(data_folder(context, data).posts)
    for task in declared_tasks().values():
        if benchmark in (None, task.benchmark):
            typer.echo(f"{task.id:32} {'imported' if store.has(task) else '-':10} {task.title}")


@benchmarks.command("template")
def template(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="A task's id, e.g. imhi/dreaddit.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; else standard output.")
    ] = None,
    data: Data = None,
) -> None:
    """Write the file that a team fills in: a row an example, with its query."""
    from submissions.benchmarks.importing import examples_of
    from submissions.benchmarks.templates import write_template

    declared = _task(task)
    examples = examples_of(data_folder(context, data), declared)
    if out is None:
        write_template(declared, examples, sys.stdout)
        return
    with _new_file(out) as stream:
        write_template(declared, examples, stream)
    notes.print(f"{out}: {counted(len(examples), 'row')} to fill in", markup=False)


@benchmarks.command("declaration")
def declaration(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; else standard output.")
    ] = None,
) -> None:
    """Write the submission.toml that a team fills in, with the names that `trained_on` may hold."""
    from scoring.sources import Sources
    from submissions.benchmarks.templates import declaration_template

    text = declaration_template(Sources.of(declared_tasks()))
    if out is None:
        typer.echo(text, nl=False)
        return
    with _new_file(out) as stream:
        stream.write(text)
    notes.print(f"{out}: to be filled in", markup=False)


@app.command()
def check(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, JSON or Parquet (gzip, zstd), a folder or zip of <SET>.csv, lm-evaluation-harness's samples, "
            "or a log of Inspect."
        ),
    ],
    benchmark: Benchmark = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Write what was read out of every row, as JSON Lines.")
    ] = False,
    data: Data = None,
) -> None:
    """Check a file of outputs, and say everything that is wrong with it. Nothing is stored."""
    from app.cli.check import print_rows, summary
    from submissions.receiving.intake import check_file

    checked = check_file(data_folder(context, data), declared_tasks(), file, benchmark)
    if rows:
        print_rows(checked, sys.stdout)
    for line in summary(checked):
        notes.print(line, markup=False) if rows else typer.echo(line)
    checked.require()


@app.command()
def submit(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The outputs: see `check`.")],
    benchmark: Annotated[str, typer.Option(help="imhi, imhi-expert, mental-llm or demo.")],
    meta: Annotated[
        Path,
        typer.Option(help="submission.toml: system, version, method, trained_on, consent, ..."),
    ],
    team: Annotated[
        str | None, typer.Option(help="In this team's name; a maintainer's option.")
    ] = None,
    server: RemoteBoard = None,
    data: Data = None,
) -> None:
    """Check a file of outputs, then store it, or send it to a board. The same bytes again change nothing."""
    folder = data_folder(context, data)
    if server is not None:
        from app.cli.client import server_at
        from app.cli.remote import describe, submit_to

        for line in describe(
            submit_to(server_at(server), folder, declared_tasks(), file, benchmark, meta, notes)
        ):
            typer.echo(line)
        return
    from submissions.receiving.intake import Sender, submit_file
    from submissions.teams import team_named

    sender = Sender(author(), team_named(folder, team).name if team else None)
    accepted = submit_file(folder, declared_tasks(), file, benchmark, meta, sender)
    for line in accepted.lines:
        typer.echo(line)


app.add_typer(maintaining)
app.add_typer(keeping)
app.add_typer(moderating)
app.add_typer(rating)
app.add_typer(comparing)
app.add_typer(tags, name="tags")


@app.command()
def leaderboard(
    context: typer.Context,
    benchmark: Benchmark = None,
    task: Annotated[str | None, typer.Option(help="Only this task.")] = None,
    metric: Annotated[
        str | None, typer.Option(help="The table's metric; the headline metric unless said.")
    ] = None,
    format: Annotated[
        Format, typer.Option(help="table, csv or json: docs/json.md.")
    ] = Format.table,
    data: Data = None,
) -> None:
    """Read the current release."""
    from app.cli.leaderboard import print_board

    print_board(released(context, data), benchmark, task, metric, format.value)


@app.command()
def serve(
    context: typer.Context,
    port: Port = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "localhost",
    data: Data = None,
) -> None:
    """Serve the site on the current release."""
    from app.server.launch import serve as serve_site

    serve_site(data_folder(context, data).path, port=port, address=address)


@app.command()
def demo(
    context: typer.Context,
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Start the site when all is done.")
    ] = True,
    port: Port = 8501,
    data: Data = None,
) -> None:
    """Fill a board with the invented benchmark and ten simple systems, publish it, and open the site."""
    from app.cli.demo import build_demo

    folder = data_folder(context, data)
    build_demo(folder, declared_tasks(), notes, author())
    if serving:
        from app.server.launch import serve as serve_site

        serve_site(folder.path, port=port, address="localhost")


def _task(task_id: str) -> Task:
    from submissions.benchmarks.importing import declared_task

    return declared_task(declared_tasks(), task_id)


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """A file to write, never one that is there.

    Raises:
        ReasonBoardError: It is.
    """
    try:
        with path.open("x", encoding="utf-8", newline="") as stream:
            yield stream
    except FileExistsError as error:
        raise ReasonBoardError(
            f"{path}: there already, and perhaps filled in; name another file, or move it"
        ) from error


@contextmanager
def _said_plainly() -> Iterator[None]:
    """What a person can put right is said in plain words, without a traceback."""
    try:
        yield
    except SubmissionRefused as refusal:
        _list_problems(refusal)
        raise SystemExit(1) from refusal
    except ReasonBoardError as error:
        notes.print(f"Error: {error}", style="red", markup=False)
        raise SystemExit(1) from error
    except Stopped:
        notes.print("Stopped. What was done is kept; start again to go on.")
        raise SystemExit(143) from None
    except BrokenPipeError:  # the reader of our output has gone: `... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except (OSError, sqlite3.Error) as error:
        notes.print(f"Error: {plainly(error)}", style="red", markup=False)
        raise SystemExit(1) from error


def _list_problems(refusal: SubmissionRefused) -> None:
    """Every problem: a file is put right in one go, not error by error."""
    for line in listed(refusal.problems):
        notes.print(line, markup=False)
    count = len(refusal.problems) + refusal.unlisted
    unlisted = f", {refusal.unlisted} of them not listed" if refusal.unlisted else ""
    notes.print(
        f"Error: {counted(count, 'problem')}{unlisted}. Nothing is stored.",
        style="red",
        markup=False,
    )


def main() -> None:
    """The entry point."""
    with _said_plainly():
        app()


if __name__ == "__main__":
    main()
