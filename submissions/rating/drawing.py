"""Opens a round of rating: draws what is to be rated in it.

A round has the same posts for all of its systems, so that systems are compared on equal ground:
posts that may be shown, drawn by seed, evenly over the tasks that all of its systems answer, one
question a post, and only those that every one of its systems explains. A pairwise round compares
two systems an item (`submissions.rating.pairing`). What checks its raters is drawn with it: practice
and gold items from files (`submissions.rating.checks`), and how many items each rater is given again.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from scoring.baselines import filled
from scoring.errors import nearest
from scoring.segments import REDACTED, Example
from scoring.tasks import UNKNOWN, Task, TasksById
from submissions.rating.checks import CheckFile, checks_of
from submissions.rating.pairing import paired
from submissions.rating.ratings import first_run
from submissions.rating.rounds import RoundRefused
from submissions.rating.rubrics import Rubric, declared_rubric
from submissions.rating.shown import SharedText, shown_in
from submissions.rating.turns import RATERS
from submissions.store.files.gold import post_id_of
from submissions.store.files.outputs import TaskOutputs
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import CHECKS, ROUND, RatedText, Source
from submissions.store.rated.rounds import Drawn, Round, add_round, rounds
from submissions.store.submitted.submissions import Submission, submissions
from submissions.wording import counted, noun_for

DEFAULT_RUBRIC = "mentallama"


@dataclass(frozen=True)
class Wanted:
    """What a maintainer asks for who opens a round.

    Attributes:
        benchmark: Whose explanations.
        posts: On how many posts.
        seed: To draw them with.
        author: Who.
        reason: Why.
        rubric: By which rubric.
        systems: Whose; none for all on the board but the trivial ones.
        task: Of this task alone.
        practice: A file of items that raters learn on; None for none.
        gold: A file of items that are hidden among the others, to check raters by.
        repeats: How many of their own items each rater is given a second time.
        pairwise: Whether two systems' explanations are held against each other.
    """

    benchmark: str
    posts: int
    seed: int
    author: str
    reason: str
    rubric: str = DEFAULT_RUBRIC
    systems: tuple[str, ...] = ()
    task: str | None = None
    practice: Path | None = None
    gold: Path | None = None
    repeats: int = 0
    pairwise: bool = False


def open_round(
    folder: DataFolder, tasks: TasksById, rubrics: Mapping[str, Rubric], wanted: Wanted
) -> tuple[Round, tuple[str, ...]]:
    """Draw what is to be rated, and open the round.

    Returns:
        The round, and what to tell of it, a line each.

    Raises:
        RoundRefused: Nothing, or not enough, could be rated in it.
        RubricError: No such rubric.
    """
    rubric = declared_rubric(rubrics, wanted.rubric)
    checks = _checks(folder, rubric, wanted)
    chosen = _systems(folder, wanted)
    allowed = _tasks(folder, tasks, rubric, wanted)
    # A system that does not answer a task could not be compared on its posts.
    common = [task for task in allowed if all(task.id in system.tasks for system in chosen)]
    if not common:
        answers = "; ".join(f"{system.name}: {', '.join(system.tasks)}" for system in chosen)
        raise RoundRefused(
            f"No task of {wanted.benchmark} is answered by all systems ({answers}): choose"
            " --systems"
        )
    # Lazily, since examples of large tasks are many and a round's posts few.
    drawn = list(islice(_draw(folder, common, chosen, wanted.seed), wanted.posts))
    if len(drawn) < wanted.posts:
        raise RoundRefused(_too_few(len(drawn), wanted, common, chosen))
    texts = list(_texts_of(folder, drawn, chosen))
    if wanted.pairwise:
        texts = _pairs(texts, wanted)
    _refuse_telling(texts, checks)
    how = Drawn(wanted.benchmark, wanted.seed, wanted.repeats, wanted.pairwise)
    every = [*texts, *checks]
    opened = add_round_of(folder, how, rubric, every, wanted.author, wanted.reason)
    items = shown_in(folder, opened).values()
    left_out = [task for task in allowed if task not in common]
    lines = (*_told(opened, items, drawn, chosen, left_out), *_checks_told(opened, items))
    return opened, lines


def add_round_of(
    folder: DataFolder,
    how: Drawn,
    rubric: Rubric,
    texts: Sequence[RatedText],
    author: str,
    reason: str,
) -> Round:
    """Store a round of what was drawn, under the next name of its benchmark.

    Raises:
        RoundRefused: A system's text is called as what checks raters is.
    """
    _refuse_as_checks(texts)
    # Counted on the benchmark's rounds and never reused: a name stands in releases for good.
    number = 1 + sum(each.benchmark == how.benchmark for each in rounds(folder))
    name = f"{how.benchmark}-round-{number}"
    digest = hashlib.sha256(repr((ROUND, name)).encode()).hexdigest()
    about = (author, reason, "")
    source = Source(digest[:12], name, rubric.id, ROUND, name, digest, "", *about)
    return add_round(folder, source, texts, how)


def _refuse_as_checks(texts: Sequence[RatedText]) -> None:
    """Refuse texts that a round would take for what checks its raters, and not count."""
    strange = [text for text in texts if text.check is None and text.item.startswith(CHECKS)]
    if strange:
        named = "; ".join(f"{text.item!r} of {text.system}" for text in strange[:10])
        raise RoundRefused(
            f"{counted(len(strange), 'text')} would not count, being called as what checks raters is"
            f" ({', '.join(CHECKS)}): {named}. Leave their systems out with --systems, or import"
            " them under other ids"
        )


def _pairs(texts: Sequence[RatedText], wanted: Wanted) -> list[RatedText]:
    pairs = paired(texts, wanted.seed)
    if not pairs:
        systems = ", ".join(dict.fromkeys(text.system for text in texts))
        raise RoundRefused(
            "A pair takes two systems that say something different of a post, and on these posts"
            f" there are none (of {systems}): choose other --systems, or more --posts"
        )
    return pairs


def _checks(folder: DataFolder, rubric: Rubric, wanted: Wanted) -> list[RatedText]:
    """Return the texts that check raters, those to learn on first."""
    if wanted.repeats < 0:
        raise RoundRefused(f"{wanted.repeats} items cannot be given again: --repeats 5, or 0")
    files = [
        CheckFile(path, practice, wanted.pairwise)
        for path, practice in ((wanted.practice, True), (wanted.gold, False))
        if path is not None
    ]
    return [text for file in files for text in checks_of(folder, rubric, file)]


def _refuse_telling(texts: Sequence[RatedText], checks: Sequence[RatedText]) -> None:
    """Refuse hidden items that could be told from the others by what stands beside them."""
    asked = {bool(text.asked) for text in texts}
    hidden = {bool(text.asked) for text in checks if text.check and not text.check.practice}
    if hidden - asked:
        beside = "with what was asked" if True in asked else "without what was asked"
        raise RoundRefused(
            f"The gold items would be told from the others, which are shown {beside} of the model:"
            " write a column `asked` into the file, or take it out"
        )


def _systems(folder: DataFolder, wanted: Wanted) -> list[Submission]:
    """Return the latest version on the board of each wanted system."""
    latest = {
        system.system: system for system in submissions(folder, wanted.benchmark) if system.public
    }
    unknown = [name for name in wanted.systems if name not in latest]
    if unknown:
        hints = "; ".join(f"{name!r} {nearest(name, list(latest))}".strip() for name in unknown)
        raise RoundRefused(
            f"not on the board of {wanted.benchmark}, or not with its team's consent: {hints}. "
            f"There are: {', '.join(latest) or 'none'}."
        )
    if wanted.systems:
        return [latest[name] for name in dict.fromkeys(wanted.systems)]
    # A trivial baseline would be rated at the price of a real system, and is easy to tell.
    explaining = [
        system for system in latest.values() if not system.trivial and _explains(folder, system)
    ]
    if not explaining:
        raise RoundRefused(
            f"No system of {wanted.benchmark} explains its answers and has its team's consent,"
            " trivial baselines not counted; name some with --systems"
        )
    return explaining


def _explains(folder: DataFolder, submission: Submission) -> bool:
    return any(_explained(first_run(folder, submission, task)) for task in submission.tasks)


def _explained(run: TaskOutputs) -> dict[str, int]:
    """Return example id -> place of what a run explains."""
    return {
        name: place
        for place, (name, reading) in enumerate(zip(run.example_ids, run.readings, strict=True))
        if reading.explanation is not None
    }


def _tasks(folder: DataFolder, tasks: TasksById, rubric: Rubric, wanted: Wanted) -> list[Task]:
    """Return the tasks whose explanations may be shown to annotators, and fit the rubric."""
    if wanted.posts < 1:
        raise RoundRefused("a round needs at least one post: --posts 60")
    store = PostStore(folder.posts)
    possible = [
        task
        for task in tasks.values()
        if task.benchmark == wanted.benchmark
        and task.explained
        # Annotators are people outside the board, so posts that may not be shown are not.
        and task.posts_public
        and store.has(task)
    ]
    # A rubric that was written for one task is not asked of another, unless somebody says so.
    only = wanted.task or next((task.id for task in possible if task.id == rubric.task), None)
    chosen = [task for task in possible if only in (None, task.id)]
    if not chosen:
        shortage = (
            ", ".join(task.id for task in possible)
            or "none; import its gold with `reasonboard benchmark import`"
        )
        raise RoundRefused(
            f"{only or wanted.benchmark}: no imported task with explanations whose posts may be"
            f" shown; there are of {wanted.benchmark}: {shortage}"
        )
    return chosen


def _draw(
    folder: DataFolder, tasks: Sequence[Task], systems: Sequence[Submission], seed: int
) -> Iterator[tuple[Task, Example]]:
    """Yield examples that all systems explain, in random order, the tasks by turns,
    each post once.
    """
    rng, store = np.random.default_rng(seed), PostStore(folder.posts)
    # Tasks in the order of their ids, so that the same seed draws the same posts whatever else is
    # declared.
    turns = deque[tuple[Task, Iterator[Example]]]()
    for task in sorted(tasks, key=lambda task: task.id):
        explained = [
            _explained(first_run(folder, candidate, task.id)).keys() for candidate in systems
        ]
        examples = store.examples(task)
        order = [examples[place] for place in rng.permutation(len(examples)).tolist()]
        usable = [
            e
            for e in order
            if e.post != REDACTED and all(e.example_id in candidate for candidate in explained)
        ]
        turns.append((task, iter(usable)))
    seen: set[str] = set()
    while turns:
        task, left = turns.popleft()
        example = next((candidate for candidate in left if candidate.post_id not in seen), None)
        if example is not None:
            seen.add(example.post_id)
            yield task, example
            turns.append((task, left))


def _texts_of(
    folder: DataFolder, drawn: Sequence[tuple[Task, Example]], systems: Sequence[Submission]
) -> Iterator[RatedText]:
    for name in dict.fromkeys(task.id for task, _ in drawn):
        for system in systems:  # its file is read once a task
            run = first_run(folder, system, name)
            places = _explained(run)
            for task, example in drawn:
                if task.id == name:
                    yield _text(system, run, places[example.example_id], task, example)


def _text(
    submission: Submission, run: TaskOutputs, place: int, task: Task, example: Example
) -> RatedText:
    # Better no question than one that the systems were not asked.
    asked = "" if task.question == UNKNOWN else filled(task.question, example)
    return RatedText(
        f"{task.id}#{example.example_id}",
        submission.name,
        task.id,
        post_id_of(example.post),
        example.example_id,
        example.post,
        run.outputs[place],
        run.explanations_given[place],
        run.labels_given[place],
        submission.id,
        asked,
    )


def _too_few(
    drawn: int, wanted: Wanted, tasks: Sequence[Task], systems: Sequence[Submission]
) -> str:
    names = ", ".join(system.name for system in systems)
    return (
        f"{counted(wanted.posts, 'post')} {noun_for(wanted.posts, 'is', 'are')} asked for, and"
        f" {drawn} of {', '.join(task.id for task in tasks)} {noun_for(drawn, 'is', 'are')}"
        f" explained by all of {names}: ask for fewer with --posts, or for other systems with"
        " --systems"
    )


def _shared(texts: int, items: Collection[SharedText]) -> str:
    """Return what makes for fewer items than posts x systems; "" where nothing does."""
    shared = sum(len(item.keys) > 1 for item in items)
    if not shared:
        return ""
    alike = noun_for(shared, "is several systems' and is", "are several systems' and are each")
    # Else whoever multiplies posts by systems would miss some.
    return f", {texts} texts, of which {shared} {alike} rated once"


def _checks_told(opened: Round, items: Collection[SharedText]) -> Iterator[str]:
    """Say what checks the round's raters."""
    practice = sum(item.practice for item in items)
    gold = sum(item.text.check is not None for item in items) - practice
    said = [f"{counted(practice, 'practice item')} first, with feedback"] if practice else []
    said += [f"{counted(gold, 'gold item')} hidden among the others"] if gold else []
    if opened.repeats:
        said += [f"{opened.repeats} of their own given a second time"]
    if said:
        yield f"  each annotator besides: {', '.join(said)}; none of it counts"


def _told(
    opened: Round,
    items: Collection[SharedText],
    drawn: Sequence[tuple[Task, Example]],
    systems: Sequence[Submission],
    left_out: Sequence[Task],
) -> Iterator[str]:
    count = sum(item.counts for item in items)
    of = f"{counted(len(drawn), 'post')} x {counted(len(systems), 'system')}"
    invented = " (invented: a demonstration)" if drawn[0][0].demonstration else ""
    are = noun_for(count, "is", "are")
    if opened.pairwise:
        pairs = counted(count, "pair of explanations", "pairs of explanations")
        what = f"{pairs} ({of}) {are} to be compared"
    else:
        shared = _shared(len(drawn) * len(systems), items)
        what = f"{counted(count, 'explanation')} ({of}{shared}) {are} to be rated"
    yield (
        f"{opened.name}{invented}: open. {what} by {RATERS} annotators each, by the rubric"
        f" {opened.rubric}"
    )
    yield f"  systems: {', '.join(named.name for named in systems)}"
    counts = {task.id: sum(named.id == task.id for named, _ in drawn) for task, _ in drawn}
    yield f"  posts: {', '.join(f'{count} of {task}' for task, count in counts.items())}"
    for task in left_out:
        lacking = ", ".join(named.name for named in systems if task.id not in named.tasks)
        yield f"  not in it: {task.id}, which {lacking} did not answer"
