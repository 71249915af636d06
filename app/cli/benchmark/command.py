"""`reasonboard benchmark`: import gold data, list tasks, write the files that a team fills in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.benchmark.doctor import doctor
from app.cli.benchmark.perturbing import perturb
from app.cli.benchmark.starting import init
from app.cli.options import Benchmark, ChosenBoard, board_command, echo_lines, notes
from app.cli.writing import new_file
from submissions.wording import counted

commands = typer.Typer(
    help="Benchmarks: import gold data, write the file that a team fills in.", no_args_is_help=True
)

Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="File to write; else standard output.")
]


commands.command()(init)
board_command(commands)(doctor)
board_command(commands)(perturb)


@board_command(commands, "import")
def import_benchmark(
    board: ChosenBoard,
    what: Annotated[
        str,
        typer.Argument(
            help=(
                "A benchmark that is published as a checkout or as files of its sources (`imhi`,"
                " `mental-llm`), else a task's id."
            )
        ),
    ],
    source: Annotated[
        Path,
        typer.Argument(
            help="The folder of the published files or timelines, or the task's CSV or JSON file."
        ),
    ],
    posts: Annotated[
        Path | None,
        typer.Option(
            help=(
                "Where examples are of several posts of a user: the CSV of the posts (user_id,"
                " post_id, text); the task's CSV then has `user_id` for `text`."
            )
        ),
    ] = None,
) -> None:
    """Import gold labels, references and posts; baselines are added to every board that gets them.

    A task's CSV file has the columns id, text, label and optionally post_id, reference, attributes
    ("key=value;key=value"). A task's JSON file is a list of rows, as MentraBench's sets are: query,
    response and label, or query and reference_answer; or timelines, as CLPsych's are.
    """
    from submissions.benchmarks.importing import import_gold

    echo_lines(import_gold(board.folder, board.tasks, what, source, posts))


@board_command(commands, "list")
def list_tasks(board: ChosenBoard, benchmark: Benchmark = None) -> None:
    """List the declared tasks and which of them are imported."""
    from submissions.store.files.posts import PostStore

    store = PostStore(board.folder.posts)
    for task in board.tasks.values():
        if benchmark in (None, task.benchmark):
            typer.echo(f"{task.id:32} {'imported' if store.has(task) else '-':10} {task.title}")


@board_command(commands)
def template(
    board: ChosenBoard,
    task: Annotated[str, typer.Argument(help="A task's id, e.g. imhi/dreaddit.")],
    out: Out = None,
) -> None:
    """Write the file that a team fills in: a row an example, with its query."""
    from submissions.benchmarks.importing import declared_task, examples_of
    from submissions.benchmarks.templates import write_template

    declared = declared_task(board.tasks, task)
    examples = examples_of(board.folder, declared)
    if out is None:
        write_template(declared, examples, sys.stdout)
        return
    with new_file(out) as stream:
        write_template(declared, examples, stream)
    notes.print(f"{out}: {counted(len(examples), 'row')} to fill in", markup=False)


@board_command(commands)
def declaration(board: ChosenBoard, out: Out = None) -> None:
    """Write the submission.toml that a team fills in, with the names that `trained_on` may hold."""
    from scoring.sources import Sources
    from submissions.benchmarks.templates import declaration_template
    from submissions.declarations.strategies import usable_strategies

    strategies = usable_strategies(board.folder.path)
    text = declaration_template(Sources.of(board.tasks), strategies)
    if out is None:
        typer.echo(text, nl=False)
        return
    with new_file(out) as stream:
        stream.write(text)
    notes.print(f"{out}: to be filled in", markup=False)
