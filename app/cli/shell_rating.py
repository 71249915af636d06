"""The commands about people's ratings: ratings import, open, close, list; validity."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import Benchmark, Data, Reason, author, data_folder, declared_tasks, notes

rating = typer.Typer()
ratings = typer.Typer(
    help="Human ratings of explanations: import them, collect them, list them.",
    no_args_is_help=True,
)
rating.add_typer(ratings, name="ratings")


class ValidityFormat(StrEnum):
    """How validity is written."""

    table = "table"
    json = "json"


@rating.command()
def validity(
    context: typer.Context,
    format: Annotated[ValidityFormat, typer.Option(help="table or json.")] = ValidityFormat.table,
    benchmark: Benchmark = None,
    aspect: Annotated[
        str | None, typer.Option(help="Only this aspect of the rubric, e.g. overall.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="Only this rated system, or pooled.")] = None,
    data: Data = None,
) -> None:
    """Say how far raters agree, and how far each explanation metric goes along with them.

    With intervals, against word count and a human ceiling, of all ratings that were imported and of closed rounds; a
    release states the same.
    """
    from app.cli.validity import Wanted, print_validity

    wanted = Wanted(benchmark, aspect, system)
    print_validity(data_folder(context, data), declared_tasks(), wanted, format.value, notes)


@ratings.command("import")
def import_ratings(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="CSV as the DR ratings are published, or a row a rating.")
    ],
    reason: Reason,
    rubric: Annotated[
        str | None, typer.Option(help="What was rated, where the aspects do not tell.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="Whose explanations were rated, e.g. imhi/dr.")
    ] = None,
    system: Annotated[
        str | None,
        typer.Option(
            help="Who wrote them, or the column that they stand in, where the file does not tell."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="What the set of these ratings is called. Like the file else."),
    ] = None,
    revise: Annotated[
        bool, typer.Option("--revise", help="The file corrects the set of that name.")
    ] = False,
    data: Data = None,
) -> None:
    """Import human ratings of explanations, as a set of their own. The same file again changes nothing.

    A row a rated text: `text` (the post), the explanation in a column named after its system, and a column an aspect,
    "[3, 2, 3]". Or a row a rating: item, system, annotator, aspect, rating, and task and example_id of an answer that
    was submitted, or post and explanation.
    """
    from app.cli.ratings import imported_lines
    from submissions.rating.rating_files import Naming
    from submissions.rating.ratings import Asked
    from submissions.rating.ratings import import_ratings as take_in
    from submissions.rating.rubrics import usable_rubrics

    asked = Asked(author(), reason, Naming(rubric, task, system), name, revise)
    for line in imported_lines(
        take_in(data_folder(context, data), declared_tasks(), usable_rubrics(), file, asked)
    ):
        typer.echo(line)


@ratings.command("open")
def open_round(
    context: typer.Context,
    benchmark: Annotated[str, typer.Option(help="Whose explanations: imhi, imhi-expert or demo.")],
    posts: Annotated[int, typer.Option(help="On how many posts, the same for all systems.")] = 60,
    seed: Annotated[int, typer.Option(help="What the posts are drawn with.", min=0)] = 1,
    rubric: Annotated[str, typer.Option(help="What is rated, on which scale.")] = "mentallama",
    system: Annotated[
        list[str] | None,
        typer.Option(
            "--systems",
            help="Of this system; may be said again. All on the board but trivial ones else.",
        ),
    ] = None,
    task: Annotated[str | None, typer.Option(help="Of this task alone, e.g. imhi/dr.")] = None,
    reason: Reason = "a round of rating",
    data: Data = None,
) -> None:
    """Open a round of rating: annotators rate explanations on the site, blind, until three have rated each."""
    from submissions.rating import rounds
    from submissions.rating.rubrics import usable_rubrics

    wanted = rounds.Wanted(
        benchmark, posts, seed, author(), reason, rubric, tuple(system or ()), task
    )
    _, told = rounds.open_round(
        data_folder(context, data), declared_tasks(), usable_rubrics(), wanted
    )
    for line in told:
        typer.echo(line)


@ratings.command("close")
def close_round(
    context: typer.Context,
    round: Annotated[str, typer.Argument(help="Its name: see `ratings list`.")],
    reason: Reason = "rating is done",
    data: Data = None,
) -> None:
    """Close a round for good. Its ratings count from the next release on."""
    from app.cli.ratings import closed_line
    from submissions.rating import rounds

    folder = data_folder(context, data)
    was_open = rounds.close_round(folder, round, author(), reason)
    typer.echo(closed_line(folder, rounds.round_named(folder, round), was_open))


@ratings.command("join")
def join_sets(
    context: typer.Context,
    sets: Annotated[
        list[str], typer.Argument(metavar="SET SET ...", help="Their names: see `ratings list`.")
    ],
    name: Annotated[str, typer.Option(help="What they are called together.")],
    reason: Reason,
    data: Data = None,
) -> None:
    """Report sets of ratings as one from now on: agreement and validity are then of all of them.

    The reason stands beside the figures.
    """
    from submissions.rating.sets import join_sets

    for line in join_sets(data_folder(context, data), sets, name, author(), reason):
        typer.echo(line)


@ratings.command("separate")
def separate_sets(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The joined set's: see `ratings list`.")],
    reason: Reason,
    data: Data = None,
) -> None:
    """Report the sets of a join apart again."""
    from submissions.rating.sets import separate

    join = separate(data_folder(context, data), name, author(), reason)
    typer.echo(f"{', '.join(join.members)} are reported apart from now on.")


@ratings.command("unite")
def unite_raters(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The set's: see `ratings list`.")],
    reason: Reason,
    data: Data = None,
) -> None:
    """Take raters of a set whose names differ in case, white space or encoding alone for one.

    For sets from before that was done at import; `ratings list` says which. Of two ratings of one text, the later counts.
    """
    from submissions.rating.sets import unite_raters

    for line in unite_raters(data_folder(context, data), name, author(), reason):
        typer.echo(line)


@ratings.command("list")
def list_ratings(context: typer.Context, data: Data = None) -> None:
    """List the sets of ratings and the files that they were made of, and how far each round is."""
    from app.cli.ratings import listed_lines

    for line in listed_lines(data_folder(context, data), declared_tasks()):
        typer.echo(line)
