"""Sets of ratings: what is reported apart, and what somebody joined.

A set is what one study says: one file, or one round. Two files may rate the same system by the same
rubric and still be of other raters, other texts, or texts that were chosen otherwise (the published
ratings of wrong answers and those of right ones): their agreement and validity are not to be pooled
by accident. So every file is a set of its own, called like the file or as its importer says, and
figures are of one set. Who knows that sets are parts of one study joins them, with a reason that
stands beside the figures; then the joined set is reported in their place, until it is separated.

Within a join, an annotator of one name (`submissions.likeness.names`) is one annotator, also of
files that know their annotators by place alone: whoever joins them says so. What two sets rate
alike, the same text of one system about one post, is one text. The same item id on other texts is
not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scoring.errors import ReasonBoardError, nearest, nearest_or_all
from submissions.likeness.names import Spellings, fault_of_name, folded_name, quoted
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import (
    JUDGED,
    SPOKEN,
    Join,
    RatedText,
    RatingKey,
    Source,
    add_join,
    current_ratings,
    joins,
    rated_texts,
    remove_join,
    respell_annotators,
    sources,
)
from submissions.store.rated.rounds import pairwise_rounds, rounds
from submissions.wording import counted

NAME_LENGTH = 80


class SetRefused(ReasonBoardError):
    """Sets that cannot be joined, separated or named so."""


@dataclass(frozen=True)
class RatingSet:
    """What figures are stated of.

    Attributes:
        name: Its own.
        rubric: By which rubric.
        members: The sets that it is made of: itself, unless it is joined.
        sources: Files, or the round, that its ratings are from, oldest first.
        join: Who joined it, and why; None for a set that is nothing but itself.
    """

    name: str
    rubric: str
    members: tuple[str, ...]
    sources: tuple[Source, ...]
    join: Join | None = None

    @property
    def kind(self) -> str:
        """`"join"`, or the kind of its source."""
        return "join" if self.join else self.sources[0].kind


@dataclass(frozen=True)
class Held:
    """What a set holds.

    Attributes:
        texts: (item, system) -> text, in the order first rated.
        ratings: The ratings that count, in the order given.
        twice: Keys of what several members of a join have a rating of; the first member's counts.
    """

    texts: Mapping[tuple[str, str], RatedText]
    ratings: Mapping[RatingKey, int]
    twice: tuple[RatingKey, ...] = ()


def rating_sets(folder: DataFolder) -> tuple[RatingSet, ...]:
    """Return the sets that figures are stated of, in the order first imported.

    Open rounds among them.
    """
    by_set: dict[str, list[Source]] = {}
    # Transcripts by themselves are no ratings.
    for source in (source for source in sources(folder) if source.kind != SPOKEN):
        by_set.setdefault(source.ratings, []).append(source)
    join_of = {member: join for join in joins(folder) for member in join.members}
    by_name: dict[str, RatingSet] = {}
    for name, own in by_set.items():
        join = join_of.get(name)
        if join is None:
            by_name[name] = RatingSet(name, own[0].rubric, (name,), tuple(own))
        elif join.name not in by_name:
            parts = tuple(source for member in join.members for source in by_set[member])
            by_name[join.name] = RatingSet(join.name, own[0].rubric, join.members, parts, join)
    return tuple(by_name.values())


def named_set(folder: DataFolder, name: str) -> RatingSet:
    """Return the set that figures are stated of under a name.

    Raises:
        SetRefused: There is none.
    """
    every = {rating_set.name: rating_set for rating_set in rating_sets(folder)}
    part_of = {member: rating_set for rating_set in every.values() for member in rating_set.members}
    chosen = every.get(name)
    if chosen is None and name in part_of:
        joined = part_of[name].name
        raise SetRefused(
            f"{name!r} is part of {joined!r}: `reasonboard ratings separate {joined}` comes first"
        )
    if chosen is None:
        hint = nearest_or_all(name, every, "nothing was imported yet")
        raise SetRefused(f"no set of ratings is called {name!r}; {hint}")
    return chosen


def held(folder: DataFolder, rating_set: RatingSet) -> Held:
    """Return the texts and ratings of a set."""
    # Within one set equal texts stay apart: its rows say which was rated when.
    if len(rating_set.members) == 1:
        return Held(rated_texts(folder, rating_set.name), current_ratings(folder, rating_set.name))
    return _together([_part(folder, member) for member in rating_set.members])


_Part = tuple[str, Mapping[tuple[str, str], RatedText], Mapping[RatingKey, int]]
"""A member of a join, its texts and its ratings."""


def _part(folder: DataFolder, member: str) -> _Part:
    return member, rated_texts(folder, member), current_ratings(folder, member)


def _together(parts: Sequence[_Part]) -> Held:
    texts: dict[tuple[str, str], RatedText] = {}
    ratings: dict[RatingKey, int] = {}
    # What a text is -> what it is called in the join.
    known: dict[tuple[str | None, ...], str] = {}
    twice = []
    for member, own, given in parts:
        items = {key: _item(member, text, texts, known) for key, text in own.items()}
        for (item, system), text in own.items():
            shown = items[item, system]
            texts.setdefault((shown, system), replace(text, item=shown))
        for (item, system, annotator, aspect), rating in given.items():
            key = (items.get((item, system), item), system, annotator, aspect)
            # The first member's counts; whether that is an error is the caller's to say.
            twice += [key] if key in ratings else []
            ratings.setdefault(key, rating)
    return Held(texts, ratings, tuple(twice))


def _item(
    member: str,
    text: RatedText,
    texts: Mapping[tuple[str, str], RatedText],
    known: dict[tuple[str | None, ...], str],
) -> str:
    """Return what a member's text is called in a join.

    As the same text is there, else its own item, told apart if taken.
    """
    what = (text.system, text.task, text.post_id, text.output, text.explanation, text.label)
    own = text.item if text.key not in texts else f"{member}: {text.item}"
    return known.setdefault(what, own)


# Joining and separating


def join_sets(
    folder: DataFolder, names: Sequence[str], name: str, author: str, reason: str
) -> list[str]:
    """Have sets reported as one.

    Args:
        folder: The data.
        names: Two sets or more, as they are reported now.
        name: What they are called together.
        author: Who says that they belong together.
        reason: Why.

    Returns:
        What to tell, a line each.

    Raises:
        SetRefused: They do not go together, or the name is taken.
    """
    # Naming a set twice is not joining it with itself.
    chosen = [named_set(folder, member) for member in dict.fromkeys(names)]
    refuse_name(folder, name)
    # All at once: to join is a decision about a study, and is prepared as one.
    faults = list(_why_not_joined(folder, chosen))
    if faults:
        raise SetRefused("\n".join(faults))
    spellings = Spellings()
    parts = [
        (name, texts, _respelled(ratings, spellings))
        for name, texts, ratings in (_part(folder, member.name) for member in chosen)
    ]
    # With the annotators as they will be spelled: "ana" and "Ana" become one rater by joining.
    _refuse_twice(_together(parts).twice, [member.name for member in chosen])
    join = Join(name, tuple(member.name for member in chosen), author, reason, "")
    add_join(folder, join, spellings.taken)
    members = ", ".join(join.members)
    return [
        *spellings.lines("annotator"),
        f"{name}: {members} are reported as one set from now on",
    ]


def _respelled(given: Mapping[RatingKey, int], spellings: Spellings) -> dict[RatingKey, int]:
    return {
        (item, system, spellings.first(annotator), aspect): rating
        for (item, system, annotator, aspect), rating in given.items()
    }


def _why_not_joined(folder: DataFolder, chosen: Sequence[RatingSet]) -> Iterator[str]:
    if len(chosen) < 2:
        yield "a join is of two sets or more: name each"
    if len({member.rubric for member in chosen}) > 1:
        listed = ", ".join(f"{member.name} by {member.rubric}" for member in chosen)
        yield f"sets that are joined are rated by one rubric, and these are not: {listed}"
    benchmarks = {
        benchmark for member in chosen for benchmark in benchmarks_of(folder, member.name)
    }
    if len(benchmarks) > 1:
        listed = ", ".join(sorted(benchmarks))
        yield f"sets that are joined are of one benchmark's explanations, and these are of {listed}"
    if len({member.sources[0].kind == JUDGED for member in chosen}) > 1:
        yield "people's ratings and models' are not joined: they are held against each other"
    # Systems are not respelled: their texts name them, and stand in releases.
    yield from _other_spellings(folder, chosen)
    unfinished, pairwise = open_rounds_of(folder), pairwise_rounds(folder)
    for member in chosen:
        if member.name in pairwise:
            yield f"{member.name!r} is a pairwise round: its choices are of no scale to be joined on"
        # A join of joins would leave no way to separate one of its sets.
        if member.join:
            yield (
                f"{member.name!r} is joined already: `reasonboard ratings separate {member.name}`,"
                " then join all of its sets"
            )
        if member.name in unfinished:
            yield (
                f"{member.name!r} is an open round: close it first (`reasonboard ratings close"
                f" {member.name}`)"
            )


def _other_spellings(folder: DataFolder, chosen: Sequence[RatingSet]) -> Iterator[str]:
    systems = Spellings()
    for member in chosen:
        for _, system in rated_texts(folder, member.name):
            systems.first(system)
        for spelled in alike_raters(folder, member):
            spellings = " and ".join(map(quoted, spelled))
            yield (
                f"{member.name!r} has {spellings} for one rater: `reasonboard ratings unite"
                f" {member.name}` comes first"
            )
    for other, first in systems.taken.items():
        yield (
            f"{quoted(first)} and {quoted(other)} would be two systems: import the file of one"
            " again with the other's name (--system, or in the file)"
        )


def refuse_twice(
    folder: DataFolder,
    join: Join,
    name: str,
    texts: Mapping[tuple[str, str], RatedText],
    ratings: Mapping[RatingKey, int],
) -> None:
    """Refuse what a set of a join is to hold from now on, where an annotator would rate a text
    twice.

    Raises:
        SetRefused: With the first of them.
    """
    parts = [
        (name, texts, ratings) if member == name else _part(folder, member)
        for member in join.members
    ]
    _refuse_twice(_together(parts).twice, join.members)


def _refuse_twice(twice: Sequence[RatingKey], members: Sequence[str]) -> None:
    if twice:
        examples = "; ".join(
            f"{item} of {system} by annotator {annotator} ({aspect})"
            for item, system, annotator, aspect in twice[:5]
        )
        raise SetRefused(
            f"{', '.join(members)}: {counted(len(twice), 'rating')} of a text by an annotator of"
            f" one name in more than one of them: {examples}{', ...' if len(twice) > 5 else ''}."
            " Where that is one person, take the second ratings out of one file and import it"
            " again with --revise; else give the annotators names of their own."
        )


def separate(folder: DataFolder, name: str, author: str, reason: str) -> Join:
    """Have the sets of a join reported apart again.

    Raises:
        SetRefused: No join is called so.
    """
    joined = {join.name: join for join in joins(folder)}
    if name not in joined:
        listed = f"joined are: {', '.join(joined)}" if joined else "nothing is joined"
        raise SetRefused(f"{name!r} is not a joined set; {nearest(name, list(joined)) or listed}")
    remove_join(folder, joined[name], author, reason)
    return joined[name]


# Raters of one name


def alike_raters(folder: DataFolder, rating_set: RatingSet) -> list[tuple[str, ...]]:
    """Return spellings that are one rater by `submissions.likeness.names` and stand for several.

    They are from before names were folded.
    """
    given = (current_ratings(folder, member) for member in rating_set.members)
    names = dict.fromkeys(key[2] for ratings in given for key in ratings)
    by_fold: dict[str, list[str]] = {}
    for name in names:
        by_fold.setdefault(folded_name(name), []).append(name)
    return [tuple(spelled) for spelled in by_fold.values() if len(spelled) > 1]


def alike_lines(folder: DataFolder) -> Iterator[str]:
    """Yield where one rater counts for several, a line each, with what to do."""
    for rating_set in rating_sets(folder):
        for spelled in alike_raters(folder, rating_set):
            yield (
                f"note: in {rating_set.name}, {' and '.join(map(quoted, spelled))} count as"
                f" {len(spelled)} raters and are probably one: `reasonboard ratings unite"
                f" {rating_set.name} --reason ...`"
            )


def unite_raters(folder: DataFolder, name: str, author: str, reason: str) -> list[str]:
    """Take raters of one name for one; where both rated a text, the later rating counts, as a
    revision.

    Returns:
        What to tell, a line each.

    Raises:
        SetRefused: No such set, or nothing to unite.
    """
    rating_set = named_set(folder, name)
    # The spelling that was there first stays, since releases may name it.
    spelled = {
        other: first for first, *others in alike_raters(folder, rating_set) for other in others
    }
    if not spelled:
        raise SetRefused(f"{name}: no two of its raters have one name; nothing to do")
    moved = respell_annotators(folder, name, rating_set.members, spelled, author, reason)
    lines = [
        f"annotator {quoted(other)} is taken for {quoted(first)}"
        for other, first in spelled.items()
    ]
    return [
        *lines,
        f"{name}: {counted(moved, 'rating')} moved; of two of one text, the later counts",
    ]


# Names


def refuse_name(folder: DataFolder, name: str) -> None:
    """Refuse what cannot be a new set's name.

    Raises:
        SetRefused: It is taken, or no name.
    """
    # Told and not mended: the name is what people will type to join the set.
    spaced = name != " ".join(name.split())
    if not name or spaced or len(name) > NAME_LENGTH or fault_of_name(name):
        raise SetRefused(
            f"{quoted(name[:NAME_LENGTH])} cannot be a set's name: 1 to {NAME_LENGTH} visible"
            " characters can, with single spaces; say another with --name"
        )
    taken = dict.fromkeys(
        [
            *(source.ratings for source in sources(folder)),
            *(join.name for join in joins(folder)),
        ]
    )
    for other in taken:
        if folded_name(other) == folded_name(name):
            raise SetRefused(
                f"there is a set of ratings called {other!r} already; say another with --name"
            )


def open_rounds_of(folder: DataFolder) -> set[str]:
    """Return names of the rounds that are not closed."""
    return {rating_round.name for rating_round in rounds(folder) if rating_round.closed_at is None}


def benchmarks_of(folder: DataFolder, name: str) -> set[str]:
    """Return whose explanations a set rates."""
    return {text.task.split("/", 1)[0] for text in rated_texts(folder, name).values()}
