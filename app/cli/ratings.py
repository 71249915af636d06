"""`reasonboard ratings`: import, collect, join and list human ratings of explanations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from app.cli.tabulating import Sheet, print_json, print_sheet
from scoring.errors import ReasonBoardError
from submissions.wording import counted, noun_for

if TYPE_CHECKING:
    from scoring.tasks import Tasks
    from submissions.rating.sets import RatingSet
    from submissions.rating.transcript_tasks import Transcripts
    from submissions.store.folder import DataFolder
    from submissions.store.rated.ratings import RatedText
    from submissions.store.rated.rounds import Round

commands = typer.Typer(
    help="Human ratings of explanations: import them, collect them, list them.",
    no_args_is_help=True,
)


class NotWritten(ReasonBoardError):
    """A file that cannot be written."""


INVENTED = " (invented: a demonstration)"


@board_command(commands, "import")
def import_file(
    board: ChosenBoard,
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
    judge: Annotated[
        bool,
        typer.Option("--judge", help="Its annotators are models, and rate transcripts."),
    ] = False,
) -> None:
    """Import human ratings of explanations or transcripts, as a set of their own. The same file again changes
    nothing.

    A row a rated text: `text` (the post), the explanation in a column named after its system, and a
    column an aspect, "[3, 2, 3]". Or a row a rating: item, system, annotator, aspect, rating, and
    task and example_id of an answer that was submitted, or post and explanation. Of transcripts
    (--task names theirs) a row a rating: item is the transcript's id.
    """
    from submissions.rating.rating_files import Naming
    from submissions.rating.ratings import ImportRequest, import_ratings
    from submissions.rating.rubrics import usable_rubrics
    from submissions.store.rated.ratings import FILE, JUDGED

    kind = JUDGED if judge else FILE
    asked = ImportRequest(author(), reason, Naming(rubric, task, system), name, revise, kind)
    imported = import_ratings(
        board.folder, board.tasks, usable_rubrics(board.folder.path), file, asked
    )
    echo_lines(imported.lines)
    if imported.new:
        typer.echo(
            "`reasonboard score` measures the rated texts, `reasonboard validity` shows what came "
            "of it."
        )


@board_command(commands, "open")
def open_round(
    board: ChosenBoard,
    benchmark: Annotated[str, typer.Option(help="Whose explanations; or a task of transcripts.")],
    posts: Annotated[
        int | None,
        typer.Option(
            help="On how many posts, the same for all systems; 60 unless said. Of transcripts: with"
            " how many patients; all unless said."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="What the posts are drawn with.", min=0)] = 1,
    rubric: Annotated[
        str | None,
        typer.Option(help="What is rated, on which scale; mentallama, or that of the transcripts."),
    ] = None,
    system: Annotated[
        list[str] | None,
        typer.Option(
            "--systems",
            help="Of this system; may be said again. All on the board but trivial ones else.",
        ),
    ] = None,
    task: Annotated[str | None, typer.Option(help="Of this task alone, e.g. imhi/dr.")] = None,
    practice: Annotated[
        Path | None,
        typer.Option(help="CSV of items with agreed ratings that raters learn on, with feedback."),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(help="CSV of items with agreed ratings, hidden among the others."),
    ] = None,
    repeats: Annotated[
        int,
        typer.Option(help="How many of their own items each rater is given again, unseen.", min=0),
    ] = 0,
    pairwise: Annotated[
        bool,
        typer.Option("--pairwise", help="Two systems' explanations an item: which is better?"),
    ] = False,
    reason: Reason = "a round of rating",
) -> None:
    """Open a round of rating: annotators rate explanations on the site, blind, until three have
    rated each.

    Files of --practice and --gold have a row an item: post, explanation (or left and right),
    a column an aspect (or preferred), feedback, and asked, where raters see what was asked.
    """
    from submissions.rating import drawing
    from submissions.rating.rubrics import usable_rubrics
    from submissions.rating.session_rounds import WantedSessions, open_session_round
    from submissions.rating.transcript_tasks import usable_transcript_tasks

    spoken = usable_transcript_tasks(board.folder.path).get(benchmark)
    if spoken is not None:
        given = {"--task": task, "--practice": practice, "--gold": gold, "--pairwise": pairwise}
        _refuse_of_transcripts(spoken, rubric, [name for name, value in given.items() if value])
        sessions = WantedSessions(seed, author(), reason, posts, tuple(system or ()), repeats)
        echo_lines(open_session_round(board.folder, spoken, sessions)[1])
        return
    wanted = drawing.Wanted(
        benchmark,
        60 if posts is None else posts,
        seed,
        author(),
        reason,
        rubric or drawing.DEFAULT_RUBRIC,
        tuple(system or ()),
        task,
        practice,
        gold,
        repeats,
        pairwise,
    )
    _, lines = drawing.open_round(
        board.folder, board.tasks, usable_rubrics(board.folder.path), wanted
    )
    echo_lines(lines)


def _refuse_of_transcripts(spoken: Transcripts, rubric: str | None, options: Sequence[str]) -> None:
    """Refuse what a round of transcripts cannot be asked for.

    Raises:
        ReasonBoardError: With what.
    """
    if options:
        raise ReasonBoardError(
            f"{', '.join(options)}: not of a round of transcripts, as one of {spoken.id} is"
        )
    if rubric not in (None, spoken.rubric):
        raise ReasonBoardError(f"{spoken.id} is rated by {spoken.rubric}: leave --rubric out")


@board_command(commands, "close")
def close_round(
    board: ChosenBoard,
    round: Annotated[str, typer.Argument(help="Its name: see `ratings list`.")],
    reason: Reason = "rating is done",
) -> None:
    """Close a round for good. Its ratings count from the next release on."""
    from submissions.rating import rounds

    was_open = rounds.close_round(board.folder, round, author(), reason)
    typer.echo(_closed_line(board.folder, rounds.round_named(board.folder, round), was_open))


@board_command(commands, "join")
def join_sets(
    board: ChosenBoard,
    sets: Annotated[
        list[str], typer.Argument(metavar="SET SET ...", help="Their names: see `ratings list`.")
    ],
    name: Annotated[str, typer.Option(help="What they are called together.")],
    reason: Reason,
) -> None:
    """Report sets of ratings as one from now on: agreement and validity are then of all of them.

    The reason stands beside the figures.
    """
    from submissions.rating.sets import join_sets

    echo_lines(join_sets(board.folder, sets, name, author(), reason))


@board_command(commands, "separate")
def separate_sets(
    board: ChosenBoard,
    name: Annotated[str, typer.Argument(help="The joined set's: see `ratings list`.")],
    reason: Reason,
) -> None:
    """Report the sets of a join apart again."""
    from submissions.rating.sets import separate

    join = separate(board.folder, name, author(), reason)
    typer.echo(f"{', '.join(join.members)} are reported apart from now on.")


@board_command(commands, "unite")
def unite_raters(
    board: ChosenBoard,
    name: Annotated[str, typer.Argument(help="The set's: see `ratings list`.")],
    reason: Reason,
) -> None:
    """Take raters of a set whose names differ in case, white space or encoding alone for one.

    For sets from before that was done at import; `ratings list` says which. Of two ratings of one
    text, the later counts.
    """
    from submissions.rating.sets import unite_raters

    echo_lines(unite_raters(board.folder, name, author(), reason))


@board_command(commands, "annotators")
def show_annotators(
    board: ChosenBoard,
    name: Annotated[str, typer.Argument(metavar="SET", help="A round or a file's set.")],
    written: Written = TableOrJson.table,
) -> None:
    """Say how each annotator of a round rates, under their pseudonyms.

    Items, time, spread, agreement with the others, items given again, and gold items. Of an open
    round too: it says nothing of systems.
    """
    from app.raters import RATER_CAPTION, RATER_HEADS, rater_cells, rater_fields
    from submissions.rating.raters import raters
    from submissions.rating.rubrics import usable_rubrics

    rows = raters(board.folder, usable_rubrics(board.folder.path), name)
    if written is TableOrJson.json:
        print_json(map(rater_fields, rows))
    elif not rows:
        typer.echo(f"{name}: nobody has rated anything in it.")
    else:
        caption = RATER_CAPTION.format(aspect=rows[0].aspect)
        print_sheet(Sheet(name, RATER_HEADS, list(map(rater_cells, rows)), caption))


@board_command(commands, "export")
def export_ratings(
    board: ChosenBoard,
    name: Annotated[str, typer.Argument(metavar="SET", help="A round or a file's set.")],
    out: Annotated[
        Path | None, typer.Option(help="A new file; standard output unless said.")
    ] = None,
) -> None:
    """Write raw ratings as CSV: a row a rating as it was given, revised ones too, with who, when and
    why.

    No post and no explanation is in it; reasons that annotators wrote are, and may quote some.
    """
    from submissions.csv_export import csv_export
    from submissions.rating.raw import RawRating, raw_ratings

    rows = [vars(row) for row in raw_ratings(board.folder, name)]
    columns = [field.name for field in fields(RawRating)]
    texts = [name for name in columns if name not in ("rating", "counts")]
    content = csv_export(rows, texts, columns)
    if out is None:
        typer.echo(content, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8", newline="") as file:
            file.write(content)
    except OSError as error:
        raise NotWritten(
            f"{out}: cannot be written ({error.strerror}); name a new file in a folder that there"
            " is"
        ) from error
    typer.echo(f"{out}: {counted(len(rows), 'rating')}")


@board_command(commands, "delete-annotator")
def delete_annotator(
    board: ChosenBoard,
    name: Annotated[str, typer.Argument(metavar="SET", help="A round or a file's set.")],
    annotator: Annotated[str, typer.Argument(help="Whose: see `ratings annotators`.")],
    reason: Reason,
) -> None:
    """Delete all that one annotator gave in a round or a file, for good; the next release follows
    from what is left.
    """
    from submissions.rating.raw import delete_annotator

    count = delete_annotator(board.folder, name, annotator, author(), reason)
    typer.echo(
        f"{name}: {counted(count, 'rating')} of that annotator {noun_for(count, 'is', 'are')}"
        " deleted, revised ones among them. Releases from the next one on do not have them;"
        " `reasonboard publish` makes it."
    )


@board_command(commands, "list")
def list_ratings(board: ChosenBoard) -> None:
    """List the sets of ratings and the files that they were made of, and how far each round is."""
    echo_lines(_listed_lines(board))


def _closed_line(folder: DataFolder, round: Round, was_open: bool) -> str:
    """Say what came of closing a round."""
    from submissions.rating.rounds import rates_transcripts
    from submissions.store.rated.ratings import current_ratings

    if not was_open:
        return f"{round.name} was closed on {round.closed_at}; nothing to do."
    if not current_ratings(folder, round.name):
        return f"{round.name} is closed. Nobody has rated anything in it."
    if rates_transcripts(folder, round):
        return (
            f"{round.name} is closed. It is a set of people's ratings now, and `reasonboard publish`"
            f" shows it on the board of {round.benchmark}."
        )
    return (
        f"{round.name} is closed. `reasonboard score` measures the rated texts, "
        "`reasonboard validity` shows what came of it, and the next release states it."
    )


def _listed_lines(board: ChosenBoard) -> Iterator[str]:
    """List sets with the files that they were made of, and rounds with how far they are.

    What is invented says so.
    """
    from submissions.rating.rounds import is_declared, is_invented
    from submissions.rating.sets import alike_lines, rating_sets
    from submissions.store.rated.rounds import rounds

    folder, tasks = board.folder, board.tasks
    collected = {rating_round.name: rating_round for rating_round in rounds(folder)}
    for ratings in rating_sets(folder):
        if ratings.name in collected:
            rating_round = collected[ratings.name]
            mark = INVENTED if is_invented(folder, rating_round, tasks) else ""
            yield from _round_lines(folder, rating_round, mark)
            if not is_declared(folder, rating_round, tasks):
                yield f"  {rating_round.benchmark} is not declared any more: nothing can be rated in it"
        else:
            yield from _set_lines(folder, ratings, tasks)
    yield from alike_lines(folder)


def _set_lines(folder: DataFolder, ratings: RatingSet, tasks: Tasks) -> Iterator[str]:
    from submissions.rating.sets import held
    from submissions.rating.transcript_tasks import usable_transcript_tasks

    content = held(folder, ratings)
    invented = {name for name, task in tasks.items() if task.demonstration}
    invented |= {
        name for name, task in usable_transcript_tasks(folder.path).items() if task.demonstration
    }
    mark = INVENTED if _are_invented(content.texts.values(), invented) else ""
    systems = ", ".join(dict.fromkeys(key[1] for key in content.ratings))
    count = counted(len(content.ratings), "rating")
    yield f"{ratings.name}{mark}: {count} by the rubric {ratings.rubric}, of {systems}"
    if join := ratings.join:
        members = ", ".join(join.members)
        yield f"  {join.joined_at} joined from {members} ({join.author}: {join.reason})"
    for source in ratings.sources:
        yield f"  {source.received_at} {source.name} ({source.author}: {source.reason})"


def _are_invented(texts: Iterable[RatedText], invented: Set[str]) -> bool:
    names = {text.task for text in texts}
    # A set of nothing is not invented, or an empty one would be marked.
    return bool(names) and names <= invented


def _round_lines(folder: DataFolder, round: Round, mark: str) -> Iterator[str]:
    from submissions.rating.rounds import progress, rates_transcripts
    from submissions.rating.turns import RATERS
    from submissions.store.rated.ratings import sources

    far = progress(folder, round)
    what = "transcript" if rates_transcripts(folder, round) else "explanation"
    state = "open" if round.closed_at is None else f"closed {round.closed_at}"
    yield (
        f"{round.name}{mark}: a round by the rubric {round.rubric}, {state}; {far.complete} of "
        f"{counted(far.items, what)} {noun_for(far.complete, 'is', 'are')} rated by "
        f"{RATERS}, {far.rated} of {far.items * RATERS} ratings by "
        f"{counted(far.annotators, 'annotator')}"
    )
    for why, count in far.skipped.items():
        yield f"  skipped ({why}): {count}"
    # A round is one source by itself: nothing can be imported into it.
    (source,) = sources(folder, round.name)
    yield f"  {source.received_at} opened ({source.author}: {source.reason})"
