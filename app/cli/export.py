"""`reasonboard export`, a release as files; `export-task`, a task as other programs run it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import ChosenBoard, board_command, echo_lines, notes, require_new_folder
from submissions.benchmarks.harness_tasks import TaskFormat
from submissions.wording import counted

commands = typer.Typer()


@board_command(commands)
def export(
    board: ChosenBoard,
    folder: Annotated[Path, typer.Argument(help="A new or an empty folder.")],
    release: Annotated[
        int | None, typer.Option(help="An earlier release; the current one unless said.")
    ] = None,
) -> None:
    """Write a release as Parquet and JSON, two files a table."""
    from submissions.releasing.release_files import export_release
    from submissions.store.released.release import ReleaseReader, release_path

    reader = (
        board.release if release is None else ReleaseReader(release_path(board.untouched, release))
    )
    echo_lines(map(str, export_release(reader, folder)))


@board_command(commands, "export-task")
def export_task(
    board: ChosenBoard,
    task: Annotated[str, typer.Argument(help="A task's id, e.g. imhi/dreaddit.")],
    harness: Annotated[TaskFormat, typer.Option("--as", help="For which program.")],
    out: Annotated[Path | None, typer.Option(help="A new or an empty folder.")] = None,
) -> None:
    """Write a task so that lm-evaluation-harness or Inspect runs it as it is: queries, no gold."""
    from submissions.benchmarks.harness_tasks import command_for, write_task
    from submissions.benchmarks.importing import declared_task, examples_of

    declared = declared_task(board.tasks, task)
    examples = examples_of(board.folder, declared)
    folder = out or Path(f"{task.replace('/', '-')}-{harness}")
    require_new_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    asked = [example for example in examples if not example.redacted]
    made = write_task(declared, asked, harness, folder)
    typer.echo(made)
    said = (
        f"{counted(len(asked), 'query', 'queries')} of {declared.id}, without labels or references"
    )
    notes.print(said, markup=False)
    if command := command_for(harness, made):
        notes.print(f"Run it:    {command}", markup=False)
        notes.print("Then:      reasonboard check OUTPUTS --benchmark " + declared.benchmark)
