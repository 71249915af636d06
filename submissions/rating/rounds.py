"""Rounds of rating: people rate explanations one at a time, blind, until three have rated each.

A round has the same posts for all of its systems (`submissions.rating.drawing`). An item is what
annotators see: one text about one of them, be it one system's or the same of several. A text that
several systems share (those with one base model on easy posts, say) is rated once, and its ratings
count for each of them. The alternative, to draw such systems once, would leave out a system over a
single post that it answers alike, or fit only systems that are alike throughout. Rated twice, the
same text would be rated against itself, by people who notice; and its systems would seem to differ
where annotators merely waver. Texts are the same when they look the same: by letters and words,
whatever the white space.

Who asks is given, in this order: what they had on the screen; what others have begun, so that items
get done; then an order that is shuffled for each annotator. Two explanations of one post never
follow each other while there is anything else: the second would be rated against the first, and not
by itself. An item on somebody's screen counts as rated for half an hour, so that nobody works for
nothing; a fourth rating is never stored.

Annotators are pseudonyms. Their ratings are rows that are only ever added, and they can revise
their own until the round is closed. Nothing of an open round is computed or published: figures that
move with every rating would invite to stop when they please. A closed round is a set of ratings
like an imported file, and the next release states its validity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.tasks import TasksById
from submissions.likeness.names import folded_name
from submissions.rating.rubrics import Rubric
from submissions.store.files.annotators import pseudonym
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText, Rating, rated_texts
from submissions.store.rated.rounds import (
    Key,
    Round,
    Standing,
    add_ratings,
    add_skip,
    close,
    reserve,
    rounds,
    standing,
)

RATERS = 3
"""Who rate an item before it is done."""
RESERVED_SECONDS = 30 * 60.0
"""How long an item on somebody's screen is kept for them."""
DISTRESSING = "distressing"


class RoundRefused(ReasonBoardError):
    """A round that cannot be opened, or that there is not."""


class RatingRefused(ReasonBoardError):
    """A rating that cannot be stored."""


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


def is_invented(round: Round, tasks: TasksById) -> bool:
    """Return whether a round only demonstrates: its posts and systems are of no real board."""
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
    key = reserve(
        folder,
        round,
        annotator,
        lambda stands: _choose(round, shown.values(), annotator, stands),
        RESERVED_SECONDS,
    )
    return None if key is None else _item(round, shown[key].text, {})


def rated_last(folder: DataFolder, round: Round, annotator: str) -> Item | None:
    """Return what an annotator rated last, with the ratings, to be revised."""
    shown = shown_in(folder, round)
    stands = standing(folder, round)
    # Only keys that stand for an item: of a text that several systems share, the first's.
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
        RatingRefused: The round is closed, the item gone or rated by three others, or the ratings
            do not fit.
    """
    faults = list(_faults(rubric, ratings))
    if faults:
        raise RatingRefused("; ".join(faults))
    shown = _found(folder, round, item)

    def decide(stands: Standing, is_open: bool) -> list[Rating]:
        if not is_open:
            raise RatingRefused(f"{round.name} was closed meanwhile; nothing is stored")
        # A revision is no further rating, so it is taken however many have rated.
        before = shown.rated_by(stands, annotator)
        if not before and len(_others(stands, shown, annotator)) >= RATERS:
            raise RatingRefused(f"{RATERS} others have rated this one meanwhile; nothing is stored")
        return [
            Rating(*key, annotator, name, value)
            for key in shown.keys
            for name, value in ratings.items()
            # Ratings are rows that stay: the same value again would be a row that says nothing.
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
    shown, stands = shown_in(folder, round).values(), standing(folder, round)
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
    stands = standing(folder, round)
    rated = skipped = left = 0
    for item in shown_in(folder, round).values():
        has_rated = item.rated_by(stands, annotator)
        has_skipped = item.skipped_by(stands, annotator)
        rated += has_rated
        skipped += has_skipped
        left += not has_rated and not has_skipped and len(item.raters(stands)) < RATERS
    return Share(rated, skipped, left)


@dataclass(frozen=True)
class SharedText:
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


def shown_in(folder: DataFolder, round: Round) -> dict[Key, SharedText]:
    """Return what there is to rate, under the key of the first system that wrote it, in the order
    drawn.
    """
    # By item too: the same words about another post are another explanation.
    same: dict[tuple[str, str], list[RatedText]] = {}
    for text in rated_texts(folder, round.name).values():
        same.setdefault((text.item, _looks(text)), []).append(text)
    items = [SharedText(texts[0], tuple(text.key for text in texts)) for texts in same.values()]
    return {item.text.key: item for item in items}


def _looks(text: RatedText) -> str:
    """Return what an annotator can tell a text from others by."""
    return " ".join(normalize("NFC", _as_shown(text)).split())


def _choose(
    round: Round, shown: Collection[SharedText], annotator: str, stands: Standing
) -> Key | None:
    free = [
        candidate
        for candidate in shown
        if not candidate.rated_by(stands, annotator)
        and not candidate.skipped_by(stands, annotator)
        and len(_others(stands, candidate, annotator)) < RATERS
    ]
    # A page that is loaded again shows the same item, or people would leave behind what they had
    # begun to read.
    on_screen = stands.reserved.get(annotator)
    for candidate in free:
        if on_screen in candidate.keys:
            return candidate.text.key
    # What was skipped was read too.
    last = {*stands.rated_by(annotator)[-1:], *stands.skipped_by(annotator)[-1:]}
    just_seen = {candidate.text.post_id for candidate in shown if last.intersection(candidate.keys)}

    def order(candidate: SharedText) -> tuple[bool, int, str]:
        # A hash, and no generator: the order stays as it is when items are taken down.
        shuffled = repr((round.seed, annotator, *candidate.text.key)).encode()
        return (
            candidate.text.post_id in just_seen,
            -len(_others(stands, candidate, annotator)),
            hashlib.sha256(shuffled).hexdigest(),
        )

    chosen = min(free, key=order, default=None)
    return None if chosen is None else chosen.text.key


def _others(stands: Standing, candidate: SharedText, annotator: str) -> frozenset[str]:
    """Return who else has rated a text, or has it on the screen."""
    at_it = {who for who, what in stands.reserved.items() if what in candidate.keys}
    # Somebody at it may still turn away; till then the place is theirs, so that nobody rates for
    # nothing.
    return (candidate.raters(stands) | at_it) - {annotator}


def _found(folder: DataFolder, round: Round, item: str) -> SharedText:
    for candidate in shown_in(folder, round).values():
        # By any of its systems: the first may have been taken down since the item was shown.
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
    # A hash: an id that names the system would tell the annotator whose it is.
    return hashlib.sha256(repr((round.id, *key)).encode()).hexdigest()[:12]


def _faults(rubric: Rubric, ratings: Mapping[str, int]) -> Iterator[str]:
    for aspect in rubric.aspects:
        value = ratings.get(aspect.name)
        if value is None:
            yield f"{aspect.title}: not rated yet"
        elif not (isinstance(value, int) and aspect.low <= value <= aspect.high):
            yield (
                f"{aspect.title}: {value} is not a whole number from {aspect.low} to {aspect.high}"
            )
    unknown = [name for name in ratings if name not in rubric.names]
    if unknown:
        yield f"{', '.join(unknown)}: not in the rubric {rubric.id}"
