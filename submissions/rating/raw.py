"""Raw ratings, for analyses elsewhere, and the deletion of one annotator's.

Raw is what was given: a row a rating in the order given, with what was revised later or taken back,
and what checks a round's raters. It holds no text that was rated. What annotators wrote as reasons may
quote one, so the file is for whoever may read posts.

Who withdraws is deleted with ratings, skips and reasons, in one transaction: after a crash all of it
is there or nothing. The record says that it happened and why, not whose it was; the next release
follows from what is left, and one that is being built meanwhile is built anew. A file that has the
annotator still does not bring them back into the set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scoring.errors import nearest_or_all
from submissions.rating.raters import set_of_annotators
from submissions.rating.sets import SetRefused
from submissions.store.folder import DataFolder
from submissions.store.rated.forgotten_annotators import forget_annotator
from submissions.store.rated.ratings import (
    AGAIN,
    CHECKS,
    ROUND,
    ratings_given,
    shown_texts,
    skips_in,
)
from submissions.store.rated.rounds import pairwise_rounds

_KINDS = {prefix: prefix.removesuffix(":") for prefix in CHECKS}


@dataclass(frozen=True)
class RawRating:
    """A rating as it was given.

    Attributes:
        ratings: The set.
        source: The file that it is from, or the round.
        kind: "rated"; "practice", "gold" or "again" where it checks its rater.
        task: The task that was answered; "" where the text is gone, or checks raters.
        example_id: Its example; likewise.
        item: What was rated; "again" without that mark.
        system: Whose text; in a pairwise round, the text on the left.
        against: In a pairwise round, whose text is on the right; "" where one of the two is gone.
        annotator: By whom, under a pseudonym or as the file has it.
        aspect: What was rated.
        rating: None takes back an earlier one; "preferred": 1 left, 0 equal, -1 right.
        at: When, UTC.
        counts: Whether it is the annotator's last of that item and aspect.
        reason: Why, where they said so.
    """

    ratings: str
    source: str
    kind: str
    task: str
    example_id: str
    item: str
    system: str
    against: str
    annotator: str
    aspect: str
    rating: int | None
    at: str
    counts: bool
    reason: str


def raw_ratings(folder: DataFolder, name: str) -> Iterator[RawRating]:
    """Yield every rating of a file or a round, in the order given.

    Raises:
        SetRefused: There is no such set, or it is joined.
    """
    first, *_ = set_of_annotators(folder, name)
    checks = _KINDS if first.kind == ROUND else {}
    texts = shown_texts(folder, name)
    given = ratings_given(folder, name)
    last = {(each.item, each.system, each.annotator, each.aspect): each.n for each in given}
    sides: dict[str, list[str]] = {}
    for item, system in texts:
        sides.setdefault(item, []).append(system)
    pairwise = name in pairwise_rounds(folder)
    for each in given:
        item = each.item.removeprefix(AGAIN) if checks else each.item
        kind = next((kind for mark, kind in checks.items() if each.item.startswith(mark)), "rated")
        text = texts.get((item, each.system))
        yield RawRating(
            name,
            each.source,
            kind,
            text.task if text else "",
            (text.example_id or "") if text else "",
            item,
            each.system,
            _opponent(each.system, sides.get(item, ())) if pairwise else "",
            each.annotator,
            each.aspect,
            each.rating,
            each.at,
            last[each.item, each.system, each.annotator, each.aspect] == each.n,
            each.reason,
        )


def _opponent(system: str, sides: Sequence[str]) -> str:
    """Return the other of the two systems of a pair."""
    others = [side for side in sides if side != system]
    return others[0] if len(sides) == 2 else ""


def delete_annotator(
    folder: DataFolder, name: str, annotator: str, author: str, reason: str
) -> int:
    """Delete all that an annotator gave in a file or a round.

    Returns:
        How many ratings were deleted, revised ones among them.

    Raises:
        SetRefused: There is no such set, it is joined, or nobody of that name has rated in it.
    """
    set_of_annotators(folder, name)
    given = [each.annotator for each in ratings_given(folder, name)]
    skipping = [skipped.annotator for skipped in skips_in(folder, name)]
    known = dict.fromkeys([*given, *skipping])
    if annotator not in known:
        hint = nearest_or_all(annotator, known, "nobody has rated in it")
        raise SetRefused(f"{annotator!r} is no annotator of {name!r}; {hint}")
    return forget_annotator(folder, name, annotator, author, reason)
