"""`reasonboard ratings`: what an import did, what was imported, and how far rounds are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scoring.tasks import Task
from submissions.rating.ratings import ImportedRatings
from submissions.rating.rounds import RATERS, Round, is_invented, progress
from submissions.store.folder import DataFolder
from submissions.store.ratings import current_ratings, rated_texts, sources
from submissions.store.rounds import rounds
from submissions.wording import counted, noun_for

INVENTED = " (invented: a demonstration)"


def imported_lines(imported: ImportedRatings) -> Iterator[str]:
    """What became of a file, and what to do next."""
    yield from imported.lines
    if imported.new:
        yield "`reasonboard score` measures the rated texts, `reasonboard validity` shows what came of it."


def listed_lines(folder: DataFolder, tasks: Mapping[str, Task]) -> Iterator[str]:
    """Every set with the files that it was made of, every round with how far it is; what is invented says so."""
    by_name = {one.name: one for one in rounds(folder)}
    for name in dict.fromkeys(source.ratings for source in sources(folder)):
        if name in by_name:
            yield from _round_lines(
                folder, by_name[name], INVENTED if is_invented(by_name[name], tasks) else ""
            )
        else:
            yield from _set_lines(
                folder, name, INVENTED if _of_invented_tasks(folder, name, tasks) else ""
            )


def closed_line(folder: DataFolder, round: Round, was_open: bool) -> str:
    """What came of closing a round."""
    if not was_open:
        return f"{round.name} was closed on {round.closed_at}; nothing to do."
    if not current_ratings(folder, round.name):
        return f"{round.name} is closed. Nobody has rated anything in it."
    return (
        f"{round.name} is closed. `reasonboard score` measures the rated texts, `reasonboard validity` shows what came "
        "of it, and the next release states it."
    )


def _of_invented_tasks(folder: DataFolder, name: str, tasks: Mapping[str, Task]) -> bool:
    of = {text.task for text in rated_texts(folder, name).values()}
    return bool(of) and all(one in tasks and tasks[one].demonstration for one in of)


def _set_lines(folder: DataFolder, name: str, mark: str) -> Iterator[str]:
    own = sources(folder, name)
    given = current_ratings(folder, name)
    systems = ", ".join(dict.fromkeys(key[1] for key in given))
    yield f"{name}{mark}: {counted(len(given), 'rating')} by the rubric {own[0].rubric}, of {systems}"
    for source in own:
        yield f"  {source.received_at} {source.name} ({source.author}: {source.reason})"


def _round_lines(folder: DataFolder, round: Round, mark: str) -> Iterator[str]:
    far = progress(folder, round)
    state = "open" if round.closed_at is None else f"closed {round.closed_at}"
    yield (
        f"{round.name}{mark}: a round by the rubric {round.rubric}, {state}; {far.complete} of "
        f"{counted(far.items, 'explanation')} {noun_for(far.complete, 'is', 'are')} rated by {RATERS}, "
        f"{far.rated} of {far.items * RATERS} ratings by {counted(far.annotators, 'annotator')}"
    )
    if far.skipped:
        yield f"  skipped as distressing: {far.skipped}"
    (source,) = sources(folder, round.name)
    yield f"  {source.received_at} opened ({source.author}: {source.reason})"
