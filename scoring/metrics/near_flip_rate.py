"""Flip rate over near-duplicate posts: how often a system gives two posts that are one, word by word
or reworded here and there, two labels.

Which posts are one is `scoring.near_posts`'s to say. Posts that hang together are one item, so that
no post is drawn without what resembles it; its value is the share of its pairs whose labels differ.
Pairs whose gold labels differ are left out: there another label is no contradiction. Two questions
about one post are no near-duplicates of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from scoring.extraction import EXTRACTION
from scoring.instruments import Instruments
from scoring.metric import Identity
from scoring.metrics.proportion import Proportion
from scoring.near_posts import like_posts
from scoring.segments import Example, Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from scoring.texts import NORMALIZATION

Pairs: TypeAlias = tuple[tuple[int, int], ...]
"""Places of examples."""
_Asked: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...]]
"""An example's post, gold answer and attributes: all that tells which others it is one with."""


class NearFlipRate(Proportion):
    """The share of near-duplicate posts of one gold label that get two labels; "unparsed" counts as
    a label.
    """

    group = "stability"
    name = "flip_rate_near_posts"
    version = "1"
    title = "Flip rate over near-duplicates"
    measures = "The share of near-duplicate posts of one gold label whose labels are not the same."
    limits = (
        "Rests on the near-duplicates that a task happens to have, and a system that always errs"
        " alike has 0."
    )
    higher_is_better = False
    of_some_tasks = True
    why_absent = "no two posts are near-duplicates with one gold label"

    def applies_to(self, task: Task) -> bool:
        """Return whether the task has labels; counterfactual posts are held against their origins."""
        return bool(task.labels) and task.counterfactual_of is None

    def identity(self, instruments: Instruments) -> Identity:  # noqa: ARG002
        """Return how labels were read and posts compared: there is no model."""
        return Identity(self.name, self.version, EXTRACTION, normalization=NORMALIZATION)

    def measure(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n, 2) rows (flips, stays), which sum to 1, at the first of posts that are one;
        zeros elsewhere.
        """
        labels = [reading.label for reading in segments.readings]
        items = np.zeros((len(segments), 2))
        for pairs in near_duplicates(segments.examples):
            flips = float(np.mean([labels[first] != labels[second] for first, second in pairs]))
            items[pairs[0][0]] = flips, 1.0 - flips
        return items

    def aggregate(self, sums: Floats, task: Task) -> Floats:  # noqa: ARG002
        """Return the share."""
        total = sums.sum(axis=-1)
        with np.errstate(invalid="ignore"):
            return np.asarray(sums[..., 0] / np.where(total > 0, total, np.nan))

    def outcomes(self, sums: Floats, task: Task) -> Floats:  # noqa: ARG002
        """Return what flips, and what stays."""
        return sums


def near_duplicates(examples: tuple[Example, ...]) -> tuple[Pairs, ...]:
    """Return what hangs together by near-duplicate posts of one gold label: its pairs, in the order
    of the examples.
    """
    return _near_duplicates(
        tuple(
            ("" if each.redacted else each.post, each.gold, tuple(sorted(each.attributes.items())))
            for each in examples
        )
    )


# Every system of a task is asked about the same posts.
@lru_cache(maxsize=64)
def _near_duplicates(asked: tuple[_Asked, ...]) -> tuple[Pairs, ...]:
    return tuple(_together(sorted(_pairs(asked))))


def _pairs(asked: tuple[_Asked, ...]) -> Iterator[tuple[int, int]]:
    """Yield places of posts that are one, with the same attributes and gold answer."""
    alike: dict[tuple[object, ...], dict[str, dict[str, str]]] = {}
    for place, (post, gold, attributes) in enumerate(asked):
        # A set of its own each, or posts of the same words would stand for one another.
        alike.setdefault((gold, attributes), {})[str(place)] = {"": post}
    for sets in alike.values():
        for pair in like_posts(sets):
            yield int(pair.first.set), int(pair.second.set)


def _together(pairs: list[tuple[int, int]]) -> Iterator[Pairs]:
    """Yield the pairs of each connected part, the one with the first place first."""
    part_of: dict[int, list[tuple[int, int]]] = {}
    for pair in pairs:
        joined = [pair]
        for part in {
            id(part_of[place]): part_of[place] for place in pair if place in part_of
        }.values():
            joined += part
        part_of |= dict.fromkeys((place for each in joined for place in each), joined)
    parts = {id(part): tuple(sorted(part)) for part in part_of.values()}
    yield from sorted(parts.values())
