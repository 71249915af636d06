"""Flip rate over near-duplicate posts: how often a system gives two posts that are one, word by word
or reworded here and there, two labels.

Which posts are one is `scoring.near_posts`'s to say. Posts that hang together are one item, so that
no post is drawn without what resembles it; its value is the chance that two of its posts, drawn
without putting back, have different labels (Simpson 1949, "Measurement of diversity", unbiased
form). Posts whose gold labels differ are not held against each other: there another label is no
contradiction. Two questions about one post are no near-duplicates of each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import comb
from typing import TypeAlias

import numpy as np

from scoring.extraction import EXTRACTION
from scoring.instruments import Instruments
from scoring.metric import Identity
from scoring.metrics.flip_rate import Flips
from scoring.near_posts import LIKENESS, like_posts, words_of
from scoring.segments import Example, Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from scoring.texts import NORMALIZATION

Places: TypeAlias = tuple[int, ...]
"""Of examples that hang together, in their order."""
_Question: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""An example's gold answer and attributes."""


class NearFlipRate(Flips):
    """The share of near-duplicate posts of one gold label that get two labels; "unparsed" counts as
    a label.
    """

    name = "flip_rate_near_posts"
    title = "Flip rate over near-duplicates"
    measures = "The share of near-duplicate posts of one gold label whose labels are not the same."
    limits = (
        "Rests on the near-duplicates that a task happens to have, and a system that always errs"
        " alike has 0."
    )
    of_some_tasks = True
    of_several_posts = True
    why_absent = "no two posts are near-duplicates with one gold label"

    def applies_to(self, task: Task) -> bool:
        """Return whether the task has labels; counterfactual posts are held against their origins."""
        return bool(task.labels) and task.counterfactual_of is None

    def identity(self, instruments: Instruments) -> Identity:  # noqa: ARG002
        """Return how labels were read and posts compared: there is no model."""
        compared = f"{NORMALIZATION}+{LIKENESS}"
        return Identity(self.name, self.version, EXTRACTION, normalization=compared)

    def measure(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n, 2) rows (flips, stays), which sum to 1, at the first of posts that are one;
        zeros elsewhere.
        """
        labels = [reading.label for reading in segments.readings]
        items = np.zeros((len(segments), 2))
        for places in near_duplicates(segments.examples):
            flips = chance_of_two(labels[place] for place in places)
            items[places[0]] = flips, 1.0 - flips
        return items


def chance_of_two(labels: Iterable[str | None]) -> float:
    """Return the share of pairs of labels that are not the same; of two labels at least."""
    counts = Counter(labels)
    alike = sum(comb(count, 2) for count in counts.values())
    return 1.0 - alike / comb(counts.total(), 2)


def near_duplicates(examples: Sequence[Example]) -> tuple[Places, ...]:
    """Return the places of what hangs together by near-duplicate posts of one gold answer and the
    same attributes, in the order of the examples; posts that were taken down are like none.
    """
    return _near_duplicates(
        tuple("" if each.redacted else each.post for each in examples),
        tuple((each.gold, tuple(sorted(each.attributes.items()))) for each in examples),
    )


# Every system of a task is asked about the same posts.
@lru_cache(maxsize=8)
def _near_duplicates(
    posts: tuple[str, ...], questions: tuple[_Question, ...]
) -> tuple[Places, ...]:
    asked: defaultdict[_Question, list[int]] = defaultdict(list)
    for place, question in enumerate(questions):
        asked[question].append(place)
    together = (part for places in asked.values() for part in _together(posts, places))
    return tuple(sorted(together))


def _together(posts: Sequence[str], places: Iterable[int]) -> list[Places]:
    """Return what hangs together of the posts of one question."""
    same: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place in places:
        if words := words_of(posts[place]):
            same[words].append(place)
    # Of posts that are the same word by word one is held against the others.
    part_of = {of_words[0]: of_words for of_words in same.values()}
    for pair in like_posts({"": {str(first): posts[first] for first in part_of}}):
        left, right = part_of[int(pair.first.id)], part_of[int(pair.second.id)]
        if left is not right:
            fewer, more = sorted((left, right), key=len)
            more += fewer
            part_of |= dict.fromkeys(fewer, more)
    parts = {id(part): tuple(sorted(part)) for part in part_of.values() if len(part) > 1}
    return list(parts.values())
