"""`reasonboard tags`: what a maintainer says about examples, to break results down by it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import ChosenBoard, Reason, author, board_command
from app.cli.writing import new_file
from submissions.wording import counted

commands = typer.Typer(
    help="Tags of examples, such as sarcasm: suggest, import and list them.", no_args_is_help=True
)


@board_command(commands, "import")
def import_file(
    board: ChosenBoard,
    file: Annotated[Path, typer.Argument(help="A CSV with the columns task, example, tag.")],
    reason: Reason,
) -> None:
    """Tag examples. The next release breaks every metric down by them. Tags that are there already
    change nothing.
    """
    from submissions.benchmarks.tags import import_tags

    done = import_tags(board.folder, board.tasks, file, author(), reason)
    typer.echo(f"{file}: {counted(done.rows, 'row')}, {counted(done.new, 'new tag')}.")


@board_command(commands)
def suggest(
    board: ChosenBoard,
    task: Annotated[str, typer.Argument(help="An imported task's id, e.g. imhi/dreaddit.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The CSV to write.")],
    rules: Annotated[
        str, typer.Option(help="Tags of the rules, with commas between; all unless said.")
    ] = "",
) -> None:
    """Propose tags by cheap rules: a file that `tags import` takes once you have deleted the rows
    that are wrong. Nothing is tagged.

    Rules are those of tag-rules.toml, the board's own before the shipped ones.
    """
    from submissions.benchmarks.importing import declared_task, examples_of
    from submissions.benchmarks.tag_suggestions import suggest as suggestions
    from submissions.benchmarks.tag_suggestions import tag_rules, write_suggestions

    declared = declared_task(board.tasks, task)
    names = [name.strip() for name in rules.split(",") if name.strip()]
    chosen = tag_rules(board.folder.path, names)
    examples = examples_of(board.folder, declared)
    proposed = list(suggestions(declared, examples, chosen))
    with new_file(out) as stream:
        write_suggestions(proposed, stream)
    counts = Counter(each.rule.tag for each in proposed)
    for rule in chosen:
        typer.echo(f"{rule.tag}: {counted(counts[rule.tag], 'example')} of {len(examples):,}")
    typer.echo(
        f"{out}: delete the rows that are wrong, then `reasonboard tags import {out} --reason ...`."
    )


@board_command(commands, "list")
def list_all(board: ChosenBoard) -> None:
    """List the tags, and on how many examples of each task they are."""
    from submissions.benchmarks.tags import count_tags

    for (task, tag), count in count_tags(board.folder).items():
        typer.echo(f"{task:32} {count:6} {tag}")
