"""The `reasonboard` command: puts the groups of commands together, and says what goes wrong.

What a person asked for goes to standard output, everything said about it to standard error:
`reasonboard leaderboard --format json | ...` is safe to pipe.
"""

from __future__ import annotations

import importlib.metadata
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from app import logs
from app.cli import (
    check,
    compare,
    counterfactuals,
    declarations,
    demo,
    export,
    failures,
    figure,
    generalization,
    generate,
    judge,
    keeping,
    leaderboard,
    moderation,
    overview,
    platforms,
    publish,
    ratings,
    reading,
    releases,
    reported,
    rubric,
    score,
    serve,
    status,
    stress,
    tags,
    team,
    variants,
    worker,
)
from app.cli.benchmark import command as benchmark
from app.cli.options import Data, notes
from app.cli.plain_errors import plainly
from app.cli.stopping import Stopped
from app.cli.validity import command as validity
from scoring.errors import ReasonBoardError
from scoring.libraries import ScoringNotInstalled, missing_module
from submissions.problems import SubmissionRefused, listed
from submissions.wording import counted

app = typer.Typer(
    name="reasonboard",
    help=(
        "Scores what language models say about mental-health posts, labels and explanations, "
        "and publishes the board."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _print_version(wanted: bool) -> None:
    """Print the installed version and end."""
    if wanted:
        typer.echo(f"reasonboard {importlib.metadata.version('reasonboard')}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    data: Data = None,
    create: Annotated[
        bool, typer.Option("--create", help="Make a new board where --data names no folder yet.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
    log_format: Annotated[
        logs.LogFormat | None,
        typer.Option(help="How the log is written \\[env: REASONBOARD_LOG_FORMAT; default: text]."),
    ] = None,
    log_level: Annotated[
        logs.Level | None,
        typer.Option(
            help=(
                "From which level on \\[env: REASONBOARD_LOG_LEVEL; default: info for serve and"
                " worker, else warning]."
            )
        ),
    ] = None,
) -> None:
    """Keep what was said before the command's name."""
    del create, version  # `app.cli.options.data_folder` looks the one up, the other has ended
    logs.choose(log_format, log_level)
    logs.set_up(logs.Level.warning)
    context.obj = data


# In the order of `reasonboard --help`.
app.add_typer(check.commands)
app.add_typer(generate.commands)
app.add_typer(reading.commands)
app.add_typer(reading.training, name="reader")
app.add_typer(leaderboard.commands)
app.add_typer(overview.commands)
app.add_typer(reported.commands)
app.add_typer(serve.commands)
app.add_typer(demo.commands)
app.add_typer(benchmark.commands, name="benchmark")
app.add_typer(team.commands, name="team")
app.add_typer(score.commands)
app.add_typer(worker.commands)
app.add_typer(status.commands)
app.add_typer(stress.commands)
app.add_typer(judge.commands)
app.add_typer(publish.commands)
app.add_typer(declarations.commands)
app.add_typer(releases.commands)
app.add_typer(keeping.commands)
app.add_typer(moderation.commands)
app.add_typer(validity.commands)
app.add_typer(ratings.commands, name="ratings")
app.add_typer(rubric.commands, name="rubric")
app.add_typer(compare.commands)
app.add_typer(variants.commands)
app.add_typer(platforms.commands)
app.add_typer(generalization.commands)
app.add_typer(counterfactuals.commands)
app.add_typer(failures.commands)
app.add_typer(figure.commands)
app.add_typer(export.commands)
app.add_typer(tags.commands, name="tags")


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Say in plain words, without a traceback, what a person can put right."""
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
        # What a shell reports of a process that SIGTERM has ended.
        raise SystemExit(143) from None
    # The base is installed without torch; a metric finds that out when it is imported.
    except ModuleNotFoundError as error:
        if not (library := missing_module(error)):
            raise
        notes.print(f"Error: {ScoringNotInstalled((library,))}", style="red", markup=False)
        raise SystemExit(1) from None
    except BrokenPipeError:  # the reader of our output has gone: `... | head`
        # Python flushes standard output once more when it ends, and would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except (OSError, sqlite3.Error) as error:
        notes.print(f"Error: {plainly(error)}", style="red", markup=False)
        raise SystemExit(1) from error


def _list_problems(refusal: SubmissionRefused) -> None:
    """List every problem: a file is put right in one go, not error by error."""
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
    """Run the command that the arguments name."""
    with _said_plainly():
        app()


if __name__ == "__main__":
    main()
