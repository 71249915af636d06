"""Rounds of rating: people rate explanations one at a time, blind, until three have rated each.

A round has the same posts for all of its systems, so that systems are compared on equal ground: posts that may be
shown, drawn by seed, evenly over the tasks that all of its systems answer, one question a post, and only those that
every one of its systems explains. An item is what annotators see: one text about one of them, be it one system's or the
same of several. A text that several systems share (those with one base model on easy posts, say) is rated once, and its
ratings count for each of them. The alternative, to draw such systems once, would leave out a system over a single post
that it answers alike, or fit only systems that are alike throughout. Rated twice, the same text would be rated against
itself, by people who notice; and its systems would seem to differ where annotators merely waver. Texts are the same when
they look the same: by letters and words, whatever the white space.

Who asks is given, in this order: what they had on the screen; what others have begun, so that items get done; then
an order that is shuffled for each annotator. Two explanations of one post never follow each other while there is
anything else: the second would be rated against the first, and not by itself. An item on somebody's screen counts as
rated for half an hour, so that nobody works for nothing; a fourth rating is never stored.

Annotators are pseudonyms. Their ratings are rows that are only ever added, and they can revise their own until the
round is closed. Nothing of an open round is computed or published: figures that move with every rating would invite to
stop when they please. A closed round is a set of ratings like an imported file, and the next release states its
validity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from unicodedata import normalize

import numpy as np

from scoring.baselines import filled
from scoring.errors import ReasonBoardError, nearest
from scoring.segments import REDACTED, Example
from scoring.tasks import UNKNOWN, Task
from submissions.likeness.names import folded_name
from submissions.rating.ratings import first_run
from submissions.rating.rubrics import Rubric, declared_rubric
from submissions.store.files.annotators import pseudonym
from submissions.store.files.gold import post_id_of
from submissions.store.files.outputs import TaskOutputs
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import ROUND, RatedText, Rating, Source, rated_texts
from submissions.store.rated.rounds import (
    Key,
    Round,
    Standing,
    add_ratings,
    add_round,
    add_skip,
    close,
    reserve,
    rounds,
    standing,
)
from submissions.store.submitted.submissions import Submission, submissions
from submissions.wording import counted, noun_for

RATERS = 3
"""Who rate an item before it is done."""
RESERVED_SECONDS = 30 * 60.0
"""How long an item on somebody's screen is kept for them."""
DISTRESSING = "distressing"
DEFAULT_RUBRIC = "mentallama"


class RoundRefused(ReasonBoardError):
    """A round that cannot be opened, or that there is not."""


class RatingRefused(ReasonBoardError):
    """A rating that cannot be stored."""


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
    """

    benchmark: str
    posts: int
    seed: int
    author: str
    reason: str
    rubric: str = DEFAULT_RUBRIC
    systems: tuple[str, ...] = ()
    task: str | None = None


@dataclass(frozen=True)
class Item:
    """One explanation as its annotator sees it: nothing tells whose it is.

    Attributes:
        id: 12 hex digits that say nothing.
        post: The post.
        asked: What was asked of it; "" where that is not known.
        text: What was answered, label and explanation.
        ratings: Aspect -> what the annotator has given it so far.
    """

    id: str
    post: str
    asked: str
    text: str
    ratings: Mapping[str, int]


@dataclass(frozen=True)
class RoundProgress:
    """How far a round is.

    Attributes:
        items: How many there are.
        complete: Rated by three.
        rated: Ratings so far, of `items` x 3.
        annotators: Who have rated at least one.
        skipped: How often one was skipped.
    """

    items: int
    complete: int
    rated: int
    annotators: int
    skipped: int


@dataclass(frozen=True)
class Share:
    """An annotator's part in a round.

    Attributes:
        rated: Items that they have rated.
        skipped: Items that they have skipped.
        left: Items that they may still be given.
    """

    rated: int
    skipped: int
    left: int


def annotator_id(folder: DataFolder, team: str, person: str = "") -> str:
    """Return the pseudonym under which ratings are stored.

    Nobody can find out by trying names whose it is.

    It is the keyed hash (`submissions.store.files.annotators`) of a plain one, which alone was stored once: so ratings from
    then could be given the pseudonyms that their annotators have now, without knowing who they are.

    Args:
        folder: The data, whose key it is made with.
        team: The team that is signed in.
        person: Who of it, where single sign-on says so.
    """
    plain = hashlib.sha256(repr((team, folded_name(person))).encode()).hexdigest()[:12]
    return pseudonym(folder.path, plain)


# Opening and closing


def open_round(
    folder: DataFolder, tasks: Mapping[str, Task], rubrics: Mapping[str, Rubric], wanted: Wanted
) -> tuple[Round, tuple[str, ...]]:
    """Draw what is to be rated, and open the round.

    Returns:
        The round, and what to tell of it, a line each.

    Raises:
        RoundRefused: Nothing, or not enough, could be rated in it.
        RubricError: No such rubric.
    """
    rubric = declared_rubric(rubrics, wanted.rubric)
    chosen = _systems(folder, wanted)
    allowed = _tasks(folder, tasks, rubric, wanted)
    common = [task for task in allowed if all(task.id in system.tasks for system in chosen)]
    if not common:
        answers = "; ".join(f"{system.name}: {', '.join(system.tasks)}" for system in chosen)
        raise RoundRefused(
            f"No task of {wanted.benchmark} is answered by all systems ({answers}): choose --systems"
        )
    drawn = list(islice(_draw(folder, common, chosen, wanted.seed), wanted.posts))
    if len(drawn) < wanted.posts:
        raise RoundRefused(_too_few(len(drawn), wanted, common, chosen))
    texts = list(_texts_of(folder, drawn, chosen))
    number = 1 + sum(system.benchmark == wanted.benchmark for system in rounds(folder))
    name = f"{wanted.benchmark}-round-{number}"
    digest = hashlib.sha256(repr((ROUND, name)).encode()).hexdigest()
    source = Source(
        digest[:12], name, rubric.id, ROUND, name, digest, "", wanted.author, wanted.reason, ""
    )
    opened = add_round(folder, source, texts, wanted.benchmark, wanted.seed)
    items = _shown(folder, opened).values()
    return opened, tuple(
        _told(opened, items, drawn, chosen, [task for task in allowed if task not in common])
    )


def close_round(folder: DataFolder, name: str, author: str, reason: str) -> bool:
    """Close a round for good: its ratings count from the next release on, and cannot be revised any more.

    Returns:
        Whether it was open.

    Raises:
        RoundRefused: There is no such round.
    """
    return close(folder, round_named(folder, name), author, reason)


def open_rounds(folder: DataFolder) -> tuple[Round, ...]:
    """Return the rounds that people can rate in, oldest first."""
    return tuple(rating_round for rating_round in rounds(folder) if rating_round.closed_at is None)


def is_invented(round: Round, tasks: Mapping[str, Task]) -> bool:
    """Return whether a round only demonstrates: its posts and systems are of no real board."""
    return any(task.demonstration for task in tasks.values() if task.benchmark == round.benchmark)


def round_named(folder: DataFolder, name: str) -> Round:
    """Return the round of that name.

    Raises:
        RoundRefused: There is none.
    """
    names = {rating_round.name: rating_round for rating_round in rounds(folder)}
    if name not in names:
        listed = (
            f"there are: {', '.join(names)}"
            if names
            else "none was opened yet: `reasonboard ratings open`"
        )
        raise RoundRefused(
            f"{name!r} is not a round of rating; {nearest(name, list(names)) or listed}"
        )
    return names[name]


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
    explaining = [
        system for system in latest.values() if not system.trivial and _explains(folder, system)
    ]
    if not explaining:
        raise RoundRefused(
            f"No system of {wanted.benchmark} explains its answers and has its team's consent, trivial baselines not "
            "counted; name some with --systems"
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


def _tasks(
    folder: DataFolder, tasks: Mapping[str, Task], rubric: Rubric, wanted: Wanted
) -> list[Task]:
    """Return the tasks whose explanations may be shown to annotators, and fit the rubric."""
    if wanted.posts < 1:
        raise RoundRefused("a round needs at least one post: --posts 60")
    store = PostStore(folder.posts)
    possible = [
        task
        for task in tasks.values()
        if task.benchmark == wanted.benchmark
        and task.explained
        and task.posts_public
        and store.has(task)
    ]
    only = wanted.task or next((task.id for task in possible if task.id == rubric.task), None)
    chosen = [task for task in possible if only in (None, task.id)]
    if not chosen:
        shortage = (
            ", ".join(task.id for task in possible)
            or "none; import its gold with `reasonboard benchmark import`"
        )
        raise RoundRefused(
            f"{only or wanted.benchmark}: no imported task with explanations whose posts may be shown; there are of "
            f"{wanted.benchmark}: {shortage}"
        )
    return chosen


def _draw(
    folder: DataFolder, tasks: Sequence[Task], systems: Sequence[Submission], seed: int
) -> Iterator[tuple[Task, Example]]:
    """Yield examples that all systems explain, in random order, the tasks by turns, each post once."""
    rng, store = np.random.default_rng(seed), PostStore(folder.posts)
    queues = []
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
        queues.append((task, iter(usable)))
    seen: set[str] = set()
    while queues:
        for turn in list(queues):
            task, left = turn
            example = next((candidate for candidate in left if candidate.post_id not in seen), None)
            if example is None:
                queues.remove(turn)
            else:
                seen.add(example.post_id)
                yield task, example


def _texts_of(
    folder: DataFolder, drawn: Sequence[tuple[Task, Example]], systems: Sequence[Submission]
) -> Iterator[RatedText]:
    by_task: dict[str, list[tuple[Task, Example]]] = {}
    for task, example in drawn:
        by_task.setdefault(task.id, []).append((task, example))
    for name, own in by_task.items():
        for system in systems:
            run = first_run(folder, system, name)
            places = _explained(run)
            yield from (
                _text(system, run, places[example.example_id], task, example)
                for task, example in own
            )


def _text(
    submission: Submission, run: TaskOutputs, place: int, task: Task, example: Example
) -> RatedText:
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
        f"{counted(wanted.posts, 'post')} {noun_for(wanted.posts, 'is', 'are')} asked for, and {drawn} of "
        f"{', '.join(task.id for task in tasks)} {noun_for(drawn, 'is', 'are')} explained by all of "
        f"{names}: ask for fewer with --posts, or for other systems with --systems"
    )


def _shared(texts: int, items: Collection[_Shown]) -> str:
    """Return what makes for fewer items than posts x systems; "" where nothing does."""
    shared = sum(len(item.keys) > 1 for item in items)
    if not shared:
        return ""
    alike = noun_for(shared, "is several systems' and is", "are several systems' and are each")
    return f", {texts} texts, of which {shared} {alike} rated once"


def _told(
    opened: Round,
    items: Collection[_Shown],
    drawn: Sequence[tuple[Task, Example]],
    systems: Sequence[Submission],
    left_out: Sequence[Task],
) -> Iterator[str]:
    count = len(items)
    of = f"{counted(len(drawn), 'post')} x {counted(len(systems), 'system')}"
    texts = f"{counted(count, 'explanation')} ({of}{_shared(len(drawn) * len(systems), items)})"
    invented = " (invented: a demonstration)" if drawn[0][0].demonstration else ""
    yield (
        f"{opened.name}{invented}: open. {texts} {noun_for(count, 'is', 'are')} to be rated by {RATERS} "
        f"annotators each, by the rubric {opened.rubric}"
    )
    yield f"  systems: {', '.join(named.name for named in systems)}"
    counts = {task.id: sum(named.id == task.id for named, _ in drawn) for task, _ in drawn}
    yield f"  posts: {', '.join(f'{count} of {task}' for task, count in counts.items())}"
    for task in left_out:
        lacking = ", ".join(named.name for named in systems if task.id not in named.tasks)
        yield f"  not in it: {task.id}, which {lacking} did not answer"


# Rating


def next_item(folder: DataFolder, round: Round, annotator: str) -> Item | None:
    """Return what an annotator is to rate now, the same again until they rate or skip it.

    Returns:
        None where nothing is left for them, or others have all that is left on their screens.
    """
    shown = _shown(folder, round)
    key = reserve(
        folder,
        round,
        annotator,
        lambda stands: _choose(round, shown, annotator, stands),
        RESERVED_SECONDS,
    )
    return None if key is None else _item(round, shown[key].text, {})


def rated_last(folder: DataFolder, round: Round, annotator: str) -> Item | None:
    """Return what an annotator rated last, with the ratings, to be revised."""
    shown = _shown(folder, round)
    stands = standing(folder, round)
    rated = [key for key in stands.rated_by(annotator) if key in shown]
    if not rated:
        return None
    return _item(round, shown[rated[-1]].text, stands.ratings[*rated[-1], annotator])


def rate(
    folder: DataFolder,
    round: Round,
    rubric: Rubric,
    item: str,
    annotator: str,
    ratings: Mapping[str, int],
) -> None:
    """Store an annotator's ratings of an item, or revise them.

    Args:
        folder: The data.
        round: An open one.
        rubric: The round's.
        item: From `Item.id`.
        annotator: From `annotator_id`.
        ratings: Every aspect of the rubric -> a rating on its scale.

    Raises:
        RatingRefused: The round is closed, the item gone or rated by three others, or the ratings do not fit.
    """
    faults = list(_faults(rubric, ratings))
    if faults:
        raise RatingRefused("; ".join(faults))
    shown = _found(folder, round, item)

    def decide(stands: Standing, is_open: bool) -> list[Rating]:
        if not is_open:
            raise RatingRefused(f"{round.name} was closed meanwhile; nothing is stored")
        before = shown.rated_by(stands, annotator)
        if not before and len(_others(stands, shown, annotator)) >= RATERS:
            raise RatingRefused(f"{RATERS} others have rated this one meanwhile; nothing is stored")
        return [
            Rating(*key, annotator, name, value)
            for key in shown.keys
            for name, value in ratings.items()
            if stands.ratings.get((*key, annotator), {}).get(name) != value
        ]

    add_ratings(folder, round, annotator, decide)


def skip(
    folder: DataFolder, round: Round, item: str, annotator: str, reason: str = DISTRESSING
) -> None:
    """Give an item back for good: its annotator is never given it again.

    Raises:
        RatingRefused: There is no such item.
    """
    add_skip(folder, round, annotator, _found(folder, round, item).text.key, reason)


def progress(folder: DataFolder, round: Round) -> RoundProgress:
    """Return how far a round is."""
    shown, stands = _shown(folder, round).values(), standing(folder, round)
    raters = [text.raters(stands) for text in shown]
    return RoundProgress(
        items=len(shown),
        complete=sum(len(who) >= RATERS for who in raters),
        rated=sum(map(len, raters)),
        annotators=len(frozenset().union(*raters)),
        skipped=len(stands.skips),
    )


def share(folder: DataFolder, round: Round, annotator: str) -> Share:
    """Return an annotator's part in a round."""
    shown, stands = _shown(folder, round).values(), standing(folder, round)
    rated = [text.rated_by(stands, annotator) for text in shown]
    skipped = [text.skipped_by(stands, annotator) for text in shown]
    open_to = [len(text.raters(stands)) < RATERS for text in shown]
    left = [
        is_open and not (seen or gone)
        for is_open, seen, gone in zip(open_to, rated, skipped, strict=True)
    ]
    return Share(sum(rated), sum(skipped), sum(left))


@dataclass(frozen=True)
class _Shown:
    """A text as annotators see it, whoever wrote it.

    Attributes:
        text: The first system's, which stands for all.
        keys: (item, system) of every system that wrote it.
    """

    text: RatedText
    keys: tuple[Key, ...]

    def raters(self, stands: Standing) -> frozenset[str]:
        """Return who have rated it."""
        return frozenset().union(*(stands.raters.get(key, ()) for key in self.keys))

    def rated_by(self, stands: Standing, annotator: str) -> bool:
        """Return whether an annotator has rated it."""
        return annotator in self.raters(stands)

    def skipped_by(self, stands: Standing, annotator: str) -> bool:
        """Return whether an annotator has skipped it."""
        return any((*key, annotator) in stands.skips for key in self.keys)


def _shown(folder: DataFolder, round: Round) -> dict[Key, _Shown]:
    """Return what there is to rate, under the key of the first system that wrote it, in the order drawn."""
    same: dict[tuple[str, str], list[RatedText]] = {}
    for text in rated_texts(folder, round.name).values():
        same.setdefault((text.item, _looks(text)), []).append(text)
    items = [_Shown(texts[0], tuple(text.key for text in texts)) for texts in same.values()]
    return {item.text.key: item for item in items}


def _looks(text: RatedText) -> str:
    """Return what an annotator can tell a text from others by."""
    return " ".join(normalize("NFC", _as_shown(text)).split())


def _choose(
    round: Round, shown: Mapping[Key, _Shown], annotator: str, stands: Standing
) -> Key | None:
    free = [
        candidate
        for candidate in shown.values()
        if not candidate.rated_by(stands, annotator)
        and not candidate.skipped_by(stands, annotator)
        and len(_others(stands, candidate, annotator)) < RATERS
    ]
    on_screen = stands.reserved.get(annotator)
    for candidate in free:
        if on_screen in candidate.keys:
            return candidate.text.key
    last = [*stands.rated_by(annotator)[-1:], *stands.skipped_by(annotator)[-1:]]
    just_seen = {
        candidate.text.post_id for candidate in shown.values() if set(candidate.keys) & set(last)
    }

    def order(candidate: _Shown) -> tuple[bool, int, str]:
        shuffled = hashlib.sha256(
            repr((round.seed, annotator, *candidate.text.key)).encode()
        ).hexdigest()
        return (
            candidate.text.post_id in just_seen,
            -len(_others(stands, candidate, annotator)),
            shuffled,
        )

    chosen = min(free, key=order, default=None)
    return None if chosen is None else chosen.text.key


def _others(stands: Standing, candidate: _Shown, annotator: str) -> frozenset[str]:
    """Return who else has rated a text, or has it on the screen."""
    at_it = {who for who, what in stands.reserved.items() if what in candidate.keys}
    return (candidate.raters(stands) | at_it) - {annotator}


def _found(folder: DataFolder, round: Round, item: str) -> _Shown:
    for candidate in _shown(folder, round).values():
        if item in {_item_id(round, key) for key in candidate.keys}:
            return candidate
    raise RatingRefused("This explanation was taken down meanwhile; nothing is stored")


def _item(round: Round, text: RatedText, ratings: Mapping[str, int]) -> Item:
    return Item(
        _item_id(round, text.key), text.post or "", text.asked or "", _as_shown(text), ratings
    )


def _as_shown(text: RatedText) -> str:
    if text.explanation is None:
        return text.output or ""
    return "\n\n".join(filter(None, (text.label, text.explanation)))


def _item_id(round: Round, key: Key) -> str:
    return hashlib.sha256(repr((round.id, *key)).encode()).hexdigest()[:12]


def _faults(rubric: Rubric, ratings: Mapping[str, int]) -> Iterator[str]:
    for aspect in rubric.aspects:
        value = ratings.get(aspect.name)
        if value is None:
            yield f"{aspect.title}: not rated yet"
        elif not (isinstance(value, int) and aspect.low <= value <= aspect.high):
            yield f"{aspect.title}: {value} is not a whole number from {aspect.low} to {aspect.high}"
    unknown = [name for name in ratings if name not in rubric.names]
    if unknown:
        yield f"{', '.join(unknown)}: not in the rubric {rubric.id}"
