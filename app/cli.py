"""The `reasonboard` command: puts the parts together, decides nothing.

Heavy libraries are imported by the command that needs them, so that `reasonboard check` starts in a fraction of a
second and never loads a model. What a person asked for goes to standard output, everything said about it to
standard error: `reasonboard leaderboard --format json | ...` is safe to pipe.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from scoring.errors import ReasonBoardError
from submissions.problems import SubmissionRefused

if TYPE_CHECKING:
    from scoring.tasks import Task
    from submissions.store.folder import DataFolder

DEFAULT_DATA = Path(__file__).resolve().parents[1] / "leaderboard_data" / "db"

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
notes = Console(stderr=True, highlight=False, soft_wrap=True)

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of run-time data [env: REASONBOARD_DATA; default: leaderboard_data/db]."),
]
Benchmark = Annotated[str | None, typer.Option(help="Only this benchmark: imhi, imhi-expert, mental-llm or demo.")]
Reason = Annotated[str, typer.Option(help="Why: stands in the record.")]
Port = Annotated[int, typer.Option(help="Port of the site.")]


class Format(StrEnum):
    """How a board is written."""

    table = "table"
    csv = "csv"
    json = "json"


@app.callback()
def root(context: typer.Context, data: Data = None) -> None:
    """Keep what was said before the command's name."""
    context.obj = data


@benchmarks.command("import")
def import_benchmark(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="`imhi` for a checkout of the IMHI data, else a task's id.")],
    source: Annotated[Path, typer.Argument(help="The checkout's folder, or the task's CSV file.")],
    data: Data = None,
) -> None:
    """Import gold labels, references and posts; baselines are added to every board that gets them.

    A task's CSV file has the columns id, post_id, text, label and optionally reference, attributes
    ("key=value;key=value").
    """
    from submissions.importing import import_gold

    folder = _folder(context, data)
    report = import_gold(folder, _tasks(), what, source)
    for line in report.lines:
        typer.echo(line)


@benchmarks.command("list")
def list_tasks(context: typer.Context, benchmark: Benchmark = None, data: Data = None) -> None:
    """List the declared tasks and which of them are imported."""
    from submissions.store.posts import PostStore

    store = PostStore(_folder(context, data).posts)
    for task in _tasks().values():
        if benchmark in (None, task.benchmark):
            typer.echo(f"{task.id:32} {'imported' if store.has(task) else '-':10} {task.title}")


@benchmarks.command("template")
def template(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="A task's id, e.g. imhi/dreaddit.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write; else standard output.")] = None,
    data: Data = None,
) -> None:
    """Write the file that a team fills in: a row an example, with its query."""
    from submissions.importing import examples_of
    from submissions.templates import write_template

    declared = _task(task)
    examples = examples_of(_folder(context, data), declared)
    if out is None:
        write_template(declared, examples, sys.stdout)
        return
    with out.open("w", encoding="utf-8", newline="") as stream:
        write_template(declared, examples, stream)
    notes.print(f"{out}: {len(examples)} rows to fill in", markup=False)


@app.command()
def check(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="CSV, JSON Lines or Parquet (gzip, zstd), or a folder or zip of <SET>.csv.")
    ],
    benchmark: Benchmark = None,
    rows: Annotated[bool, typer.Option("--rows", help="Write what was read out of every row, as JSON Lines.")] = False,
    data: Data = None,
) -> None:
    """Check a file of outputs, and say everything that is wrong with it. Nothing is stored."""
    from app.commands.check import print_rows, summary
    from submissions.intake import check_file

    checked = check_file(_folder(context, data), _tasks(), file, benchmark)
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
    meta: Annotated[Path, typer.Option(help="submission.toml: system, version, method, trained_on, consent, ...")],
    data: Data = None,
) -> None:
    """Check a file of outputs, then store it. The same bytes again change nothing."""
    from submissions.intake import submit_file

    folder = _folder(context, data)
    accepted = submit_file(folder, _tasks(), file, benchmark, meta)
    for line in accepted.lines:
        typer.echo(line)


@app.command()
def score(
    context: typer.Context,
    benchmark: Benchmark = None,
    checkpoint: Annotated[
        str | None, typer.Option(help="BARTScore model instead of scoring.toml's: a hub name or a folder.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="ParaBank2 weights (.pth) to load over the checkpoint.")] = None,
    reason: Reason = "score what is pending",
    data: Data = None,
) -> None:
    """Score whatever is pending. Can be stopped, or killed, at any point and started again."""
    from app.commands.score import score_pending

    score_pending(_folder(context, data), _tasks(), notes, _author(), reason, benchmark, checkpoint, weights)


@app.command()
def publish(context: typer.Context, reason: Reason, data: Data = None) -> None:
    """Make a release, print what moved, and switch the site to it."""
    from app.commands.publish import print_published
    from submissions.publish import publish as make_release

    print_published(make_release(_folder(context, data), _tasks(), _author(), reason))


@app.command()
def leaderboard(
    context: typer.Context,
    benchmark: Benchmark = None,
    task: Annotated[str | None, typer.Option(help="Only this task.")] = None,
    metric: Annotated[str | None, typer.Option(help="The table's metric; the headline metric unless said.")] = None,
    format: Annotated[Format, typer.Option(help="table, csv or json: docs/leaderboard-json.md.")] = Format.table,
    data: Data = None,
) -> None:
    """Read the current release."""
    from app.commands.leaderboard import print_board

    print_board(_folder(context, data), benchmark, task, metric, format.value)


@app.command()
def serve(
    context: typer.Context,
    port: Port = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "localhost",
    data: Data = None,
) -> None:
    """Serve the site on the current release."""
    from app.server import serve as serve_site

    serve_site(_folder(context, data).path, port=port, address=address)


@app.command()
def demo(
    context: typer.Context,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Start the site when all is done.")] = True,
    port: Port = 8501,
    data: Data = None,
) -> None:
    """Fill a board with the invented benchmark and six simple systems, publish it, and open the site."""
    from app.commands.demo import build_demo

    folder = _folder(context, data)
    build_demo(folder, _tasks(), notes, _author())
    if serving:
        from app.server import serve as serve_site

        serve_site(folder.path, port=port, address="localhost")


def _folder(context: typer.Context, data: Path | None) -> DataFolder:
    """The data folder, made ready: said after the command, before it, in the environment, or the default."""
    from submissions.store.database import prepare
    from submissions.store.folder import DataFolder

    environment = os.environ.get("REASONBOARD_DATA")
    path = data or context.obj or (Path(environment) if environment else DEFAULT_DATA)
    folder = DataFolder(path)
    prepare(folder)
    return folder


def _tasks() -> dict[str, Task]:
    from scoring.tasks import load_tasks
    from submissions.settings import DECLARATIONS

    return load_tasks(DECLARATIONS / "tasks")


def _task(task_id: str) -> Task:
    from submissions.importing import declared_task

    return declared_task(_tasks(), task_id)


def _author() -> str:
    """Who runs the command, for the record."""
    try:
        return os.environ.get("REASONBOARD_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return "unknown"


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
    except BrokenPipeError:  # the reader of our output has gone: `... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        notes.print(f"Error: {where}{error.strerror or error}", style="red", markup=False)
        raise SystemExit(1) from error


def _list_problems(refusal: SubmissionRefused) -> None:
    """Every problem, a line each: a file is put right in one go, not error by error."""
    for problem in refusal.problems:
        notes.print(str(problem), markup=False)
    count = len(refusal.problems) + refusal.unlisted
    unlisted = f", {refusal.unlisted} of them not listed" if refusal.unlisted else ""
    noun = "problem" if count == 1 else "problems"
    notes.print(f"Error: {count} {noun}{unlisted}. Nothing is stored.", style="red", markup=False)


def main() -> None:
    """The entry point."""
    with _said_plainly():
        app()


if __name__ == "__main__":
    main()
