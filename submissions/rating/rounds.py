"""Rounds of rating: people rate explanations one at a time, blind, until three have rated each.

A round has the same posts for all of its systems (`submissions.rating.drawing`). An item is what
annotators see: one text about one of them, be it one system's or the same of several. A text that
several systems share (those with one base model on easy posts, say) is rated once, and its ratings
count for each of them. The alternative, to draw such systems once, would leave out a system over a
single post that it answers alike, or fit only systems that are alike throughout. Rated twice, the
same text would be rated against itself, by people who notice; and its systems would seem to differ
where annotators merely waver. Texts are the same when they look the same: by letters and words,
whatever the white space.

What an annotator is given next, and what checks them on the way, is for `submissions.rating.turns`.
A fourth rating of an item is never stored.

Annotators are pseudonyms. Their ratings are rows that are only ever added, and they can revise
their own until the round is closed, but for what they learned on: what is agreed has been told.
Nothing of an open round is computed or published: figures that move with every rating would invite
to stop when they please. A closed round is a set of ratings like an imported file, and the next
release states its validity.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.tasks import TasksById
from submissions.likeness.names import folded_name
from submissions.rating.rubrics import Aspect, Rubric
from submissions.rating.shown import Item, SharedText, item_of, shown_in, with_id
from submissions.rating.transcript_tasks import usable_transcript_tasks
from submissions.rating.turns import RATERS, Turn
from submissions.store.files.annotators import pseudonym
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import CHECKS, Rating, shown_texts
from submissions.store.rated.rounds import (
    NOTHING,
    Round,
    Standing,
    add_ratings,
    add_skip,
    close,
    reserve,
    rounds,
    standing,
)

RESERVED_SECONDS = 30 * 60.0
"""How long an item on somebody's screen is kept for them."""
DISTRESSING, CANNOT_SAY = "distressing", "cannot say"
"""Why an item is skipped."""
PREFERRED = "preferred"
"""The aspect under which a choice between two texts is stored, with the text on the left."""
LEFT, TIE, RIGHT = 1, 0, -1
REASON_LENGTH = 2_000
"""Characters that an annotator may say why in."""


class RoundRefused(ReasonBoardError):
    """A round that cannot be opened, or that there is not."""


class RatingRefused(ReasonBoardError):
    """A rating that cannot be stored."""


@dataclass(frozen=True)
class RoundProgress:
    """How far a round is.

    Attributes:
        items: How many there are.
        complete: Rated by three.
        rated: Ratings so far, of `items` x 3.
        annotators: Who have rated at least one.
        skipped: Why one was skipped -> how often.
    """

    items: int
    complete: int
    rated: int
    annotators: int
    skipped: Mapping[str, int]


@dataclass(frozen=True)
class Share:
    """An annotator's part in a round.

    Attributes:
        rated: Items that they have rated.
        skipped: Items that they have skipped.
        left: Items that they may still be given.
        practice: Items that are left to learn on; none of the others counts them.
    """

    rated: int
    skipped: int
    left: int
    practice: int = 0


@dataclass(frozen=True)
class Feedback:
    """What an annotator is told about an item that they learned on.

    Attributes:
        given: Aspect -> what they rated.
        agreed: Aspect -> what was agreed.
        sentence: Why.
    """

    given: Mapping[str, int]
    agreed: Mapping[str, int]
    sentence: str


def annotator_id(folder: DataFolder, team: str, person: str = "") -> str:
    """Return the pseudonym under which ratings are stored.

    Nobody can find out by trying names whose it is.

    It is the keyed hash (`submissions.store.files.annotators`) of a plain one, which alone was
    stored once: so ratings from then could be given the pseudonyms that their annotators have now,
    without knowing who they are.

    Args:
        folder: The data, whose key it is made with.
        team: The team that is signed in.
        person: Who of it, where single sign-on says so.
    """
    # Folded, so that somebody who signs in with other capitals is not a second annotator.
    plain = hashlib.sha256(repr((team, folded_name(person))).encode()).hexdigest()[:12]
    return pseudonym(folder.path, plain)


def close_round(folder: DataFolder, name: str, author: str, reason: str) -> bool:
    """Close a round for good: its ratings count from the next release on, and cannot be revised any
    more.

    Returns:
        Whether it was open.

    Raises:
        RoundRefused: There is no such round.
    """
    return close(folder, round_named(folder, name), author, reason)


def open_rounds(folder: DataFolder) -> tuple[Round, ...]:
    """Return the rounds that people can rate in, oldest first."""
    return tuple(rating_round for rating_round in rounds(folder) if rating_round.closed_at is None)


def rates_transcripts(folder: DataFolder, round: Round) -> bool:
    """Return whether transcripts are rated in a round, and not explanations.

    By what is in it: its task may not be declared any more.
    """
    return any(text.session for text in shown_texts(folder, round.name).values())


def is_declared(folder: DataFolder, round: Round, tasks: TasksById) -> bool:
    """Return whether what is rated in a round is still declared: its benchmark, or its task of
    transcripts.
    """
    of_benchmark = any(task.benchmark == round.benchmark for task in tasks.values())
    return of_benchmark or round.benchmark in usable_transcript_tasks(folder.path)


def is_invented(folder: DataFolder, round: Round, tasks: TasksById) -> bool:
    """Return whether a round only demonstrates: its posts and systems are of no real board.

    Of a round whose task is not declared any more (`is_declared`) nobody can say so.
    """
    if spoken := usable_transcript_tasks(folder.path).get(round.benchmark):
        return spoken.demonstration
    return any(task.demonstration for task in tasks.values() if task.benchmark == round.benchmark)


def round_named(folder: DataFolder, name: str) -> Round:
    """Return the round of that name.

    Raises:
        RoundRefused: There is none.
    """
    names = {rating_round.name: rating_round for rating_round in rounds(folder)}
    if name not in names:
        hint = nearest_or_all(name, names, "none was opened yet: `reasonboard ratings open`")
        raise RoundRefused(f"{name!r} is not a round of rating; {hint}")
    return names[name]


# Rating


def next_item(folder: DataFolder, round: Round, annotator: str) -> Item | None:
    """Return what an annotator is to rate now, the same again until they rate or skip it.

    Returns:
        None where nothing is left for them, or others have all that is left on their screens.
    """
    shown = shown_in(folder, round)
    given = shown | {item.again.text.key: item.again for item in shown.values()}
    key = reserve(
        folder,
        round,
        annotator,
        lambda stands: Turn(round, annotator, shown.values(), stands).choose(),
        RESERVED_SECONDS,
    )
    # A first look at an item has no ratings; so has a second look at one that is given again.
    return None if key is None else item_of(folder, round, given[key], NOTHING, annotator)


def rated_last(folder: DataFolder, round: Round, annotator: str) -> Item | None:
    """Return what an annotator rated last, with the ratings, to be revised."""
    shown, stands = shown_in(folder, round), standing(folder, round)
    given = {
        each.text.key: each
        for item in shown.values()
        if not item.practice
        for each in (item, item.again)
    }
    # Only keys that stand for an item: of a text that several systems share, the first's.
    rated = [key for key in stands.rated_by(annotator) if key in given]
    return item_of(folder, round, given[rated[-1]], stands, annotator) if rated else None


def rate(
    folder: DataFolder,
    round: Round,
    scales: Sequence[Aspect],
    item: str,
    annotator: str,
    ratings: Mapping[str, int],
    reason: str = "",
) -> None:
    """Store an annotator's ratings of an item, or revise them.

    Args:
        folder: The data.
        round: An open one.
        scales: From `scales_of`.
        item: From `Item.id`.
        annotator: From `annotator_id`.
        ratings: Every aspect -> a rating on its scale.
        reason: Why, if they say so.

    Raises:
        RatingRefused: The round is closed, the item gone or rated by three others, or the ratings
            do not fit.
    """
    faults = list(_faults(scales, ratings))
    if len(reason) > REASON_LENGTH:
        faults.append(f"the reason has {len(reason):,} characters; {REASON_LENGTH:,} are allowed")
    if faults:
        raise RatingRefused("; ".join(faults))
    shown = _found(folder, round, item)

    def decide(stands: Standing, is_open: bool) -> list[Rating]:
        if not is_open:
            raise RatingRefused(_closed(round))
        # A revision is no further rating, so it is taken however many have rated.
        before = shown.rated_by(stands, annotator)
        if before and shown.practice:
            raise RatingRefused("This was practice, and is rated once; nothing is stored")
        others = Turn(round, annotator, (), stands).others(shown)
        if shown.counts and not before and len(others) >= RATERS:
            raise RatingRefused(f"{RATERS} others have rated this one meanwhile; nothing is stored")
        return [
            Rating(*key, annotator, name, value)
            for key in shown.keys
            for name, value in ratings.items()
            # Ratings are rows that stay: the same value again would be a row that says nothing.
            if stands.ratings.get((*key, annotator), {}).get(name) != value
        ]

    add_ratings(folder, round, annotator, decide, {shown.text.key: reason.strip()})


def feedback(folder: DataFolder, round: Round, item: str, annotator: str) -> Feedback | None:
    """Return what an annotator is told about an item that they have rated.

    Returns:
        None but for what is there to learn on: of what is hidden, nothing is ever told.
    """
    shown = _found(folder, round, item)
    given = standing(folder, round).ratings.get((*shown.text.key, annotator))
    if shown.text.check is None or not shown.practice or given is None:
        return None
    return Feedback(given, shown.text.check.agreed, shown.text.check.feedback)


def skip(
    folder: DataFolder, round: Round, item: str, annotator: str, reason: str = DISTRESSING
) -> None:
    """Give an item back for good: its annotator is never given it again.

    Raises:
        RatingRefused: The round is closed, or the item gone.
    """
    key = _found(folder, round, item).text.key
    if not add_skip(folder, round, annotator, key, reason):
        raise RatingRefused(_closed(round))


def progress(folder: DataFolder, round: Round) -> RoundProgress:
    """Return how far a round is; what checks its raters is not counted."""
    shown, stands = shown_in(folder, round).values(), standing(folder, round)
    raters = [text.raters(stands) for text in shown if text.counts]
    return RoundProgress(
        items=len(raters),
        complete=sum(len(who) >= RATERS for who in raters),
        rated=sum(map(len, raters)),
        annotators=len(frozenset().union(*raters)),
        skipped=Counter(
            why for (item, _, _), why in stands.skips.items() if not item.startswith(CHECKS)
        ),
    )


def share(folder: DataFolder, round: Round, annotator: str) -> Share:
    """Return an annotator's part in a round; nothing of it tells what checks them."""
    stands = standing(folder, round)
    turn = Turn(round, annotator, shown_in(folder, round).values(), stands)
    skipped = len(stands.skipped_by(annotator))
    return Share(turn.rated, skipped, turn.left, len(turn.practice))


def scales_of(round: Round, rubric: Rubric) -> tuple[Aspect, ...]:
    """Return what an item of a round is rated on.

    The aspects of its rubric; in a pairwise round, one: `PREFERRED`, from `RIGHT` to `LEFT`.
    """
    if not round.pairwise:
        return rubric.aspects
    asked = "Which explanation is better, all in all?"
    return (Aspect(PREFERRED, "Your choice", asked, RIGHT, LEFT),)


def _closed(round: Round) -> str:
    return f"{round.name} was closed meanwhile; nothing is stored"


def _found(folder: DataFolder, round: Round, item: str) -> SharedText:
    shown = with_id(folder, round, item)
    if shown is None:
        raise RatingRefused("This text was taken down meanwhile; nothing is stored")
    return shown


def _faults(aspects: Sequence[Aspect], ratings: Mapping[str, int]) -> Iterator[str]:
    for aspect in aspects:
        value = ratings.get(aspect.name)
        if value is None:
            yield f"{aspect.title}: not rated yet"
        # By type: to Python True is a whole number, 1.
        elif type(value) is not int or not aspect.low <= value <= aspect.high:
            yield (
                f"{aspect.title}: {value} is not a whole number from {aspect.low} to {aspect.high}"
            )
    unknown = sorted(ratings.keys() - {aspect.name for aspect in aspects})
    if unknown:
        allowed = ", ".join(aspect.name for aspect in aspects)
        yield f"{', '.join(unknown)}: not rated in this round; allowed: {allowed}"
