"""`reasonboard ratings`: what an import did, what was imported, and how far rounds are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scoring.tasks import Task
from submissions.rating.ratings import ImportedRatings
from submissions.rating.rounds import RATERS, is_invented, progress
from submissions.rating.sets import RatingSet, alike_lines, held, rating_sets
from submissions.store.folder import DataFolder
from submissions.store.ratings import RatedText, current_ratings, sources
from submissions.store.rounds import Round, rounds
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
    for one in rating_sets(folder):
        if one.name in by_name:
            found = by_name[one.name]
            yield from _round_lines(folder, found, INVENTED if is_invented(found, tasks) else "")
        else:
            yield from _set_lines(folder, one, tasks)
    yield from alike_lines(folder)


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


def _set_lines(folder: DataFolder, one: RatingSet, tasks: Mapping[str, Task]) -> Iterator[str]:
    content = held(folder, one)
    mark = INVENTED if _are_invented(content.texts.values(), tasks) else ""
    systems = ", ".join(dict.fromkeys(key[1] for key in content.ratings))
    count = counted(len(content.ratings), "rating")
    yield f"{one.name}{mark}: {count} by the rubric {one.rubric}, of {systems}"
    if join := one.join:
        yield (
            f"  {join.joined_at} joined from {', '.join(join.members)} ({join.author}: {join.reason})"
        )
    for source in one.sources:
        yield f"  {source.received_at} {source.name} ({source.author}: {source.reason})"


def _are_invented(texts: Iterable[RatedText], tasks: Mapping[str, Task]) -> bool:
    of = {text.task for text in texts}
    return bool(of) and all(one in tasks and tasks[one].demonstration for one in of)


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
