"""`reasonboard benchmark`: import gold data, list tasks, write the files that a team fills in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from app.cli.options import (
    Benchmark,
    Data,
    data_folder,
    declared_tasks,
    echo_lines,
    notes,
    untouched_folder,
)
from scoring.errors import ReasonBoardError
from submissions.wording import counted

commands = typer.Typer(
    help="Benchmarks: import gold data, write the file that a team fills in.", no_args_is_help=True
)

Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="File to write; else standard output.")
]


@commands.command("import")
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
    echo_lines(import_gold(folder, declared_tasks(folder), what, source).lines)


@commands.command("list")
def list_tasks(context: typer.Context, benchmark: Benchmark = None, data: Data = None) -> None:
    """List the declared tasks and which of them are imported."""
    from submissions.store.files.posts import PostStore

    folder = data_folder(context, data)
    store = PostStore(folder.posts)
    for task in declared_tasks(folder).values():
        if benchmark in (None, task.benchmark):
            typer.echo(f"{task.id:32} {'imported' if store.has(task) else '-':10} {task.title}")


@commands.command()
def template(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="A task's id, e.g. imhi/dreaddit.")],
    out: Out = None,
    data: Data = None,
) -> None:
    """Write the file that a team fills in: a row an example, with its query."""
    from submissions.benchmarks.importing import declared_task, examples_of
    from submissions.benchmarks.templates import write_template

    folder = data_folder(context, data)
    declared = declared_task(declared_tasks(folder), task)
    examples = examples_of(folder, declared)
    if out is None:
        write_template(declared, examples, sys.stdout)
        return
    with _new_file(out) as stream:
        write_template(declared, examples, stream)
    notes.print(f"{out}: {counted(len(examples), 'row')} to fill in", markup=False)


@commands.command()
def declaration(context: typer.Context, out: Out = None, data: Data = None) -> None:
    """Write the submission.toml that a team fills in, with the names that `trained_on` may hold."""
    from scoring.sources import Sources
    from submissions.benchmarks.templates import declaration_template

    text = declaration_template(Sources.of(declared_tasks(untouched_folder(context, data))))
    if out is None:
        typer.echo(text, nl=False)
        return
    with _new_file(out) as stream:
        stream.write(text)
    notes.print(f"{out}: to be filled in", markup=False)


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """Open a file to write, never one that exists.

    Raises:
        ReasonBoardError: It does.
    """
    try:
        with path.open("x", encoding="utf-8", newline="") as stream:
            yield stream
    except FileExistsError as error:
        raise ReasonBoardError(
            f"{path}: there already, and perhaps filled in; name another file, or move it"
        ) from error
